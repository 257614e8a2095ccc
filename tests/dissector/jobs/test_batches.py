"""Exchanges are in another process what they are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector import open_capture
from dissector.capture import Capture
from dissector.jobs.batches import Packer, Unpacker
from dissector.ledger import Ledger
from dissector.packets import Packets
from dissector.sources.files import CaptureReader
from dissector.views import jsonl
from structs.records import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dissector.exchanges import Exchange
    from dissector.packets import Packet

BATCH = 50


class Source(list):
    """Packets that were read before."""

    total_bytes = None
    position = 0

    def read(self) -> Iterator[Packets]:
        """Yield the packets."""
        return map(Packets.of, self)

    def close(self) -> None:
        """Nothing is open."""


def sent(exchanges: Sequence[Exchange], ledger: Ledger) -> Iterator[Exchange]:
    packer, unpacker = Packer(), Unpacker(ledger, DEFAULT)
    for start in range(0, len(exchanges), BATCH):
        yield from unpacker.unpack(b"".join(packer.pack(exchanges[start : start + BATCH])))


def lines(exchanges: Iterable[Exchange]) -> list[str]:
    return [jsonl.line(exchange, show_secrets=True) for exchange in exchanges]


NAMES = ["orders.pcapng", "sasl.pcap", "groups.pcap", "cluster.pcap", "eras.pcap", "kafka-0.8.2.pcap", "mock.pcap"]


@pytest.mark.parametrize("name", NAMES)
def test_they_say_the_same(name: str, captures: Path) -> None:
    with open_capture(captures / name) as capture:
        exchanges = list(capture)
    assert len(exchanges) > BATCH
    before = dict(capture.ledger.entries)
    elsewhere = Ledger()
    assert lines(sent(exchanges, elsewhere)) == lines(exchanges)
    changes = {entry: size - before.get(entry, 0) for entry, size in capture.ledger.entries.items()}
    assert dict(elsewhere.entries) == {entry: size for entry, size in changes.items() if size}, (
        "what was decoded before is booked once"
    )


DAMAGES = {
    "cut": lambda packets: [packet._replace(data=packet.data[:200]) for packet in packets],
    "lost": lambda packets: [packet for packet in packets if packet.number % 9],
    "late": lambda packets: packets[len(packets) // 2 :],
    "nanoseconds": lambda packets: [packet._replace(digits=9, timestamp=packet.timestamp << 8) for packet in packets],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["transactions.pcap", "sasl.pcap"])
def test_so_do_those_with_holes(name: str, damage: str, captures: Path) -> None:
    packets: list[Packet] = DAMAGES[damage](list(CaptureReader(captures / name)))
    exchanges = list(Capture(Source(packets)))
    here = [(exchange, exchange.request and exchange.request.frame) for exchange in exchanges]
    assert lines(sent(exchanges, Ledger())) == lines(exchange for exchange, _ in here)


def test_frames_are_the_same(captures: Path) -> None:
    packets = DAMAGES["lost"](list(CaptureReader(captures / "cluster.pcap")))
    exchanges = list(Capture(Source(packets)))
    messages = [message for each in exchanges for message in (each.request, each.response) if message is not None]
    assert any(message.frame.rest for message in messages)
    for here, there in zip(exchanges, sent(exchanges, Ledger()), strict=True):
        for one, other in ((here.request, there.request), (here.response, there.response)):
            assert (one is None) == (other is None)
            if one is not None:
                assert one.frame == other.frame
                assert type(other.frame.missing) is tuple
        assert there.connection.id == here.connection.id
        assert (there.connection.first, there.connection.second) == (here.connection.first, here.connection.second)
        assert (there.group, there.mechanism, there.capture_start) == (here.group, here.mechanism, here.capture_start)


def test_topics_have_the_names_that_they_had(captures: Path) -> None:
    """A worker gets what was learned since its last batch, and every exchange sees what it saw."""
    with open_capture(captures / "cluster.pcap") as capture:
        exchanges = list(capture)
    assert len({len(exchange.topic_names) for exchange in exchanges}) > 2
    packer, unpacker = Packer(), Unpacker(Ledger(), DEFAULT)
    for start in (0, 40, 41, 200):  # others have those between
        batch = exchanges[start : start + 30]
        for here, there in zip(batch, unpacker.unpack(b"".join(packer.pack(batch))), strict=True):
            assert dict(there.topic_names) == dict(here.topic_names)

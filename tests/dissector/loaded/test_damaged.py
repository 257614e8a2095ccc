"""Damaged captures, loaded: messages with holes, without their partners, at impossible times, are kept as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector.capture import Capture
from dissector.filters import parse
from dissector.loaded import load
from dissector.packets import PacketReader, Packets
from dissector.sources.files import CaptureReader
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dissector.packets import Packet


class Source(PacketReader):
    """A source of packets that are there."""

    total_bytes = None
    position = 0

    def __init__(self, packets: list[Packet]) -> None:
        self._packets = packets

    def read(self) -> Iterator[Packets]:
        return map(Packets.of, self._packets)

    def close(self) -> None:
        pass


def _is_from_server(packet: Packet) -> bool:
    port = 40 if packet.link_type == 276 else 34  # behind a header of SLL2, or of Ethernet, and of IPv4
    return packet.data[port : port + 2] == (9092).to_bytes(2, "big")


DAMAGES = {
    "cut to 96 bytes": lambda packets: [packet._replace(data=packet.data[:96]) for packet in packets],
    "one in seven lost": lambda packets: [packet for packet in packets if packet.number % 7],
    "started late": lambda packets: packets[len(packets) // 2 :],
    "responses only": lambda packets: [packet for packet in packets if _is_from_server(packet)],
    "in nanoseconds": lambda packets: [packet._replace(digits=9) for packet in packets],
    "in nanoseconds, at times": lambda packets: [
        packet._replace(digits=6 + packet.number // 9 % 2 * 3) for packet in packets
    ],
    "at impossible times": lambda packets: [packet._replace(timestamp=packet.timestamp << 40) for packet in packets],
    "before any time, and after": lambda packets: [
        packet._replace(timestamp=packet.timestamp * (-1) ** packet.number << 40) for packet in packets
    ],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["transactions.pcap", "sasl.pcap"])
def test_what_is_loaded_is_what_was_streamed(name: str, damage: str, captures: Path) -> None:
    packets = DAMAGES[damage](list(CaptureReader(captures / name)))
    stream = Capture(Source(packets))
    exchanges = list(stream)
    with load(Capture(Source(packets))) as loaded:
        assert [frames(exchange) for exchange in loaded] == [frames(exchange) for exchange in exchanges]
        lines = [jsonl.line(exchange) for exchange in exchanges]
        assert lines
        for _ in range(2):
            assert [jsonl.line(exchange) for exchange in loaded] == lines
            assert loaded.ledger.entries == stream.ledger.entries
        assert loaded.ledger.discrepancies() == []
        assert loaded.summary().exchanges == len(exchanges)
        for where in ("latency > 1s", "not time > +5ms", "packet > 40"):
            picks = parse(where)
            assert list(loaded.exchanges(where).numbers) == [n for n, one in enumerate(exchanges) if picks(one)]
        table = loaded.exchanges().to_arrow()
        assert table.num_rows == len(exchanges)
        in_headers = sorted(loaded.table.in_headers)
        assert loaded.to_arrow(in_headers).to_pylist() == table.select(in_headers).to_pylist()
        assert loaded.messages.to_pandas()["exchange"].nunique() == len(exchanges)
        assert loaded.connections.to_arrow().num_rows == len({exchange.connection.id for exchange in exchanges})
        assert loaded.records.to_arrow().num_rows >= 0


def frames(exchange):
    sides = (exchange.request, exchange.response)
    return [(message.frame, message.remark, message.inferred) if message else None for message in sides]

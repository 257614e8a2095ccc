"""Real captures, damaged at random: what is said stays true, and every byte stays accounted for.

A clean capture and any reordering, repetition or cutting of it give the same messages; whatever loses bytes gives
some of them, halves possibly missing, and never one that was not there.
"""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dissector import engine, reassembly
from dissector.conversation import Conversation
from dissector.correlation import Correlator, _Waiting
from dissector.engine import Dissection
from dissector.framing import Framer
from dissector.ledger import Category
from dissector.sources.files import CaptureReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dissector.exchanges import Exchange
    from dissector.framing import Frame
    from dissector.messages import Message
    from dissector.packets import Packet

CAPTURES = Path(__file__).parents[2] / "captures"
WINDOW = 8  # packets within which captures are out of order
HEADERS = 14 + 20 + 32  # Ethernet, IPv4 and TCP with timestamps: what stands before the payload on loopback

perturbed = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller example takes minutes to find
)


class Packets(list):
    """Packets that hypothesis prints by their number."""

    def __repr__(self) -> str:
        return f"<{len(self)} packets>"


@pytest.fixture(scope="module", params=["mock.pcap", "orders.pcapng"])
def packets(request: pytest.FixtureRequest) -> list[Packet]:
    with CaptureReader(CAPTURES / request.param) as reader:
        return Packets(reader)


@pytest.fixture(scope="module", params=[True, False], ids=["usual ports", "any port"], autouse=True)
def ports(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let everything hold where ports are taken for granted, and where Kafka must be recognised."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.param:
            patch.setattr(engine, "USUAL_PORTS", frozenset())
        yield


@pytest.fixture(scope="module")
def clean(packets: list[Packet]) -> Counter[tuple]:
    return halves(dissect(packets))


def dissect(packets: Iterable[Packet]) -> list[Exchange]:
    """Return the exchanges of packets that are numbered anew; the ledger must balance."""
    dissection = Dissection()
    exchanges = []
    for number, packet in enumerate(packets, 1):
        exchanges += dissection.feed(packet._replace(number=number))
    exchanges += dissection.finish()
    for exchange in exchanges:
        for message in (exchange.request, exchange.response):
            assert message is None or message.error is not None or message.body is not None or message.is_token
    assert dissection.ledger.discrepancies() == []
    return exchanges


def halves(exchanges: Iterable[Exchange]) -> Counter[tuple]:
    """Return what was said, without frames and times: each pair, and each half of it."""
    said: Counter[tuple] = Counter()
    for exchange in exchanges:
        request, response = said_in(exchange.request), said_in(exchange.response)
        said[request, response] += 1
        said[request,] += 1
        said[response,] += 1
    return said


def said_in(message: Message | None) -> tuple | None:
    """Return what identifies a message, None where it is missing, or its bytes are not all there."""
    if message is None or message.frame.missing:
        return None
    return message.side, message.correlation_id, message.size, hash(bytes(message.frame.data))


@perturbed
@given(st.data())
def test_order_and_repetition_change_nothing(packets: list[Packet], clean: Counter[tuple], data: st.DataObject) -> None:
    """Packets swap places within a window, but not across a SYN, and some come twice."""
    shuffled = reorder(packets, data)
    for index in sorted(data.draw(st.sets(st.integers(0, len(packets) - 1), max_size=40)), reverse=True):
        later = min(index + data.draw(st.integers(1, WINDOW)), len(shuffled))
        if not is_syn(shuffled[index]):
            shuffled.insert(later, shuffled[index])
    assert halves(dissect(shuffled)) == clean


@perturbed
@given(st.data())
def test_loss_invents_nothing(packets: list[Packet], clean: Counter[tuple], data: st.DataObject) -> None:
    """Without some of the packets, every message that is whole was there before, and answers what it answered."""
    lost = data.draw(st.sets(st.integers(0, len(packets) - 1), min_size=1, max_size=len(packets) // 4))
    exchanges = dissect(packet for index, packet in enumerate(packets) if index not in lost)
    invented = only_whole(halves(exchanges)) - clean
    assert not invented


@perturbed
@given(st.data())
def test_cut_packets_cost_their_tails_only(packets: list[Packet], clean: Counter[tuple], data: st.DataObject) -> None:
    """A snap length leaves every frame's place, size and header known."""
    snap_length = data.draw(st.integers(HEADERS + 12, 400))
    cut = [packet._replace(data=packet.data[:snap_length]) for packet in packets]
    exchanges = dissect(cut)
    whole = dissect(packets)
    if engine.USUAL_PORTS:
        assert [(exchange.api_key, exchange.api_version, exchange.latency) for exchange in exchanges] == [
            (exchange.api_key, exchange.api_version, exchange.latency) for exchange in whole
        ]
    assert not only_whole(halves(exchanges)) - clean


@perturbed
@given(st.data())
def test_a_late_start_recovers(packets: list[Packet], clean: Counter[tuple], data: st.DataObject) -> None:
    """From any packet on, what is whole was there before."""
    start = data.draw(st.integers(1, len(packets) - 1))
    assert not only_whole(halves(dissect(packets[start:]))) - clean


@perturbed
@given(st.data())
def test_noise_is_booked(packets: list[Packet], data: st.DataObject) -> None:
    """Bytes changed at random never raise, and are accounted for."""
    noisy = list(packets)
    for index in data.draw(st.sets(st.integers(0, len(packets) - 1), max_size=30)):
        packet = noisy[index]
        if len(packet.data) > HEADERS:
            at = data.draw(st.integers(HEADERS, len(packet.data) - 1))
            changed = packet.data[:at] + data.draw(st.binary(min_size=1, max_size=8)) + packet.data[at + 1 :]
            noisy[index] = packet._replace(data=changed[: len(packet.data)])
    dissect(noisy)


@perturbed
@given(st.data())
def test_shortcuts_change_nothing(packets: list[Packet], data: st.DataObject) -> None:
    """What is usual is worked on by shorter roads, which give what the long one gives, whatever happens."""
    numbers = st.integers(0, len(packets) - 1)
    lost, cut = data.draw(st.sets(numbers, max_size=30)), data.draw(st.sets(numbers, max_size=30))
    size = data.draw(st.sampled_from([300, HEADERS + 12]))
    given = [
        packet._replace(data=packet.data[:size]) if index in cut else packet
        for index, packet in enumerate(reorder(packets, data))
        if index not in lost
    ]
    options = data.draw(st.sampled_from([{}, {"response_timeout": 0.05, "idle_timeout": 1.0}, {"held_bytes": 1 << 16}]))
    with pytest.MonkeyPatch.context() as patch:
        if data.draw(st.booleans()):
            patch.setattr(engine, "USUAL_HEADERS", {})  # as if no packet were what was predicted: segments still may be
        short = everything(given, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "USUAL_HEADERS", {})
        patch.setattr(reassembly, "CONTROL", 0)
        patch.setattr(Conversation, "feed", Conversation._feed)
        patch.setattr(Framer, "__init__", make_framer)
        patch.setattr(Correlator, "response", take_response)
        long = everything(given, {**options, "decryption": Nothing()})
    # Not a bare comparison: pytest would take minutes to show how so much differs.
    differences = [pair for pair in zip_longest(short, long) if pair[0] != pair[1]]
    assert not differences[:1]


class Nothing:
    """A decryption that has nothing to decrypt, and is asked every time."""

    is_idle = False
    secrets = ()

    def feed(self, events: Sequence[object]) -> Sequence[object]:
        return events

    def close(self) -> None:
        pass


def make_framer(framer: Framer, *arguments: Any, **options: Any) -> None:
    """Let every frame be gathered, as those are that several packets carry."""
    init_framer(framer, *arguments, **options)
    framer._most = -1


init_framer = Framer.__init__


def take_response(correlator: Correlator, frame: Frame) -> list[Exchange]:
    """Let every response wait for a moment, before it is looked at whom it answers."""
    settled: list[Exchange] = []
    correlator._responses_seen += 1
    seen = correlator._frames_seen, correlator.has_seen_requests
    correlator._responses.append(_Waiting(frame, correlator.response_count, *seen))
    correlator._go_on("response", frame, settled)
    return settled


def everything(packets: Iterable[Packet], options: dict[str, Any]) -> list[object]:
    """Return all there is to say about the exchanges, in their order, then what the ledger says."""
    dissection = Dissection(**options)
    exchanges = []
    for number, packet in enumerate(packets, 1):
        exchanges += dissection.feed(packet._replace(number=number))
    exchanges += dissection.finish()
    assert dissection.ledger.discrepancies() == []
    return [
        (
            (exchange.connection.id, exchange.connection.packets, exchange.connection.last_time),
            exchange.outcome,
            exchange.outcome_reason,
            *(
                None if message is None else (message.frame, message.api_key, message.api_version, message.client_id)
                for message in (exchange.request, exchange.response)
            ),
        )
        for exchange in exchanges
    ] + list(dissection.ledger.as_dict().items())


def reorder(packets: Sequence[Packet], data: st.DataObject) -> list[Packet]:
    """Return the packets with runs of a few of them shuffled; no run holds a SYN."""
    shuffled = list(packets)
    for start in data.draw(st.sets(st.integers(0, len(packets) - 1), max_size=40)):
        run = shuffled[start : start + WINDOW]
        if not any(is_syn(packet) for packet in run):
            shuffled[start : start + WINDOW] = data.draw(st.permutations(run))
    return shuffled


def is_syn(packet: Packet) -> bool:
    return bool(packet.data[14 + 20 + 13] & 2)


def only_whole(said: Counter[tuple]) -> Counter[tuple]:
    """Leave out what has a missing half: losing bytes makes those."""
    return Counter({key: count for key, count in said.items() if None not in key})


def test_nothing_is_lost_of_a_clean_capture(packets: list[Packet]) -> None:
    """The other tests compare with it, so it must be whole."""
    dissection = Dissection()
    for packet in packets:
        list(dissection.feed(packet))
    list(dissection.finish())
    assert dissection.ledger.lost == 0
    assert dissection.ledger.total(Category.HEADER_ONLY) == 0

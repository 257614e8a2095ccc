"""Which packets are chosen: by bytes, with what belongs to them, however the packets came about."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import IP, fragment
from scapy.layers.l2 import GRE
from support.frames import make_request, make_response
from support.packets import ACK, FIN, RAW_IP, RST, Wire

from dissector.engine import Dissection
from dissector.packets import Packet
from dissector.slices import MAX_LEAD, Check, Plan, Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.exchanges import Exchange

METADATA = 3


def ask(number: int) -> bytes:
    return make_request(METADATA, 1, {"topics": []}, correlation_id=number)


def answer(number: int) -> bytes:
    body = {"brokers": [], "controller_id": 1, "topics": []}
    return make_response(METADATA, 1, body, correlation_id=number)


def chosen(packets: list[Packet], *ids: int, **options: bool) -> list[int]:
    """Return the numbers of the packets that exchanges with these correlation ids need; they can be told from these."""
    plan = planned(packets, lambda exchange: exchange.correlation_id in ids, **options)
    assert plan.matching == len(ids)
    selection = Selection(plan)
    check = Check(plan)
    for packet in packets:
        selection.feed(packet)
    for packet in packets:
        if packet.number in selection:
            check.feed(packet)
    assert check.finish() == []
    numbers = [packet.number for packet in packets if packet.number in selection]
    assert (selection.packets, selection.chosen) == (len(packets), len(numbers))
    return numbers


def planned(packets: list[Packet], matches: Callable[[Exchange], bool], **options: bool) -> Plan:
    plan = Plan(matches, **options)
    dissection = Dissection()
    for packet in packets:
        for exchange in dissection.feed(packet):
            plan.take(exchange)
    for exchange in dissection.finish():
        plan.take(exchange)
    plan.settle()
    return plan


def talk(wire: Wire, *numbers: int) -> Wire:
    """Capture requests and responses, each acknowledged in a packet of its own: four packets for each."""
    for number in numbers:
        for side, frame, other in (("client", ask(number), "server"), ("server", answer(number), "client")):
            wire.say(side, frame)
            wire.capture(other, flags=ACK)
    return wire


def test_an_exchange_has_its_connections_beginning_and_end_and_its_acknowledgments() -> None:
    wire = talk(Wire().open(), 1, 2, 3).close()
    wire.capture("client", flags=ACK)
    handshake, second, end = [1, 2, 3], [8, 9, 10, 11], [16, 17]
    # 7 acknowledges what stands before the response of 2, and 18 acknowledges the end
    assert chosen(wire.packets, 2) == [*handshake, 5, 7, *second, *end]


def test_connections_that_nothing_was_chosen_of_stay_out() -> None:
    first, second = talk(Wire(client_port=1).open(), 1), talk(Wire(client_port=2).open(), 2)
    packets = [packet._replace(number=at) for at, packet in enumerate([*first.packets, *second.packets], 1)]
    assert min(chosen(packets, 2)) == len(first.packets) + 1
    assert chosen(packets, 1, 2, connections=True) == [packet.number for packet in packets]


def test_whole_connections_are_written_where_that_is_asked_for() -> None:
    wire = talk(Wire().open(), 1, 2, 3).close()
    assert chosen(wire.packets, 2, connections=True) == [packet.number for packet in wire.packets]


def test_retransmissions_of_what_is_chosen_come_along_and_others_do_not() -> None:
    wire = talk(Wire().open(), 1, 2)
    first, second = wire.packets[3], wire.packets[7]
    again = [packet._replace(number=len(wire.packets) + at) for at, packet in enumerate((first, second), 1)]
    numbers = chosen([*wire.packets, *again], 2)
    assert again[1].number in numbers
    assert again[0].number not in numbers


def test_what_was_sent_in_the_same_packets_before_comes_along() -> None:
    """Two requests share a packet: Wireshark, too, has to find where the second begins."""
    wire = Wire().open()
    frames = b"".join(struct.pack(">i", len(frame)) + frame for frame in (ask(1), ask(2)))
    wire.capture("client", frames[:10])
    wire.capture("client", frames[10:])
    talk(wire.say("server", answer(1)).say("server", answer(2)), 3)
    assert {4, 5} <= set(chosen(wire.packets, 2))


def test_a_lead_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Senders that always have more to say share packets for hours: not all of that comes along."""
    assert MAX_LEAD == 1 << 20
    monkeypatch.setattr("dissector.slices.MAX_LEAD", 100)
    wire = Wire().open()
    frames = b"".join(struct.pack(">i", len(frame)) + frame for frame in map(ask, range(1, 100)))
    for at in range(0, len(frames), 40):
        wire.capture("client", frames[at : at + 40])
    packets = wire.packets
    plan = planned(packets, lambda exchange: exchange.correlation_id == 90)
    selection = Selection(plan)
    for packet in packets:
        selection.feed(packet)
    assert selection.chosen < 10


def test_a_reset_belongs_to_the_connection() -> None:
    wire = talk(Wire().open(), 1, 2)
    wire.capture("server", flags=RST | ACK)
    assert chosen(wire.packets, 1)[-1] == len(wire.packets)


def test_ports_used_again_are_another_connection() -> None:
    wire = talk(Wire().open(), 1).close()
    wire.sequence = {"client": 500_000, "server": 700_000}
    before = len(wire.packets)
    talk(wire.open(), 2)
    assert min(chosen(wire.packets, 2)) == before + 1
    assert max(chosen(wire.packets, 1)) <= before


def test_sequence_numbers_wrap() -> None:
    wire = Wire()
    wire.sequence = {"client": 2**32 - 30, "server": 2**32 - 10}
    wire.open()
    for number in range(1, 5):
        for side, frame in (("client", ask(number)), ("server", answer(number))):
            wire.say(side, frame)
            wire.sequence = {each: at % 2**32 for each, at in wire.sequence.items()}
    assert chosen(wire.packets, 3) == [1, 2, 3, 8, 9]


def test_all_fragments_of_a_segment_are_chosen() -> None:
    """An IP datagram in pieces, with a piece of another one in between."""
    wire = talk(Wire().open(), 1, 2)
    packets: list[Packet] = []
    at = {}
    for packet in wire.packets:
        ip = IP(packet.data)
        ip.id = packet.number
        ip.flags = 0
        del ip.len, ip.chksum
        pieces = fragment(ip, 32)
        for piece in pieces:
            data = bytes(piece)
            number = len(packets) + 1
            at.setdefault(packet.number, []).append(number)
            packets.append(Packet(number, packet.timestamp, 6, RAW_IP, data, len(data)))
    assert len(at[8]) > 1
    numbers = set(chosen(packets, 2))
    assert {number for whole in (8, 10) for number in at[whole]} <= numbers
    assert not numbers & set(at[4])


def test_packets_in_a_tunnel_are_chosen_with_their_tunnel() -> None:
    wire = talk(Wire().open(), 1, 2)
    packets = []
    for packet in wire.packets:
        data = bytes(IP(src="192.0.2.1", dst="192.0.2.2") / GRE() / IP(packet.data))
        packets.append(packet._replace(data=data, wire_length=len(data)))
    assert chosen(packets, 2) == chosen(wire.packets, 2)


def test_what_was_lost_in_the_capture_stays_lost() -> None:
    """An exchange of which a part is missing is the same exchange in the slice."""
    wire = talk(Wire().open(), 1)
    request = make_request(METADATA, 1, {"topics": [{"name": "orders" * 20}]}, correlation_id=2)
    frame = struct.pack(">i", len(request)) + request
    wire.capture("client", frame[:60])
    wire.lose("client", 40)
    wire.capture("client", frame[100:])
    wire.say("server", answer(2))
    talk(wire, 3)
    numbers = chosen(wire.packets, 2)
    assert {8, 9, 10} <= set(numbers)
    assert 4 not in numbers


def test_a_capture_that_begins_in_the_middle_is_sliced_as_well() -> None:
    wire = talk(Wire(), *range(1, 9))
    assert {17, 19} <= set(chosen(wire.packets, 5))


@pytest.mark.parametrize("flags", [FIN | ACK, RST])
def test_nothing_chosen_is_nothing(flags: int) -> None:
    wire = talk(Wire().open(), 1)
    wire.capture("client", flags=flags)
    assert chosen(wire.packets) == []

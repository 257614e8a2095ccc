"""What nearly all packets are takes a short road, which changes nothing but the time."""

from __future__ import annotations

import struct
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import make_request, make_response
from support.packets import Wire

from dissector.engine import Dissection
from dissector.packets import Packets
from dissector.sources.files import CaptureReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.exchanges import Exchange
    from dissector.packets import Packet

CAPTURES = Path(__file__).parents[2] / "captures"
METADATA = 3
ETHERTYPES = {4: b"\x08\0", 6: b"\x86\xdd"}
#: Link type, and what stands before and behind the EtherType.
LINKS = {
    "Ethernet": (1, bytes(12), b""),
    "VLAN": (1, bytes(12) + b"\x81\0\x60\x05", b""),
    "cooked": (113, bytes(14), b""),
    "cooked 2": (276, b"", bytes(18)),
    "raw": (101, None, b""),
}


@pytest.fixture(scope="module")
def packets() -> list[Packet]:
    with CaptureReader(CAPTURES / "mock.pcap") as reader:
        return list(reader)


class TestPrediction:
    """What comes next on a connection is predicted, and taken by a short road, in IPv4 and IPv6 alike."""

    @pytest.mark.parametrize("version", [4, 6])
    @pytest.mark.parametrize("link", LINKS)
    def test_what_is_usual_takes_the_short_road_whatever_it_travels_in(
        self, packets: list[Packet], link: str, version: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long_roads: list[Packet] = []
        take = Dissection._take

        def taken(dissection: Dissection, packet: Packet, ends: bytes | None) -> Iterator[Exchange]:
            long_roads.append(packet)
            return take(dissection, packet, ends)

        expected = said(Dissection(), packets)
        monkeypatch.setattr(Dissection, "_take", taken)
        given = [carried(packet, link, version) for packet in packets]
        assert said(Dissection(), given) == expected
        assert len(expected) > 50
        assert len(long_roads) < len(packets) * 2 / 3  # handshakes, ends, the first bytes

    def test_a_packet_that_only_looks_like_the_next_one_is_not_taken_for_it(self) -> None:
        """Its addresses, ports and numbers are right, and it is a fragment, or cut off, or no TCP."""
        wire = Wire().open()
        for number in range(3):
            wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
            wire.say("server", make_response(METADATA, 1, {}, correlation_id=number))
        *before, usual = wire.packets
        whole = said(Dissection(), wire.packets)[-1][-1]
        assert whole is not None
        for at, value in ((6, 0x20), (7, 1), (9, 17), (32, 0x40)):
            data = bytearray(usual.data)
            data[at] = value
            assert said(Dissection(), [*before, usual._replace(data=bytes(data))])[-1][-1] is None
        cut = said(Dissection(), [*before, usual._replace(data=usual.data[:-1])])[-1][-1]
        assert cut is not None
        assert (cut.data, cut.missing[0].length) == (whole.data[:-1], 1)

    def test_packets_of_all_kinds_may_be_mixed(self, packets: list[Packet]) -> None:
        """Each way over its own VLAN, some packets without any, some with two, some of other protocols in between."""
        expected = said(Dissection(), packets)
        tags = [b"\x81\0\0\x05", b"\x88\xa8\0\x06", b"\x81\0\0\x05\x81\0\0\x06", b"", b"\x81\0\x45\x05"]
        given = []
        for number, packet in enumerate(packets):
            tag = tags[number % len(tags)]
            given.append(packet._replace(data=packet.data[:12] + tag + packet.data[12:]))
            given.append(packet._replace(data=packet.data[:12] + b"\x81\0\0\x05\x08\x06" + packet.data[14:]))
            given.append(packet._replace(data=packet.data[:12] + b"\x81\0\x45" + packet.data[15:20]))
        dissection = Dissection()
        assert said(dissection, given) == expected
        assert sum(dissection.ledger.packets_skipped.values()) == 2 * len(packets)

    def test_nothing_is_kept_of_connections_that_ended(self) -> None:
        dissection = Dissection()
        number = settled = 0
        for port in range(40_000, 42_000):
            wire = Wire(client_port=port).open()
            wire.say("client", make_request(METADATA, 1, {"topics": []}))
            for packet in wire.say("server", make_response(METADATA, 1, {})).close().packets:
                number += 1
                settled += len(dissection.feed(packet._replace(number=number)))
        assert settled == 2000
        assert 0 < len(dissection._flows) < 300
        assert len(dissection._ends) == len(dissection._conversations)

    @pytest.mark.parametrize("taken", range(1, 9))
    def test_who_stops_at_an_exchange_may_go_on(self, taken: int) -> None:
        """All of the packet with which it settled is accounted for, also where that ends a connection."""
        wire = Wire().open()
        for number in range(9):
            wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
        again = Wire()
        again.sequence = {"client": 3_000_000_000, "server": 3_000_000_000}
        again.open().say("client", make_request(METADATA, 1, {"topics": []}))
        packets = [each._replace(number=number) for number, each in enumerate(wire.packets + again.packets, 1)]
        dissection = Dissection()
        rest = map(Packets.of, packets)
        first = list(islice(dissection.read(rest), taken))
        settled = [*first, *dissection.read(rest), *dissection.finish()]
        assert [exchange.outcome_reason for exchange in first] == ["connection_replaced"] * taken
        assert settled[-1].outcome_reason == "capture_ended"
        assert dissection.ledger.discrepancies() == []
        assert dissection._conversations == {}


def carried(packet: Packet, link: str, version: int) -> Packet:
    """Return a packet of IPv4 in Ethernet as one of another link layer, and IP version."""
    ip = packet.data[14:]
    if version == 6:
        length = int.from_bytes(ip[2:4], "big") - 20
        addresses = b"".join(bytes(10) + b"\xff\xff" + ip[at : at + 4] for at in (12, 16))
        ip = b"\x62\0\0\0" + struct.pack(">HBB", length, ip[9], 64) + addresses + ip[20 : 20 + length]
    link_type, before, behind = LINKS[link]
    data = ip if before is None else before + ETHERTYPES[version] + behind + ip
    return packet._replace(link_type=link_type, data=data, wire_length=len(data))


def said(dissection: Dissection, packets: list[Packet]) -> list[tuple[Any, ...]]:
    """Return what was said, by whom to whom does not matter."""
    exchanges = [*dissection.read(map(Packets.of, packets)), *dissection.finish()]
    assert dissection.ledger.discrepancies() == []
    return [
        (
            exchange.connection.id,
            exchange.outcome,
            *(message and message.frame for message in (exchange.request, exchange.response)),
        )
        for exchange in exchanges
    ]

"""Packets in a row."""

from dissector.packets import Packet, Packets

PLACES = [(7, 1_700_000_000_123_456_000, 16, 19, 3), (8, -5, 35, 35, 60), (9, 2**63 - 1, 51, 59, 8)]
DATA = bytes(range(64))


def test_each_as_a_packet():
    packets = Packets(DATA, 9, 101, PLACES)
    assert list(packets) == [
        Packet(7, 1_700_000_000_123_456_000, 9, 101, DATA[16:19], 3),
        Packet(8, -5, 9, 101, b"", 60),
        Packet(9, 2**63 - 1, 9, 101, DATA[51:59], 8),
    ]
    assert packets.size == 59 - 16


def test_a_packet_as_several():
    packet = Packet(3, 9, 6, 1, b"abc", 60)
    packets = Packets.of(packet)
    assert (list(packets), packets.places, packets.size) == ([packet], [(3, 9, 0, 3, 60)], 3)


def test_none_at_all():
    packets = Packets(b"", 6, 1, [])
    assert (list(packets), packets.size) == ([], 0)

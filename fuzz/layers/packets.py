"""Packets of any link layer.

Each gives a segment or the reason why not, never an exception. The payload is a piece of the packet (of all packets,
where fragments are put together), and no longer than the wire says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dissector.packets import Packet
from dissector.segments import SegmentDecoder, Skipped
from fuzz import samples
from fuzz.cursor import Cursor, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The link types that are decoded in place, then some that are left to scapy, and one that nobody knows.
_LINK_TYPES: Final = (1, 101, 113, 276, 0, 108, 12, 228, 229, 9, 105, 127, 117, 50, 147)
_MOST: Final = 32  # packets of an input


def seeds() -> Iterator[bytes]:
    """Yield packets of the captures, alone and together, and tunnels."""
    for path in samples.files():
        packets = [packet for packet in samples.packets(path) if len(packet.data) < 400][:40]
        for packet in packets[:8]:
            yield _written(packet.link_type, packet.data)
        yield b"".join(_written(packet.link_type, packet.data) for packet in packets[:8])
    segment = next(packet.data[14:] for packet in samples.packets(samples.files()[0]) if len(packet.data) > 80)
    yield _written(1, bytes(12) + b"\x81\0\0\x01\x08\0" + segment)
    yield _written(1, bytes(12) + b"\x88\x47\0\x01\x01\x40" + segment)
    gre = b"\x45\0" + (24 + len(segment)).to_bytes(2) + b"\0\0\0\0\x40\x2f\0\0" + bytes(8) + b"\0\0\x08\0"
    yield _written(101, gre + segment)
    yield _written(9, b"\xff\x03\0\x21" + segment)
    half = len(segment) // 2 & ~7
    yield _written(101, _fragment(segment, 0, half, more=True)) + _written(101, _fragment(segment, half, 1500))
    v6 = b"\x60\0\0\0" + (8 + len(segment) - 20).to_bytes(2) + b"\0\x40" + bytes(32) + b"\x06\0" + bytes(6)
    yield _written(101, v6 + segment[20:])


def _fragment(packet: bytes, start: int, stop: int, *, more: bool = False) -> bytes:
    payload = packet[20:][start:stop]
    offset = (start >> 3) | (0x2000 if more else 0)
    return packet[:2] + (20 + len(payload)).to_bytes(2) + packet[4:6] + offset.to_bytes(2) + packet[8:20] + payload


def _written(link_type: int, data: bytes) -> bytes:
    return bytes((_LINK_TYPES.index(link_type), 0)) + sized(data)


def check(data: bytes) -> None:
    """Decode the packets of an input, one after the other."""
    cursor = Cursor(data)
    decoder = SegmentDecoder(max_datagrams=4, max_fragment_bytes=4096)
    seen = b""
    for number in range(1, _MOST + 1):
        if not cursor:
            break
        link_type, more = _LINK_TYPES[cursor.number() % len(_LINK_TYPES)], cursor.number()
        captured = cursor.sized()
        seen += captured
        wire_length = len(captured) + more
        result = decoder.decode(Packet(number, number, 6, link_type, captured, wire_length))
        assert result.packet_number == number
        assert decoder.segments + decoder.skipped.total() == number
        if isinstance(result, Skipped):
            assert result.reason
            continue
        assert result.missing >= 0
        assert len(result.payload) + result.missing <= 0xFFFF + wire_length
        assert len(result.payload) <= len(seen)
        assert result.source.host
        assert result.destination.host
    held = decoder._fragments
    assert len(held._datagrams) <= 4

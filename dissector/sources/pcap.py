"""The pcap file format (draft-ietf-opsawg-pcap): a file header, then records."""

from collections.abc import Iterator
from struct import Struct

from dissector.packets import Packets, Place
from dissector.sources.buffer import Buffer
from dissector.sources.errors import CaptureError
from dissector.sources.numbers import Numbers

#: First four bytes -> byte order, nanoseconds per unit of the record's fraction, digits.
MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000, 6),
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 6),
    b"\xa1\xb2\x3c\x4d": (">", 1, 9),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 9),
}

_FILE_HEADER = 24
_RECORD_HEADER = 16


def packets(buffer: Buffer, numbers: Numbers, max_packet: int) -> Iterator[Packets]:
    """Yield the packets of a pcap file that `buffer` stands at the beginning of.

    The packets get the next of `numbers`; a record that claims more than `max_packet`
    bytes is taken for a broken file.
    """
    if not buffer.fill(_FILE_HEADER):
        raise CaptureError("cut short in the file header")
    order, unit, digits = MAGICS[buffer.data[:4]]
    # The upper bits of the link type hold the length of the frame check sequence.
    link_type = Struct(order + "I").unpack_from(buffer.data, 20)[0] & 0xFFFF
    buffer.at = _FILE_HEADER
    header = Struct(order + "4I").unpack_from
    second = base = 0
    while True:
        data, at = buffer.data, buffer.at
        # A record that ends beyond this is not all there, or claims too much.
        stop = min(len(data), at + _RECORD_HEADER + max_packet)
        last = stop - _RECORD_HEADER
        places: list[Place] = []
        place = places.append
        number = numbers.next
        while at <= last:
            seconds, fraction, captured, wire_length = header(data, at)
            start = at + _RECORD_HEADER
            at = start + captured
            if wire_length < captured:
                wire_length = captured
            if seconds != second:
                second, base = seconds, seconds * 1_000_000_000
            place((number, base + fraction * unit, start, at, wire_length))
            number += 1
        need = _RECORD_HEADER
        if at > stop:
            places.pop()
            need += captured
            at -= need
        buffer.at = at
        numbers.next += len(places)
        if places:
            yield Packets(data, digits, link_type, places)
        if need > _RECORD_HEADER + max_packet:
            raise CaptureError(f"packet {numbers.take()} claims {captured} bytes")
        if not buffer.fill(need):
            if not buffer.data:
                return
            raise CaptureError(f"cut short in packet {numbers.take()}")

"""The pcap file format (draft-ietf-opsawg-pcap): a file header, then records."""

from collections.abc import Iterator
from struct import Struct

from dissector.packets import Packets, Place
from dissector.sources.buffer import Buffer
from dissector.sources.errors import CaptureError

#: First four bytes -> byte order, nanoseconds per unit of the record's fraction, digits.
MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000, 6),
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 6),
    b"\xa1\xb2\x3c\x4d": (">", 1, 9),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 9),
}

_FILE_HEADER = 24
_RECORD_HEADER = 16


def packets(buffer: Buffer, numbers: Iterator[int], max_packet: int) -> Iterator[Packets]:
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
    while True:
        data, at = buffer.data, buffer.at
        stop = len(data)
        places: list[Place] = []
        place = places.append
        need = _RECORD_HEADER
        while stop - at >= _RECORD_HEADER:
            seconds, fraction, captured, wire_length = header(data, at)
            body = at + _RECORD_HEADER
            end = body + captured
            if end > stop or captured > max_packet:
                need = _RECORD_HEADER + captured
                break
            at = end
            if wire_length < captured:
                wire_length = captured
            place((next(numbers), seconds * 1_000_000_000 + fraction * unit, body, end, wire_length))
        buffer.at = at
        if places:
            yield Packets(data, digits, link_type, places)
        if need > _RECORD_HEADER + max_packet:
            raise CaptureError(f"packet {next(numbers)} claims {captured} bytes")
        if not buffer.fill(need):
            if not buffer.data:
                return
            raise CaptureError(f"cut short in packet {next(numbers)}")

"""The pcap file format (draft-ietf-opsawg-pcap): a file header, then records."""

from collections.abc import Iterator
from struct import Struct

from dissector.packets import Packet
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


def packets(buffer: Buffer, numbers: Iterator[int], max_packet: int) -> Iterator[Packet]:
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
    make = tuple.__new__
    while True:
        data, at = buffer.data, buffer.at
        stop = len(data)
        while stop - at >= _RECORD_HEADER:
            seconds, fraction, captured, wire_length = header(data, at)
            if captured > max_packet:
                buffer.at = at
                raise CaptureError(f"packet {next(numbers)} claims {captured} bytes")
            body = at + _RECORD_HEADER
            end = body + captured
            if end > stop:
                break
            at = end
            if wire_length < captured:
                wire_length = captured
            timestamp = seconds * 1_000_000_000 + fraction * unit
            yield make(Packet, (next(numbers), timestamp, digits, link_type, data[body:end], wire_length))
        buffer.at = at
        need = _RECORD_HEADER if stop - at < _RECORD_HEADER else _RECORD_HEADER + captured
        if not buffer.fill(need):
            if not buffer.data:
                return
            raise CaptureError(f"cut short in packet {next(numbers)}")

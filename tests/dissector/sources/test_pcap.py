"""The pcap format, both byte orders and resolutions, whole and broken."""

import io

import pytest

from dissector.packets import Packet
from dissector.sources import CaptureError, CaptureReader

PACKETS = [(1_700_000_000, 123456, b"abc", 3), (1_700_000_001, 999999, b"defgh", 60), (0, 0, b"", 0)]


def read(content, **options):
    return list(CaptureReader(io.BytesIO(content), **options))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("nano", [False, True])
def test_packets_in_either_byte_order_and_resolution(write, order, nano):
    unit, digits = (1, 9) if nano else (1000, 6)
    packets = read(write.pcap(PACKETS, order=order, nano=nano, link_type=113))
    assert packets == [
        Packet(number, seconds * 10**9 + fraction * unit, digits, 113, data, wire_length)
        for number, (seconds, fraction, data, wire_length) in enumerate(PACKETS, 1)
    ]


def test_the_link_type_does_not_include_the_check_sequence_bits(write):
    assert read(write.pcap(PACKETS, link_type=0x54000001))[0].link_type == 1


def test_a_file_without_packets_is_a_capture(write):
    assert read(write.pcap([])) == []


def test_a_length_on_the_wire_below_the_captured_one_is_corrected(write):
    assert read(write.pcap([(0, 0, b"abc", 1)]))[0].wire_length == 3


def test_a_packet_larger_than_a_chunk_is_read_whole(write):
    data = bytes(range(256)) * 12_000
    assert read(write.pcap([(0, 0, data, len(data)), PACKETS[0]]))[0].data == data


@pytest.mark.parametrize("step", [1, 7, 100])
def test_chunks_may_be_cut_anywhere(write, trickle, step):
    content = write.pcap(PACKETS)
    assert list(CaptureReader(trickle(content, step))) == read(content)


def test_every_cut_gives_what_is_before_it_and_says_where(write):
    """A file cut short anywhere: the whole packets, then one line with the offset of the break."""
    content = write.pcap(PACKETS)
    starts = [24, 43, 64, 80]
    for size in range(4, len(content)):
        reader = CaptureReader(io.BytesIO(content[:size]))
        packets = []
        if size in starts:
            packets += reader
        else:
            with pytest.raises(CaptureError, match=r"^capture: cut short in .* \(at byte \d+\)$"):
                packets.extend(reader)
        assert len(packets) == sum(start <= size for start in starts[1:])


def test_a_hostile_length_ends_the_file_before_anything_is_allocated(write):
    content = write.pcap(PACKETS[:1]) + b"\0" * 8 + b"\xff\xff\xff\x7f" * 2 + b"x" * 100
    reader = CaptureReader(io.BytesIO(content))
    assert next(iter(reader)).data == b"abc"
    with pytest.raises(CaptureError, match=r"packet 2 claims 2147483647 bytes \(at byte 43\)"):
        next(iter(reader))


def test_a_record_of_more_than_is_believed_is_refused_where_all_of_it_is_there(write):
    content = write.pcap([(0, 0, bytes(size), size) for size in (9, 10, 1, 11, 2)])
    found = []
    with pytest.raises(CaptureError, match=r"^capture: packet 4 claims 11 bytes \(at byte 92\)$"):
        found.extend(CaptureReader(io.BytesIO(content), max_packet=10))
    assert [packet.wire_length for packet in found] == [9, 10, 1]

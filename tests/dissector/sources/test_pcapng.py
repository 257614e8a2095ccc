"""The pcapng format: sections, interfaces, kinds of packet blocks, times; whole and broken."""

import io
import struct
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.sources import CaptureError, CaptureReader, pcapng
from dissector.sources.buffer import Buffer
from dissector.sources.numbers import Numbers


def read(*parts):
    return list(CaptureReader(io.BytesIO(b"".join(parts))))


@pytest.mark.parametrize("order", "<>")
def test_the_three_kinds_of_packet_blocks(write, order):
    packets = read(
        write.section(order),
        write.interface(113, order=order),
        write.enhanced(1_700_000_000_123456, b"abc", 60, order=order),
        write.obsolete(1_700_000_000_123457, b"defgh", order=order),
        write.simple(b"ij", order=order),
    )
    assert [packet.data for packet in packets] == [b"abc", b"defgh", b"ij"]
    assert [packet.timestamp for packet in packets] == [
        1_700_000_000_123456_000,
        1_700_000_000_123457_000,
        0,
    ]
    assert [packet.wire_length for packet in packets] == [60, 5, 2]
    assert {(packet.link_type, packet.digits) for packet in packets} == {(113, 6)}


@pytest.mark.parametrize(
    ("resolution", "ticks", "nanoseconds", "digits"),
    [
        (0, 3, 3_000_000_000, 6),
        (3, 1_500, 1_500_000_000, 6),
        (6, 1_500_001, 1_500_001_000, 6),
        (7, 15_000_001, 1_500_000_100, 9),
        (9, 1_500_000_001, 1_500_000_001, 9),
        (12, 1_500_000_001_999, 1_500_000_001, 9),
        (0x80, 3, 3_000_000_000, 6),
        (0x80 | 10, 1536, 1_500_000_000, 6),
        (0x80 | 32, 3 << 31, 1_500_000_000, 9),
        (127, 5, 0, 9),
        (255, 5, 0, 9),
    ],
)
def test_time_resolutions_in_powers_of_ten_and_two(write, resolution, ticks, nanoseconds, digits):
    (packet,) = read(
        write.section(),
        write.interface(options=write.option(9, bytes([resolution])) + write.option(0, b"")),
        write.enhanced(ticks, b"abc"),
    )
    assert (packet.timestamp, packet.digits) == (nanoseconds, digits)


@pytest.mark.parametrize("offset", [1_700_000_000, -5])
def test_a_time_offset_is_added(write, offset):
    options = write.option(9, b"\x09") + write.option(14, struct.pack("<q", offset))
    (packet,) = read(write.section(), write.interface(options=options), write.enhanced(10**10, b""))
    assert packet.timestamp == 10**10 + offset * 10**9


def test_each_interface_has_its_own_link_type_and_resolution(write):
    packets = read(
        write.section(),
        write.interface(1),
        write.interface(276, options=write.option(9, b"\x09")),
        write.enhanced(5, b"a", index=1),
        write.enhanced(5, b"b", index=0),
    )
    assert [(packet.link_type, packet.timestamp) for packet in packets] == [(276, 5), (1, 5000)]


def test_packets_of_interfaces_alike_are_handed_on_together(write):
    content = b"".join(
        (
            write.section(),
            write.interface(1),
            write.interface(1, snap_length=96),
            write.interface(1, options=write.option(9, b"\x09")),
            write.interface(276),
            *(write.enhanced(5, b"a", index=index) for index in (0, 1, 0, 2, 0, 3, 3)),
        )
    )
    blocks = list(CaptureReader(io.BytesIO(content)).read())
    assert [(block.link_type, block.digits, len(block.places)) for block in blocks] == [
        (1, 6, 3),
        (1, 9, 1),
        (1, 6, 1),
        (276, 6, 2),
    ]
    assert [packet.timestamp for block in blocks for packet in block] == [5000, 5000, 5000, 5, 5000, 5000, 5000]


def test_a_section_starts_anew_even_in_the_other_byte_order(write):
    packets = read(
        write.section("<"),
        write.interface(1),
        write.enhanced(5, b"a"),
        write.section(">", options=write.option(2, b"comment", ">")),
        write.interface(113, order=">"),
        write.enhanced(5, b"b", order=">"),
    )
    assert [(packet.number, packet.link_type, packet.data) for packet in packets] == [
        (1, 1, b"a"),
        (2, 113, b"b"),
    ]
    with pytest.raises(CaptureError, match="interface 0, which is not described"):
        read(write.section(), write.interface(), write.section(), write.enhanced(5, b"a"))


def test_a_simple_packet_is_cut_at_the_snap_length(write):
    (packet,) = read(write.section(), write.interface(snap_length=3), write.simple(b"abc", 100))
    assert (packet.data, packet.wire_length) == (b"abc", 100)


def test_other_blocks_and_options_are_passed_over(write):
    packets = read(
        write.section(),
        write.block(10, b"secrets!"),
        write.interface(options=write.option(2, b"eth0") + b"\x09\0\xff\xff"),
        write.block(0x80000001, b""),
        write.enhanced(5, b"a", options=write.option(1, b"comment")),
        write.block(5, bytes(12)),
    )
    assert [packet.data for packet in packets] == [b"a"]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (struct.pack("<II", 6, 8) + bytes(8), "block claims 8 bytes"),
        (struct.pack("<II", 6, 33) + bytes(30), "block claims 33 bytes"),
        (struct.pack("<II", 6, 0x7FFFFFFC) + bytes(30), "block claims 2147483644 bytes"),
        (struct.pack("<IIII", 6, 16, 0, 17), "the two lengths of a block differ"),
        (struct.pack("<IIII", 6, 16, 0, 16), "enhanced packet block too short"),
        (struct.pack("<IIII", 2, 16, 0, 16), "packet block too short"),
        (struct.pack("<III", 3, 12, 12), "simple packet block too short"),
        (struct.pack("<IIII", 1, 16, 0, 16), "interface description too short"),
        (struct.pack("<II5II", 6, 32, 0, 0, 0, 1, 1, 32), "packet 2 claims 1 bytes of a block of 32"),
        (struct.pack("<II5II", 6, 32, 9, 0, 0, 0, 0, 32), "packet 2 is from interface 9"),
        (b"\n\r\r\n" + struct.pack("<IIII", 28, 0, 0, 28), "section header without a byte order"),
        (b"\x06\0\0", "cut short in a block header"),
        (struct.pack("<III", 6, 100, 0), "cut short in a block"),
    ],
)
def test_a_broken_block_ends_the_file_after_what_came_before(write, broken, why):
    content = write.section() + write.interface() + write.enhanced(5, b"abc")
    reader = iter(CaptureReader(io.BytesIO(content + broken)))
    assert next(reader).data == b"abc"
    with pytest.raises(CaptureError, match=why) as caught:
        next(reader)
    assert str(caught.value).endswith(f"(at byte {len(content)})")


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise_anything_but_a_capture_error(write, content):
    for head in (b"", write.section() + write.interface(), write.pcap([])):
        try:
            packets = read(head, content)
        except CaptureError:
            continue
        assert all(len(packet.data) <= 200 for packet in packets)


@pytest.mark.parametrize("step", [1, 5, 64])
def test_chunks_may_be_cut_anywhere(write, trickle, step):
    parts = [write.section(), write.interface(), write.enhanced(5, b"abc"), write.simple(b"defgh")]
    assert list(CaptureReader(trickle(b"".join(parts), step))) == read(*parts)


@pytest.mark.parametrize("order", "<>")
def test_key_logs_of_tls_are_handed_on(write, order):
    def block(form, text):
        body = struct.pack(order + "II", form, len(text)) + text + bytes(-len(text) % 4)
        return struct.pack(order + "II", 10, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))

    found = []
    parts = [
        write.section(order),
        block(0x544C534B, b"CLIENT_RANDOM ..."),
        block(0x57474B4C, b"of WireGuard"),
        write.interface(order=order),
        write.enhanced(5, b"abc", order=order),
    ]
    assert len(list(CaptureReader(io.BytesIO(b"".join(parts)), on_secrets=found.append))) == 1
    assert found == [b"CLIENT_RANDOM ..."]


@pytest.mark.parametrize("order", "<>")
def test_enhanced_packet_blocks_in_a_row_are_those_that_come_one_by_one(write, order):
    """Of one interface and of others, with options and without, with other blocks between them."""
    options = write.option(9, b"\x09", order) + write.option(14, struct.pack(order + "q", 7), order)
    parts = [write.section(order), write.interface(order=order), write.interface(113, options=options, order=order)]
    sizes = [3, 0, 8, 1, 2, 4, 0, 5]
    for number, (size, index) in enumerate(zip(sizes, [0, 0, 0, 1, 1, 1, 0, 0], strict=True), 1):
        options = write.option(1, b"comment", order) if number % 3 == 0 else b""
        parts.append(write.enhanced(number, bytes(size), 2, index, order, options))
    parts.insert(-1, write.block(5, bytes(12), order))
    together, one_by_one = list(CaptureReader(io.BytesIO(b"".join(parts)))), []
    for part in parts[3:]:
        one_by_one += read(*parts[:3], part)
    assert [packet._replace(number=1) for packet in together] == one_by_one
    assert [packet.number for packet in together] == list(range(1, 9))
    assert [packet.timestamp for packet in together] == [
        1000,
        2000,
        3000,
        7_000_000_004,
        7_000_000_005,
        7_000_000_006,
        7000,
        8000,
    ]
    assert [len(packet.data) for packet in together] == sizes


def test_a_block_of_more_than_is_believed_is_refused_where_all_of_it_is_there(write):
    sizes = (100, 1 << 20, 100, 2 << 20, 100)
    content = b"".join([write.section(), write.interface(), *(write.enhanced(0, bytes(size)) for size in sizes)])
    found = []
    with pytest.raises(CaptureError, match=r"^block claims 2097184 bytes$"):
        found.extend(pcapng.packets(Buffer(io.BytesIO(content).read), Numbers(), 100))
    assert [len(packet.data) for packets in found for packet in packets] == [100, 1 << 20, 100]


@pytest.mark.parametrize(
    ("at", "why", "found"),
    [
        (0, None, 3),
        (4, "block claims 4294967281 bytes", 2),
        (8, "packet 3 is from interface 4294967281, which is not described", 2),
        (12, None, 4),
        (16, None, 4),
        (20, "packet 3 claims 4294967281 bytes of a block of 32", 2),
        (24, None, 4),
        (28, "the two lengths of a block differ", 2),
    ],
)
def test_whatever_is_wrong_with_a_block_in_a_row_those_before_it_are_there(write, at, why, found):
    """Each word of its header, and its second length: it is refused, passed over, or its packet is another one."""
    good, bad = write.enhanced(5, b"abcd"), bytearray(write.enhanced(5, b""))
    bad[at : at + 4] = b"\xf1\xff\xff\xff"
    reader = CaptureReader(io.BytesIO(b"".join([write.section(), write.interface(), good, good, bad, good])))
    packets = []
    with pytest.raises(CaptureError, match=why) if why else nullcontext():
        packets.extend(reader)
    assert len(packets) == found
    assert [packet.data for packet in packets[:2]] == [b"abcd"] * 2

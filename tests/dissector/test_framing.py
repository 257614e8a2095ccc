"""Frames: by length while boundaries are known, over gaps, and again after a boundary is found."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.events import Data, Gap
from dissector.framing import (
    BAD_LENGTH,
    LOST_PREFIX,
    NO_BOUNDARY,
    SIZE,
    TIMESTAMP,
    TOO_LARGE,
    Frame,
    Framer,
    Hole,
)
from dissector.resync import WHOLE, Unframed


def prefixed(body):
    return len(body).to_bytes(4, "big") + body


def events(content, cuts=(), lost=(), first_packet=1):
    """Cut a stream into `Data`, one packet each; the pieces whose number is in `lost` become a `Gap`."""
    edges = [0, *sorted(cuts), len(content)]
    for number, (start, stop) in enumerate(pairwise(edges), first_packet):
        if number in lost:
            yield Gap(None, start, stop - start, "lost", number)
        elif start < stop:
            yield Data(None, start, content[start:stop], number, number * 1000, 6)


def run(framer, parts, cause="the end"):
    results = [result for event in parts for result in framer.feed(event)]
    results += framer.finish(cause)
    assert framer.buffered == 0
    return results


def plausible(size, head):
    """Frames of the tests start with K and are at least 2 bytes long."""
    return 1 if size >= 2 and head[:1] == b"K" else 0


def test_fields_have_the_numbers_by_which_they_are_found():
    assert [Frame._fields[number] for number in (SIZE, TIMESTAMP)] == ["size", "timestamp"]


def test_a_frame_in_progress_can_be_let_go():
    """All but its first bytes; those that come later are kept again, and all count as captured."""
    framer = Framer()
    content = prefixed(bytes(300_000))
    first, second, third, last = events(content, cuts=(100_000, 200_000, 300_000))
    assert framer.feed(first) == framer.feed(second) == []
    framer.shrink()
    assert framer.buffered == 4 + (1 << 16)
    (frame,) = framer.feed(third) + framer.feed(last)
    assert frame.data == bytes(1 << 16)
    assert frame.missing == (Hole(1 << 16, 199_996 - (1 << 16), TOO_LARGE),)
    assert frame.rest == ((199_996, bytes(100_004)),)
    assert frame.captured == len(content)


def test_bytes_that_come_one_by_one():
    content = bytes(range(256)) * 4
    (frame,) = run(Framer(), events(prefixed(content), cuts=range(1, len(content) + 4)))
    assert frame.data == content


def test_several_frames_in_one_segment():
    results = run(Framer(), events(prefixed(b"abc") + prefixed(b"defgh")))
    assert results == [
        Frame(0, 3, b"abc", (), (), 1, 1, 1000, 6),
        Frame(7, 5, b"defgh", (), (), 1, 1, 1000, 6),
    ]


def test_a_frame_over_several_segments_is_complete_with_its_highest_numbered_packet():
    """Packets may have been captured out of order: the last bytes need not be in the last packet."""
    first, second, third = events(prefixed(b"abcdef"), [6, 8])
    second = second._replace(packet_number=9, timestamp=9000)
    (frame,) = run(Framer(), [first, second, third])
    assert (frame.data, frame.first_packet, frame.packet_number, frame.timestamp) == (b"abcdef", 1, 9, 9000)


def test_frames_without_bytes_are_frames():
    results = run(Framer(), events(bytes(8) + prefixed(b"abc")))
    assert [(frame.offset, frame.data) for frame in results] == [(0, b""), (4, b""), (8, b"abc")]


def test_a_gap_inside_a_frame_costs_only_its_missing_part():
    content = prefixed(b"abcdefgh") + prefixed(b"ijk")
    first, second = run(Framer(), events(content, [6, 9], lost={2}))
    assert (first.data, first.missing, first.rest) == (b"ab", (Hole(2, 3, "lost"),), ((5, b"fgh"),))
    assert first.captured == 9
    assert (second.offset, second.data, second.missing) == (12, b"ijk", ())


def test_a_gap_up_to_the_end_of_a_frame_keeps_the_boundary():
    content = prefixed(b"abcdefgh") + prefixed(b"ijk")
    first, second = run(Framer(), events(content, [6, 12], lost={2}))
    assert (first.data, first.missing) == (b"ab", (Hole(2, 6, "lost"),))
    assert second.data == b"ijk"


def test_gaps_that_follow_each_other_for_the_same_cause_are_one_hole():
    content = prefixed(b"abcdefgh")
    (frame,) = run(Framer(), events(content, [6, 8, 10], lost={2, 3}))
    assert frame.missing == (Hole(2, 4, "lost"),)
    assert frame.rest == ((6, b"gh"),)


def test_a_frame_of_which_only_the_prefix_is_there():
    (frame,) = run(Framer(), events(prefixed(b"abc"), [4], lost={2}))
    assert (frame.size, frame.data, frame.missing, frame.packet_number) == (3, b"", (Hole(0, 3, "lost"),), 1)


def test_the_end_of_the_stream_is_a_hole_in_the_last_frame():
    (frame,) = run(Framer(), events(prefixed(b"abcdef")[:7]), cause="capture ended")
    assert (frame.data, frame.missing) == (b"abc", (Hole(3, 3, "capture ended"),))


def test_part_of_a_prefix_at_the_end_belongs_to_no_frame():
    frame, rest = run(Framer(), events(prefixed(b"abc") + b"\0\0"), cause="capture ended")
    assert frame.data == b"abc"
    assert rest == Unframed(7, 2, "capture ended", 1)


@pytest.mark.parametrize("length", [-1, -(2**31), 1001, 2**31 - 1])
@pytest.mark.parametrize("cuts", [[], [7, 8, 9, 10, 11, 12]])
def test_a_length_that_cannot_be_one_ends_framing(length, cuts):
    content = prefixed(b"abc") + length.to_bytes(4, "big", signed=True) + b"xyz"
    frame, *rest = run(Framer(max_size=1000), events(content, cuts))
    assert frame.data == b"abc"
    assert {part.cause for part in rest} == {BAD_LENGTH}
    assert sum(part.length for part in rest) == 7


def test_a_lost_prefix_ends_framing_and_says_why():
    content = prefixed(b"abc") + prefixed(b"def") + prefixed(b"ghi")
    frame, *rest = run(Framer(), events(content, [8, 10], lost={2}))
    assert frame.data == b"abc"
    assert [(part.offset, part.length, part.cause) for part in rest] == [
        (7, 1, f"{LOST_PREFIX}: lost"),
        (10, 11, f"{LOST_PREFIX}: lost"),
    ]


def test_a_frame_between_two_gaps_is_found_if_it_reaches_from_one_to_the_other():
    """Its length leads exactly to the second gap, which is a boundary like the end of a stream."""
    weigh = lambda size, head: 3 * plausible(size, head)  # noqa: E731 - enough to believe in, beside a second boundary
    content = prefixed(b"K" * 5) * 5
    parts = list(events(content, [9, 18, 27, 36], lost={2, 4}))
    assert [frame.offset for frame in run(Framer(weigh), parts) if isinstance(frame, Frame)] == [0, 18, 36]
    shorter = parts[2]._replace(payload=parts[2].payload[:-1])
    parts[2:4] = [shorter, Gap(None, 26, 10, "lost", 4)]
    assert [frame.offset for frame in run(Framer(weigh), parts) if isinstance(frame, Frame)] == [0, 36]


def test_framing_goes_on_where_a_chain_of_plausible_frames_starts():
    bodies = [b"Kabc", b"Kd", b"Kefgh", b"Kij"]
    content = prefixed(b"first") + b"".join(map(prefixed, bodies))
    cuts = [3, 9, 17, 23, 32]
    lost, *frames = run(Framer(plausible), events(content, cuts, lost={1}))
    assert lost == Unframed(3, 6, f"{LOST_PREFIX}: lost", 2)
    assert [frame.data for frame in frames] == bodies
    assert [frame.offset for frame in frames] == [9, 17, 23, 32]


def test_a_chain_may_lead_over_a_gap_inside_a_frame():
    bodies = [b"K" * 200, b"K" * 300, b"K" * 200]
    content = b"".join(map(prefixed, bodies))
    cuts = [150, 204, 204 + 250, 204 + 280, 508]
    frames = run(Framer(plausible, synchronised=False), events(content, cuts, lost={4}))
    assert [frame.size for frame in frames] == [200, 300, 200]
    assert frames[1].missing == (Hole(246, 30, "lost"),)


def test_too_little_evidence_is_no_evidence():
    content = prefixed(b"Kabc") + prefixed(b"Kdef") + b"\x7f\xff\xff\xff" + b"x" * 20
    results = run(Framer(plausible, synchronised=False), events(content, [8, 16]))
    assert {result.cause for result in results} == {NO_BOUNDARY}
    assert sum(result.length for result in results) == len(content)


def test_weighty_evidence_needs_a_second_boundary():
    """One frame is no evidence, whatever it weighs: in structured data, a size and a number are everywhere."""
    framer = Framer(lambda *_: 3, synchronised=False)
    first, second = events(prefixed(b"Kabc") + prefixed(b"Kdef"), [8])
    assert framer.feed(first) == []
    assert [frame.data for frame in framer.feed(second)] == [b"Kabc", b"Kdef"]


def test_the_end_of_the_stream_is_a_second_boundary():
    (frame,) = run(Framer(lambda *_: 2, synchronised=False), events(prefixed(b"Kabc")))
    assert frame.data == b"Kabc"
    (unframed,) = run(Framer(lambda *_: 2, synchronised=False), events(prefixed(b"Kabc") + b"x"))
    assert unframed.length == 9


def test_boundaries_inside_segments_are_found_on_request():
    bodies = [b"Kabc", b"Kde", b"Kfghi", b"Kjk"] * 3
    content = b"tail of something" + b"".join(map(prefixed, bodies))
    cuts = [30, 50, 90]
    weigh = lambda size, head: 2 * plausible(size, head)  # noqa: E731 - a weight above chance
    lost, *frames = run(Framer(weigh, synchronised=False, search_inside=True), events(content, cuts))
    assert (lost.offset, lost.length) == (0, 17)
    assert [frame.data for frame in frames] == bodies
    assert all(isinstance(result, Unframed) for result in run(Framer(weigh, synchronised=False), events(content, cuts)))


def test_inside_of_a_segment_links_that_may_be_chance_are_no_evidence():
    content = b"tail of something" + prefixed(b"Kabc") * 20
    results = run(Framer(plausible, synchronised=False, search_inside=True), events(content, [50]))
    assert all(isinstance(result, Unframed) for result in results)


def test_a_boundary_found_may_be_lost_and_found_again():
    good = b"".join(map(prefixed, [b"Kaa", b"Kbb", b"Kcc"]))
    content = good + b"\xff" * 5 + good
    size = len(good)
    results = run(Framer(plausible, synchronised=False), events(content, [size, size + 5]))
    assert [result.data for result in results if isinstance(result, Frame)] == [b"Kaa", b"Kbb", b"Kcc"] * 2
    assert [result for result in results if isinstance(result, Unframed)] == [Unframed(size, 5, BAD_LENGTH, 2)]


def test_zeros_are_no_frames_to_a_search():
    results = run(Framer(plausible, synchronised=False), events(bytes(5000), range(100, 5000, 100)))
    assert sum(result.length for result in results if isinstance(result, Unframed)) == 5000


def test_a_search_holds_a_bounded_number_of_bytes():
    framer = Framer(plausible, synchronised=False, search_bytes=1000)
    promise = (50_000).to_bytes(4, "big") + b"K"
    held = []
    for event in events(promise * 1000, range(5, 5000, 5)):
        framer.feed(event)
        held.append(framer.buffered)
    assert max(held) <= 1000


def test_a_frame_is_kept_up_to_a_limit_and_the_next_one_is_found():
    content = prefixed(b"abcdefgh" * 10) + prefixed(b"xyz")
    first, second = run(Framer(max_buffer=20), events(content, range(7, 90, 7)))
    assert first.data == (b"abcdefgh" * 10)[:20]
    assert first.missing == (Hole(20, 60, TOO_LARGE),)
    assert first.packet_number == 12
    assert first.captured == 4 + 80  # what was let go was captured all the same: the ledger counts it
    assert second.data == b"xyz"


def test_one_segment_may_hold_a_frame_over_the_limit():
    first, second = run(Framer(max_buffer=20), events(prefixed(b"a" * 50) + prefixed(b"xyz")))
    assert (first.data, first.missing) == (b"a" * 20, (Hole(20, 30, TOO_LARGE),))
    assert second.data == b"xyz"


streams = st.lists(st.binary(max_size=30), max_size=8).map(lambda bodies: b"".join(map(prefixed, bodies)))


@given(streams, st.binary(max_size=6), st.data())
def test_frames_do_not_depend_on_how_the_stream_is_cut(content, junk, data):
    """Whole, byte by byte or cut anywhere, with junk behind: the same frames, but for packets and times."""
    content += junk
    size = len(content)
    cuts = data.draw(st.sets(st.integers(1, size - 1), max_size=10)) if size > 1 else []

    def frames(cuts):
        results = run(Framer(max_size=100), events(content, cuts))
        assert covered(results) == size
        return [result[:5] for result in results if isinstance(result, Frame)]

    assert frames([]) == frames(cuts) == frames(range(1, size))


def covered(results):
    """Captured bytes that frames and Unframed account for."""
    return sum(result.captured if isinstance(result, Frame) else result.length for result in results)


@given(streams, st.data())
def test_loss_never_invents_a_frame_and_every_byte_is_accounted_for(content, data):
    size = len(content)
    cuts = sorted(data.draw(st.sets(st.integers(1, size - 1), max_size=10))) if size > 1 else []
    lost = data.draw(st.sets(st.integers(1, len(cuts) + 1)))
    parts = list(events(content, cuts, lost))
    results = run(Framer(), parts)
    whole = {frame.offset: frame for frame in run(Framer(), events(content))}
    for frame in results:
        if isinstance(frame, Frame):
            original = whole[frame.offset]
            assert frame.size == original.size
            for position, piece in ((0, frame.data), *frame.rest):
                assert piece == original.data[position : position + len(piece)]
            missing = sum(hole.length for hole in frame.missing)
            assert frame.captured + missing == frame.size + 4
    assert covered(results) == sum(len(part.payload) for part in parts if isinstance(part, Data))


@given(
    st.lists(st.one_of(st.binary(min_size=1, max_size=40), st.integers(1, 50)), max_size=40),
    st.booleans(),
    st.integers(0, 3),
    st.booleans(),
)
def test_no_bytes_whatever_are_lost_or_raise(parts, synchronised, weight, inside):
    """Random bytes and gaps: every byte is in a frame or reported, in the order of the stream."""
    framer = Framer(
        lambda _, head: weight if len(head) % 2 else 0,
        synchronised=synchronised,
        max_size=1 << 24,
        max_buffer=1 << 20,
        search_bytes=100,
        search_inside=inside,
    )
    offset = 0
    stream = []
    for number, part in enumerate(parts, 1):
        if isinstance(part, bytes):
            stream.append(Data(None, offset, part, number, 0, 6))
            offset += len(part)
        else:
            stream.append(Gap(None, offset, part, "lost", number))
            offset += part
    results = run(framer, stream)
    assert covered(results) == sum(len(part) for part in parts if isinstance(part, bytes))
    offsets = [result.offset for result in results]
    assert offsets == sorted(offsets)


@given(st.data())
def test_what_only_goes_on_with_a_frame_may_be_filled_in(data):
    """That is the same as to cut it, whatever was lost or let go before, and however much is kept."""
    sizes = data.draw(st.lists(st.sampled_from([0, 3, 300, 900, 3000]), min_size=1, max_size=4))
    content = b"".join(prefixed(bytes([number]) * size) for number, size in enumerate(sizes))
    cuts = data.draw(st.sets(st.integers(0, len(content)) | st.integers(0, len(content) // 260).map(lambda n: n * 260)))
    lost = data.draw(st.sets(st.integers(1, len(cuts) + 1), max_size=2))
    let_go = data.draw(st.sets(st.integers(1, len(cuts) + 1), max_size=1))
    limit = data.draw(st.sampled_from([1000, 1 << 20]))
    filling, cutting = Framer(max_buffer=limit), Framer(max_buffer=limit)
    for number, event in enumerate(events(content, cuts, lost), 1):
        if number in let_go:
            filling.shrink()
            cutting.shrink()
        expected = cutting.feed(event)
        is_filled = isinstance(event, Data) and filling.fill(*event[2:])
        assert ([] if is_filled else filling.feed(event)) == expected
        assert (filling.buffered, filling.progress) == (cutting.buffered, cutting.progress)
    assert filling.finish("the end") == cutting.finish("the end")


def test_large_segments_inside_a_frame_are_filled_in():
    framer = Framer()
    first, second, third = events(prefixed(bytes(1000)), cuts=(300, 600))
    assert [framer.fill(*first[2:]), framer.feed(first)] == [False, []]
    assert [framer.fill(*second[2:]), framer.fill(*third[2:])] == [True, False]
    (frame,) = framer.feed(third)
    assert (frame.data, frame.first_packet, frame.packet_number) == (bytes(1000), 1, 3)


def test_a_frame_in_many_small_segments_takes_linear_time():
    """Two hundred thousand one-byte segments: chunks are joined once."""
    size = 200_000
    framer = Framer()
    framer.feed(Data(None, 0, size.to_bytes(4, "big"), 1, 0, 6))
    event = Data(None, 4, b"x", 2, 0, 6)
    results = []
    for _ in range(size):
        results += framer.feed(event)
    assert results[0].data == b"x" * size


def test_frames_that_lie_in_one_another_are_weighed_a_bounded_number_of_times():
    """Every byte may begin one that is all of a megabyte: what is weighed is linear in what came."""
    weighed = []
    framer = Framer(
        lambda _size, _head: WHOLE,
        synchronised=False,
        search_inside=True,
        whole=lambda _previous, frame: weighed.append(len(frame)) or 1,
    )
    content = (4000).to_bytes(4, "big") * 100_000
    assert run(framer, events(content, range(1000, len(content), 1000)))
    assert len(content) < sum(weighed) < 12 * len(content)

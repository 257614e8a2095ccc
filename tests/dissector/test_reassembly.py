"""Connections: where they begin and end, and what their streams hold whatever happened to the packets."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.events import ACKNOWLEDGED, NOT_CAPTURED, SNAP_LENGTH, Closed, Conflict, Data, Gap, Late, Opened
from dissector.reassembly import (
    CAPTURE_ENDED,
    EVICTED,
    FINISHED,
    JUMPED,
    RESET,
    REUSED,
    Limits,
    Reassembler,
)
from dissector.segments import ACK, FIN, PSH, RST, SYN, Endpoint, Segment

CLIENT = Endpoint("10.0.0.1", 40000)
SERVER = Endpoint("10.0.0.2", 9092)
PATIENT = Limits(wait_packets=1_000_000, wait_bytes=1 << 30, acknowledged_packets=1_000_000)


class Wire:
    """Writes segments, and keeps the events that a reassembler makes of them."""

    def __init__(self, limits=None, **options):
        self.reassembler = Reassembler(limits, **options)
        self.events = []
        self.number = 0

    def send(self, sequence, payload=b"", flags=PSH, ack=None, *, missing=0, back=False, ends=None):
        source, destination = ends or ((SERVER, CLIENT) if back else (CLIENT, SERVER))
        if ack is not None:
            flags |= ACK
        self.number += 1
        segment = Segment(
            self.number,
            1_000_000 * self.number,
            6,
            source,
            destination,
            sequence % 2**32,
            (ack or 0) % 2**32,
            flags,
            payload,
            missing,
        )
        events = self.reassembler.feed(segment)
        self.events += events
        return events

    def open(self, initial=0):
        """Connect: the next byte from the client is `initial` + 1, from the server 5001."""
        self.send(initial, flags=SYN)
        self.send(5000, flags=SYN, ack=initial + 1, back=True)
        self.send(initial + 1, ack=5001, flags=0)
        return self

    def flush(self):
        self.events += self.reassembler.flush()
        return self

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def stream(self, back=False, connection=0):
        """The events of one direction, checked to be contiguous: bytes, or the length of a gap."""
        parts = []
        offset = 0
        for event in self.of((Data, Gap)):
            if event.connection.id == connection and event.source == (SERVER if back else CLIENT):
                assert event.offset == offset
                value = event.payload if isinstance(event, Data) else event.length
                offset += len(value) if isinstance(value, bytes) else value
                if parts and isinstance(parts[-1], bytes) and isinstance(value, bytes):
                    parts[-1] += value
                else:
                    parts.append(value)
        return parts


def balanced(reassembler):
    """What was captured went somewhere."""
    totals = reassembler.totals()
    assert totals.captured == totals.delivered + totals.duplicate + totals.late + totals.buffered
    assert min(totals.delivered, totals.duplicate, totals.late, totals.buffered, totals.lost) >= 0
    return totals


def test_a_handshake_names_client_and_server():
    wire = Wire().open()
    (opened,) = wire.of(Opened)
    assert not opened.late
    assert (opened.connection.client, opened.connection.server) == (CLIENT, SERVER)


def test_the_answer_to_a_lost_syn_names_them_too_and_tells_where_the_client_starts():
    wire = Wire()
    wire.send(5000, flags=SYN, ack=101, back=True)
    wire.send(104, b"def", ack=5001)
    wire.send(101, b"abc", ack=5001)
    (opened,) = wire.of(Opened)
    assert (opened.connection.client, opened.connection.server) == (CLIENT, SERVER)
    assert wire.stream() == [b"abcdef"]


def test_in_order_segments_come_out_as_they_are_with_their_packet():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(4, b"de", ack=5001)
    assert [(event.offset, event.payload, event.packet_number) for event in wire.of(Data)] == [
        (0, b"abc", 4),
        (3, b"de", 5),
    ]
    assert wire.of(Data)[1].timestamp == 5_000_000


def test_a_capture_of_very_many_packets_goes_on_as_before():
    """What comes next is predicted as long as no connection is due to be closed, however high packets are numbered."""
    wire = Wire().open()
    wire.number = 1 << 30
    wire.send(1, b"abc", ack=5001)
    assert wire.reassembler.due > 1 << 40
    wire.send(4, flags=FIN, ack=5001)
    wire.send(5001, flags=FIN, ack=5, back=True)
    assert wire.number < wire.reassembler.due < 1 << 40
    wire.number += 1 << 20
    wire.send(9, ack=9, ends=(Endpoint("10.0.0.3", 1), SERVER))
    assert len(wire.of(Closed)) == 1
    assert wire.stream() == [b"abc"]
    assert wire.reassembler.due > 1 << 40


def test_sequence_numbers_wrap():
    wire = Wire().open(2**32 - 4)
    for start in range(0, 12, 3):
        wire.send(2**32 - 3 + start, b"abcdefghijkl"[start : start + 3], ack=5001)
    assert wire.stream() == [b"abcdefghijkl"]


def test_sequence_numbers_wrap_while_out_of_order():
    wire = Wire().open(2**32 - 4)
    for start in (9, 3, 6, 0):
        wire.send(2**32 - 3 + start, b"abcdefghijkl"[start : start + 3], ack=5001)
    assert wire.stream() == [b"abcdefghijkl"]


def test_a_retransmission_is_counted_and_not_handed_on_again():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(1, b"abc", ack=5001)
    wire.send(2, b"bcdef", ack=5001)
    assert wire.stream() == [b"abcdef"]
    assert balanced(wire.reassembler).duplicate == 5
    assert wire.of(Conflict) == []


def test_a_conflicting_retransmission_is_reported_and_the_first_bytes_count():
    wire = Wire().open()
    wire.send(1, b"abcdef", ack=5001)
    wire.send(3, b"cXe", ack=5001)
    assert wire.stream() == [b"abcdef"]
    (conflict,) = wire.of(Conflict)
    assert (conflict.offset, conflict.length, conflict.packet_number) == (2, 3, 5)


def test_a_conflict_among_segments_that_wait_is_reported_too():
    wire = Wire().open()
    wire.send(4, b"def", ack=5001)
    wire.send(4, b"dXf", ack=5001)
    wire.send(1, b"abc", ack=5001)
    assert wire.stream() == [b"abcdef"]
    assert [conflict.packet_number for conflict in wire.of(Conflict)] == [5]


@pytest.mark.parametrize("garbage", [b"", b"\0", b"c"])
def test_a_keep_alive_is_no_data_and_no_conflict(garbage):
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(3, garbage, ack=5001)
    wire.send(4, b"def", ack=5001)
    assert wire.stream() == [b"abcdef"]
    assert wire.of(Conflict) == []
    assert balanced(wire.reassembler).duplicate == len(garbage)


def test_a_keep_alive_before_any_data_is_no_data():
    wire = Wire().open()
    wire.send(0, b"\0", ack=5001)
    wire.send(1, b"abc", ack=5001)
    assert wire.stream() == [b"abc"]
    totals = balanced(wire.reassembler)
    assert totals.duplicate + totals.late == 1


def test_a_zero_window_probe_waits_for_its_place_like_any_segment():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(4, b"d", ack=5001)
    wire.send(4, b"def", ack=5001)
    assert wire.stream() == [b"abcdef"]


def test_a_syn_may_carry_data():
    wire = Wire()
    wire.send(100, b"abc", flags=SYN)
    wire.send(5000, flags=SYN, ack=104, back=True)
    wire.send(104, b"def", ack=5001)
    assert wire.stream() == [b"abcdef"]


def test_a_repeated_syn_is_the_same_connection():
    wire = Wire()
    wire.send(100, flags=SYN)
    wire.send(100, flags=SYN)
    wire.send(5000, flags=SYN, ack=101, back=True)
    wire.send(5000, flags=SYN, ack=101, back=True)
    wire.send(101, b"abc", ack=5001)
    wire.send(100, flags=SYN)
    wire.send(104, b"def", ack=5001)
    assert len(wire.of(Opened)) == 1
    assert wire.stream() == [b"abcdef"]


def test_another_syn_on_the_same_ports_is_a_new_connection():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(70_000, flags=SYN)
    wire.send(70_001, b"def")
    assert [event.connection.id for event in wire.of(Opened)] == [0, 1]
    assert [event.cause for event in wire.of(Closed)] == [REUSED]
    assert wire.stream() == [b"abc"]
    assert wire.stream(connection=1) == [b"def"]


def test_ports_reused_without_a_syn_are_told_by_the_sequence_numbers():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(3_000_000_000, b"def")
    wire.send(3_000_000_003, b"ghi")
    wire.flush()
    assert [event.cause for event in wire.of(Closed)] == [JUMPED, CAPTURE_ENDED]
    assert wire.stream(connection=1) == [b"defghi"]


def test_a_hole_waits_then_becomes_a_gap_of_its_length():
    wire = Wire(Limits(wait_packets=3)).open()
    wire.send(1, b"abc", ack=5001)
    assert wire.send(14, b"xyz", ack=5001) == []
    wire.send(5001, b"", ack=4, flags=0, back=True)
    wire.send(5001, b"", ack=4, flags=0, back=True)
    assert wire.stream() == [b"abc"]
    wire.send(5001, b"", ack=4, flags=0, back=True)
    assert wire.stream() == [b"abc", 10, b"xyz"]
    (gap,) = wire.of(Gap)
    assert (gap.cause, gap.packet_number) == (NOT_CAPTURED, 8)
    assert balanced(wire.reassembler).lost == 10


def test_a_hole_waits_for_a_bounded_number_of_bytes():
    wire = Wire(Limits(wait_bytes=100)).open()
    for index in range(12):
        wire.send(11 + 10 * index, b"0123456789", ack=5001)
    assert wire.stream()[0] == 10
    assert wire.reassembler.totals().buffered <= 100


def test_an_acknowledgment_past_a_hole_shortens_the_wait():
    wire = Wire(Limits(wait_packets=100, acknowledged_packets=2)).open()
    wire.send(11, b"abc", ack=5001)
    wire.send(5001, ack=14, flags=0, back=True)
    assert wire.stream() == []
    wire.send(5001, ack=14, flags=0, back=True)
    wire.send(5001, ack=14, flags=0, back=True)
    assert wire.stream() == [10, b"abc"]
    assert wire.of(Gap)[0].cause == ACKNOWLEDGED


def test_the_wait_for_each_hole_counts_from_its_own_beginning():
    """Many holes one after the other do not add up their waits."""
    wire = Wire(Limits(wait_packets=10)).open()
    for index in range(50):
        wire.send(11 + 20 * index, b"0123456789", ack=5001)
    assert wire.reassembler.totals().buffered <= 110


def test_segments_of_a_million_ports_do_not_wait_for_ever_together():
    wire = Wire(Limits(held_bytes=10_000))
    for port in range(100):
        ends = (Endpoint("10.0.0.1", port), SERVER)
        wire.send(0, flags=SYN, ends=ends)
        wire.send(100, b"x" * 100, ends=ends)
    assert wire.reassembler.totals().buffered <= 10_000


def test_what_comes_after_it_was_given_up_is_late_once_and_then_duplicate():
    wire = Wire(Limits(wait_packets=1)).open()
    wire.send(4, b"def", ack=5001)
    wire.send(7, b"ghi", ack=5001)
    wire.send(1, b"abc", ack=5001)
    wire.send(1, b"abc", ack=5001)
    assert wire.stream() == [3, b"defghi"]
    assert [(event.offset, event.length, event.packet_number) for event in wire.of(Late)] == [(0, 3, 6)]
    totals = balanced(wire.reassembler)
    assert (totals.late, totals.duplicate, totals.lost) == (3, 3, 3)


def test_a_segment_cut_by_the_snap_length_gives_its_bytes_and_a_gap_at_once():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001, missing=7)
    wire.send(11, b"def", ack=5001)
    assert wire.stream() == [b"abc", 7, b"def"]
    assert wire.of(Gap)[0].cause == SNAP_LENGTH


def test_bytes_captured_win_over_bytes_cut_off():
    wire = Wire().open()
    wire.send(4, b"d", ack=5001, missing=5)
    wire.send(6, b"fg", ack=5001)
    wire.send(1, b"abc", ack=5001)
    wire.send(10, b"j", ack=5001)
    assert wire.stream() == [b"abcd", 1, b"fg", 2, b"j"]
    balanced(wire.reassembler)


def test_a_late_start_begins_with_the_lowest_of_the_first_segments():
    wire = Wire()
    wire.send(1003, b"def")
    wire.send(1000, b"abc")
    wire.flush()
    assert wire.of(Opened)[0].late
    assert wire.of(Opened)[0].connection.client is None
    assert wire.stream() == [b"abcdef"]


def test_a_late_start_does_not_wait_when_the_other_end_has_acknowledged_up_to_it():
    wire = Wire()
    wire.send(5001, b"response", ack=1000, back=True)
    wire.send(1000, b"request", ack=5009)
    assert wire.stream() == [b"request"]


def test_what_was_captured_before_such_an_acknowledgment_counts_too():
    """A request, its response that acknowledges it, the next request: the first one is no older than the capture."""
    wire = Wire()
    wire.send(1000, b"first", ack=7000)
    wire.send(7000, b"response", ack=1005, back=True)
    wire.send(1005, b"second", ack=7008)
    wire.flush()
    assert b"".join(data.payload for data in wire.of(Data) if data.source == CLIENT) == b"firstsecond"
    assert wire.of(Late) == []


def test_a_late_start_waits_for_a_few_packets_only():
    wire = Wire(Limits(start_packets=4))
    for index in range(5):
        wire.send(1000 + 3 * index, b"abc")
    assert wire.stream() == [b"abc" * 5]


def test_data_before_a_late_start_is_late():
    wire = Wire(Limits(start_packets=0))
    wire.send(1000, b"def")
    wire.send(995, b"zzabcdef")
    assert wire.stream() == [b"def"]
    assert [(event.offset, event.length) for event in wire.of(Late)] == [(-5, 5)]
    assert balanced(wire.reassembler).duplicate == 3


def test_a_syn_captured_after_its_data_still_starts_the_stream():
    wire = Wire()
    wire.send(101, b"abc")
    wire.send(100, flags=SYN)
    wire.send(104, b"def")
    assert len(wire.of(Opened)) == 1
    assert wire.stream() == [b"abcdef"]


def test_a_connection_closes_when_both_ends_have_finished():
    wire = Wire(linger_packets=2).open()
    wire.send(1, b"abc", ack=5001, flags=FIN)
    wire.send(5001, b"xyz", ack=5, flags=FIN, back=True)
    wire.send(5, ack=5005, flags=0)
    wire.send(5, ack=5005, flags=0)
    assert [event.cause for event in wire.of(Closed)] == [FINISHED]
    assert wire.stream() == [b"abc"]
    assert wire.stream(back=True) == [b"xyz"]


def test_segments_behind_the_fin_in_the_capture_still_belong_to_the_connection():
    wire = Wire().open()
    wire.send(4, ack=5001, flags=FIN)
    wire.send(5001, ack=5, flags=FIN, back=True)
    wire.send(1, b"abc", ack=5001)
    wire.flush()
    assert wire.stream() == [b"abc"]
    assert len(wire.of(Opened)) == 1


def test_a_reset_closes_a_connection():
    wire = Wire(linger_packets=1).open()
    wire.send(1, b"abc", ack=5001)
    wire.send(5001, flags=RST, back=True)
    wire.send(4, flags=0)
    assert [event.cause for event in wire.of(Closed)] == [RESET]


def test_a_reset_in_the_middle_that_nobody_obeys_closes_nothing():
    wire = Wire(linger_packets=3).open()
    wire.send(1, flags=RST)
    for index in range(10):
        wire.send(1 + 3 * index, b"abc", ack=5001)
    assert wire.of(Closed) == []
    assert wire.stream() == [b"abc" * 10]


def test_what_is_repeated_after_the_end_opens_no_connection():
    wire = Wire(linger_packets=0).open()
    wire.send(1, b"abc", ack=5001, flags=FIN)
    wire.send(5001, ack=5, flags=FIN, back=True)
    wire.send(1, b"abc", ack=5001, flags=FIN)
    wire.send(5, ack=5002, flags=0)
    assert len(wire.of(Opened)) == 1
    assert len(wire.of(Closed)) == 1
    balanced(wire.reassembler)


def test_new_bytes_after_the_end_open_a_connection():
    wire = Wire(linger_packets=0).open()
    wire.send(1, b"abc", ack=5001, flags=RST)
    wire.send(4, b"def", ack=5001)
    wire.flush()
    assert wire.stream(connection=1) == [b"def"]
    balanced(wire.reassembler)


def test_bytes_acknowledged_at_the_end_and_never_captured_are_a_gap():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001)
    wire.send(5001, ack=14, flags=0, back=True)
    wire.flush()
    assert wire.stream() == [b"abc", 10]


def test_the_sequence_number_of_a_fin_is_no_byte():
    wire = Wire().open()
    wire.send(1, b"abc", ack=5001, flags=FIN)
    wire.send(5001, ack=5, flags=0, back=True)
    wire.flush()
    assert wire.stream() == [b"abc"]


def test_one_direction_alone_is_reassembled():
    wire = Wire()
    wire.send(0, flags=SYN)
    for index in range(5):
        wire.send(1 + 3 * index, b"abc", ack=5001)
    assert wire.stream() == [b"abc" * 5]


def test_a_host_may_connect_a_port_to_itself():
    wire = Wire()
    ends = (CLIENT, CLIENT)
    wire.send(0, flags=SYN, ends=ends)
    wire.send(0, flags=SYN, ack=1, ends=ends)
    wire.send(1, b"abc", ack=1, ends=ends)
    wire.flush()
    assert wire.stream() == [b"abc"]
    balanced(wire.reassembler)


def test_segments_without_payload_or_syn_open_no_connection():
    wire = Wire()
    wire.send(1, ack=1, flags=0)
    wire.send(1, flags=RST)
    assert wire.events == []
    assert wire.reassembler.stray == 2


def test_the_table_is_bounded_and_lets_the_longest_idle_go():
    wire = Wire(max_connections=8)
    for port in range(20):
        wire.send(0, flags=SYN, ends=(Endpoint("10.0.0.1", port), SERVER))
        wire.send(1, b"abc", ends=(Endpoint("10.0.0.1", port), SERVER))
    assert [event.connection.id for event in wire.of(Closed)] == list(range(12))
    assert {event.cause for event in wire.of(Closed)} == {EVICTED}
    assert balanced(wire.reassembler).delivered == 60


def test_closed_connections_leave_the_table_before_idle_ones():
    wire = Wire(max_connections=2, linger_packets=0)
    wire.open()
    wire.send(0, flags=SYN, ends=(Endpoint("10.0.0.1", 1), SERVER))
    wire.send(1, flags=RST, ends=(Endpoint("10.0.0.1", 1), SERVER))
    wire.send(0, flags=SYN, ends=(Endpoint("10.0.0.1", 2), SERVER))
    assert [event.cause for event in wire.of(Closed)] == [RESET]


# Properties


@st.composite
def pieces(draw, size):
    """Segments (start, stop) that cover `size` bytes, some bytes several times and differently cut."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        cuts = draw(st.lists(st.integers(1, size - 1), max_size=12, unique=True)) if size > 1 else []
        edges = [0, *sorted(cuts), size]
        copy = list(pairwise(edges))
        if parts:
            copy = [part for part in copy if draw(st.booleans())]
        parts += copy
    return draw(st.permutations(parts))


@st.composite
def shuffled(draw):
    """A stream, its initial sequence number, and its segments in any order."""
    content = draw(st.binary(min_size=1, max_size=200))
    initial = draw(st.one_of(st.integers(0, 2**32 - 1), st.integers(2**32 - 200, 2**32 - 1)))
    return content, initial, draw(pieces(len(content)))


@given(shuffled())
def test_reordered_repeated_and_resegmented_streams_come_out_the_same(case):
    content, initial, parts = case
    wire = Wire(PATIENT).open(initial)
    for start, stop in parts:
        wire.send(initial + 1 + start, content[start:stop], ack=5001)
    assert wire.stream() == [content]
    totals = balanced(wire.reassembler)
    assert (totals.buffered, totals.lost, totals.late, totals.conflicts) == (0, 0, 0, 0)


@given(shuffled())
def test_without_a_syn_too(case):
    content, initial, parts = case
    wire = Wire(Limits(start_packets=1000, wait_packets=1000))
    for start, stop in parts:
        wire.send(initial + start, content[start:stop])
    wire.flush()
    assert wire.stream() == [content]


@given(shuffled(), st.data())
def test_loss_gives_gaps_of_the_exact_length_and_no_byte_is_invented(case, data):
    content, initial, parts = case
    kept = [part for part in parts if data.draw(st.booleans())]
    wire = Wire(PATIENT).open(initial)
    for start, stop in kept:
        wire.send(initial + 1 + start, content[start:stop], ack=5001)
    wire.send(5001, flags=0, ack=initial + 1 + len(content), back=True)
    wire.send(initial + 1 + len(content), flags=FIN, ack=5001)
    wire.flush()
    there = {offset for start, stop in kept for offset in range(start, stop)}
    offset = 0
    for value in wire.stream():
        if isinstance(value, bytes):
            assert value == content[offset : offset + len(value)]
            assert there.issuperset(range(offset, offset + len(value)))
            offset += len(value)
        else:
            assert there.isdisjoint(range(offset, offset + value))
            offset += value
    assert offset == len(content)
    balanced(wire.reassembler)


@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=20)), max_size=25))
def test_of_conflicting_segments_the_first_seen_wins_at_every_offset(parts):
    expected = {}
    wire = Wire(PATIENT).open()
    for start, payload in parts:
        wire.send(1 + start, payload, ack=5001)
        for index, value in enumerate(payload):
            expected.setdefault(start + index, value)
    wire.flush()
    seen = {}
    for event in wire.of(Data):
        for index, value in enumerate(event.payload):
            assert event.offset + index not in seen
            seen[event.offset + index] = value
    assert seen == expected


@given(
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.binary(max_size=30),
            st.integers(0, 63),
            st.integers(0, 300),
            st.booleans(),
            st.integers(0, 20),
        ),
        max_size=60,
    ),
    st.integers(0, 2**32 - 1),
    st.integers(0, 10),
)
def test_no_segments_whatever_break_the_balances(segments, base, wait):
    """Random flags, numbers and payloads never raise; streams stay contiguous; the balances hold."""
    limits = Limits(wait, 200, wait // 2, wait // 3, 20_000)
    wire = Wire(limits, max_connections=2, linger_packets=wait)
    for sequence, payload, flags, ack, back, missing in segments:
        distance = sequence if sequence < 290 else sequence * 10**7
        wire.send(base + distance, payload, flags, missing=missing, back=back)
        wire.send(0, b"", flags & ~SYN, base + ack, back=not back)
        balanced(wire.reassembler)
    wire.flush()
    assert balanced(wire.reassembler).buffered == 0
    offsets = defaultdict(int)
    ended = set()
    for event in wire.of((Data, Gap, Closed)):
        assert event.connection not in ended
        if isinstance(event, Closed):
            ended.add(event.connection)
            continue
        assert event.offset == offsets[event.stream]
        size = len(event.payload) if isinstance(event, Data) else event.length
        offsets[event.stream] += size
    closed = [event.connection.id for event in wire.of(Closed)]
    assert len(closed) == len(set(closed)) == len(wire.of(Opened))

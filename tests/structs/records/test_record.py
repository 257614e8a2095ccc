"""The record loop reads what the grammar reads: every value, every error, every length."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structs.buffers import Reader, WireError
from structs.records import layout
from structs.records.record import Record, read_records

BASE_OFFSET = 1000
BASE_TIMESTAMP = 1_700_000_000_000

nullable_bytes = st.none() | st.binary(max_size=8) | st.sampled_from([63, 64, 8191, 8192]).map(bytes)
header_keys = st.sampled_from(["", "key", "ключ", "k" * 64, b"\xff"])
header_lists = st.lists(st.fixed_dictionaries({"key": header_keys, "value": nullable_bytes}), max_size=3)
records = st.fixed_dictionaries(
    {
        "attributes": st.integers(-128, 127),
        "timestamp_delta": st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-20_000, 20_000),
        "offset_delta": st.integers(-(1 << 31), (1 << 31) - 1) | st.integers(-20_000, 20_000),
        "key": nullable_bytes,
        "value": nullable_bytes,
        "headers": header_lists | header_lists.map(lambda headers: headers * 40),
    }
)


def read_by_grammar(data, count, append_time=None):
    """Do what `read_records` does with nothing but the grammar."""
    reader, found, start = Reader(data), [], 0
    for _ in range(count):
        try:
            fields = layout.RECORD.read(reader)
        except WireError as error:
            return found, start, error.problem
        start = reader.position
        found.append(
            Record(
                BASE_OFFSET + fields["offset_delta"],
                BASE_TIMESTAMP + fields["timestamp_delta"] if append_time is None else append_time,
                fields["key"],
                fields["value"],
                tuple((header["key"], header["value"]) for header in fields["headers"]),
                fields["attributes"],
            )
        )
    return found, start, None


@given(st.lists(records, max_size=5), st.none() | st.integers(0, 1 << 41))
def test_loop_and_grammar_agree_on_records(written, append_time):
    data = b"".join(map(layout.RECORD.build, written))
    found = read_records(data, len(written), BASE_OFFSET, BASE_TIMESTAMP, append_time)
    assert found == read_by_grammar(data, len(written), append_time)
    assert (len(found[0]), *found[1:]) == (len(written), len(data), None)


@given(st.lists(records, min_size=1, max_size=3), st.data())
def test_loop_and_grammar_agree_on_damaged_records(written, data):
    damaged = bytearray(b"".join(map(layout.RECORD.build, written)))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = read_records(bytes(damaged), 4, BASE_OFFSET, BASE_TIMESTAMP, None)
    assert found == read_by_grammar(bytes(damaged), 4)


@given(st.lists(st.integers(0, 255) | st.sampled_from([0, 1, 2, 14, 0x80, 0xFF]), max_size=60).map(bytes))
@example(b"\x10\0\0\0\xff\xff\xff\xff\x0f")
@example(b"\x16\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0")
@example(b"\x18\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\0")
@example(b"\x18\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0")
def test_loop_and_grammar_agree_on_anything(data):
    assert read_records(data, 10, BASE_OFFSET, BASE_TIMESTAMP, None) == read_by_grammar(data, 10)


@given(st.lists(records, max_size=2), st.integers(0, 3), st.integers(0, 20), st.binary(max_size=20))
def test_records_may_stand_amid_other_bytes(written, more, cut, around):
    """What follows them is never read as theirs, nor does it change what is said about them."""
    data = b"".join(map(layout.RECORD.build, written))
    data = data[: max(len(data) - cut, 0)]
    count = len(written) + more
    found, stop, problem = read_by_grammar(data, count)
    start = len(around)
    if problem is not None:
        problem = problem._replace(offset=start + problem.offset)
    amid = read_records(around + data + around * 9, count, BASE_OFFSET, BASE_TIMESTAMP, None, start, start + len(data))
    assert amid == (found, start + stop, problem)


@given(st.lists(records, min_size=1, max_size=2))
def test_every_cut_keeps_the_records_before_it(written):
    parts = [layout.RECORD.build(fields) for fields in written]
    data = b"".join(parts)
    whole = read_records(data, len(parts), 0, 0, None)[0]
    for size in {*range(min(len(data), 40)), len(data) - 1, len(parts[0]) - 1, len(parts[0])} - {len(data)}:
        found, stop, problem = read_records(data[:size], len(parts), 0, 0, None)
        complete = int(size >= len(parts[0]))
        assert found == whole[:complete]
        assert stop == (len(parts[0]) if complete else 0)
        assert problem.kind == "truncated"


@pytest.mark.parametrize("null", [b"\1", b"\x81\0", b"\x81\x80\0", b"\x81\x80\x80\x80\0"])
def test_a_null_may_be_spelled_at_length(null):
    """As Kafka's ByteUtils reads it: of key, value and a header's value, but not of what must not be null."""
    body = b"\0\0\0" + null + null + b"\2\2h" + null
    data = bytes([2 * len(body)]) + body
    assert read_records(data, 1, 0, 0, None) == ([Record(0, 0, None, None, (("h", None),))], len(data), None)
    for odd in (b"\0\0\0\1\1" + null, b"\0\0\0\1\1\2" + null + b"\1"):
        data = bytes([2 * len(odd)]) + odd
        assert read_records(data, 1, BASE_OFFSET, BASE_TIMESTAMP, None) == read_by_grammar(data, 1)


def test_a_count_of_headers_beyond_the_bytes_is_refused_before_memory_is_taken():
    data = b"\x14\0\0\0\1\1\xfe\xff\xff\xff\x0f"
    found, stop, problem = read_records(data, 1, 0, 0, None)
    assert (found, stop, problem.kind) == ([], 0, "truncated")


def test_records_are_named_tuples_with_defaults_for_what_old_ones_lack():
    record = Record(1, None, b"k", None)
    assert (record.headers, record.attributes) == ((), 0)


@pytest.mark.parametrize("append_time", [0, 5])
def test_append_time_stands_for_the_records_own(append_time):
    data = layout.RECORD.build({"timestamp_delta": 99})
    (record,) = read_records(data, 1, 0, 0, append_time)[0]
    assert record.timestamp == append_time

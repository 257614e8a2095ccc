"""Readers and writers: positions, limits, varints, and how problems are told."""

from __future__ import annotations

import copy
import pickle

import construct
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs.buffers import MAX_WARNINGS, UNREAD, Problem, Reader, WireError, Writer, format_path


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ((), ""),
        (("name",), "name"),
        (("topics", 3, "name"), "topics[3].name"),
        ((0, "name"), "[0].name"),
        (("topics", 0, "_unknown_tags", 7), "topics[0]._unknown_tags[7]"),
    ],
)
def test_a_path_is_spelled_as_people_write_it(path: tuple[str | int, ...], spelled: str) -> None:
    assert format_path(path) == spelled
    assert format_path([*path]) == spelled


def test_a_problem_says_where_it_is() -> None:
    assert str(Problem("malformed", "odd", 7, "topics[0]")) == "topics[0] at byte 7: odd"
    assert str(Problem("malformed", "odd", 7, "")) == "byte 7: odd"


def test_an_error_is_one_of_constructs_and_survives_pickling() -> None:
    """Processes that share the work hand errors to one another."""
    error = WireError(Problem("malformed", "odd", 7, "a"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)
    assert isinstance(error, construct.ConstructError)
    assert (again.problem, again.partial, str(again)) == (error.problem, UNREAD, "a at byte 7: odd")
    assert again.partial is UNREAD
    assert copy.deepcopy(UNREAD) is UNREAD


@given(data=st.binary(max_size=20), size=st.integers(0, 2**40))
def test_a_reader_moves_over_what_is_there_and_nothing_else(data: bytes, size: int) -> None:
    reader = Reader(data)
    if size <= len(data):
        assert reader.take(size) == data[:size]
        assert reader.position == size
        return
    with pytest.raises(WireError, match=f"needs {size} bytes, {len(data)} are left") as caught:
        reader.take(size)
    assert caught.value.problem[::2] == ("truncated", 0)
    assert reader.position == 0


def test_what_runs_out_within_an_enclosing_length_is_malformed_not_truncated() -> None:
    """The bytes go on: whoever wrote them said two things that cannot both be."""
    reader = Reader(b"\x00\xff\xff\x00", 1)
    reader.limit = 3
    for read in (lambda: reader.advance(3), reader.unsigned_varint):
        with pytest.raises(WireError) as caught:
            read()
        assert caught.value.problem[::2] == ("malformed", 1)


@given(value=st.integers(0, 2**32 - 1), tail=st.binary(max_size=3))
def test_unsigned_varints_read_as_they_are_written(value: int, tail: bytes) -> None:
    writer = Writer()
    writer.unsigned_varint(value)
    reader = Reader(bytes(writer.data) + tail)
    assert reader.unsigned_varint() == value
    assert reader.position == len(writer.data)
    for cut in range(len(writer.data)):
        with pytest.raises(WireError) as caught:
            Reader(writer.data[:cut]).unsigned_varint()
        assert caught.value.problem[::2] == ("truncated", 0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xff\xff\xff\x10", "varint overflows 32 bits"),
        (b"\x80\x80\x80\x80\x80\x00", "varint is longer than 5 bytes"),
        (b"\x80\x80\x80\x80\x80", "varint is longer than 5 bytes"),
    ],
)
def test_a_varint_of_more_than_32_bits_is_malformed(data: bytes, message: str) -> None:
    reader = Reader(data)
    with pytest.raises(WireError) as caught:
        reader.unsigned_varint()
    assert caught.value.problem == Problem("malformed", message, 0, "")
    assert reader.position == 0


def test_a_varint_may_be_longer_than_it_must_be() -> None:
    assert Reader(b"\x81\x80\x00").unsigned_varint() == 1


def test_warnings_are_bounded_and_say_so() -> None:
    reader = Reader(b"")
    for offset in range(MAX_WARNINGS + 10):
        reader.warn("malformed", "odd", offset)
    assert len(reader.warnings) == MAX_WARNINGS + 1
    assert reader.warnings[-1][::2] == ("more_warnings", MAX_WARNINGS)


def test_a_writer_says_which_field_cannot_be_written() -> None:
    writer = Writer()
    writer.data += b"abc"
    writer.path += ["topics", 0]
    with pytest.raises(WireError) as caught:
        writer.fail("odd")
    assert caught.value.problem == Problem("invalid", "odd", 3, "topics[0]")

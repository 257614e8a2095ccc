"""The window on a stream of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.sources.buffer import Buffer


def test_only_what_goes_over_the_end_of_a_chunk_is_put_together() -> None:
    chunks = iter([b"abc", b"defgh", b"i"])
    buffer = Buffer(lambda: next(chunks, b""))
    assert buffer.fill(2)
    assert (buffer.data, buffer.at, buffer.offset) == (b"abc", 0, 0)
    buffer.at = 2
    assert buffer.fill(3)
    assert (buffer.data, buffer.at, buffer.offset) == (b"cde", 0, 2)
    buffer.at = 3
    assert buffer.fill(1)
    assert (buffer.data, buffer.at, buffer.offset) == (b"defgh", 2, 5)
    buffer.at = 4
    assert not buffer.fill(3)
    assert (buffer.data, buffer.at, buffer.offset) == (b"hi", 0, 7)


def test_a_chunk_is_not_copied() -> None:
    chunk = bytes(100)
    chunks = iter([chunk])
    buffer = Buffer(lambda: next(chunks, b""))
    assert buffer.fill(1)
    assert buffer.data is chunk


@given(st.lists(st.binary(min_size=1, max_size=9)), st.lists(st.tuples(st.integers(0, 12), st.floats(0, 1))))
def test_every_byte_comes_once_and_in_order(chunks: list[bytes], steps: list[tuple[int, float]]) -> None:
    """Whatever is asked for, and however much of what is there is used."""
    stream, pieces, used = b"".join(chunks), iter(chunks), 0
    buffer = Buffer(lambda: next(pieces, b""))
    for need, part in steps:
        assert buffer.fill(need) == (len(stream) - used >= need)
        there = buffer.data[buffer.at :]
        assert len(there) >= min(need, len(stream) - used)
        assert stream.startswith(there, used)
        assert buffer.offset == used
        taken = int(part * len(there))
        buffer.at += taken
        used += taken


def test_what_was_fetched_before_an_error_is_there() -> None:
    chunks = iter([b"ab", b"cd"])

    def read() -> bytes:
        chunk = next(chunks, None)
        if chunk is None:
            raise OSError("gone")
        return chunk

    buffer = Buffer(read)
    with pytest.raises(OSError, match="gone"):
        buffer.fill(9)
    assert buffer.data == b"abcd"

"""What generated decoders call reads as the interpreter does."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structs import wire
from structs.buffers import Reader, WireError
from structs.compiler import runtime


@example(b"\x80\x00")
@example(b"\xff\xff\xff\xff\x0f")
@example(b"\xff\xff\xff\xff\x1f")
@example(b"\x80\x80\x80\x80\x80\x00")
@given(st.binary(min_size=1, max_size=6).map(lambda data: bytes([data[0] | 0x80]) + data[1:]))
def test_varints_are_the_readers(data: bytes) -> None:
    reader = Reader(data)
    try:
        expected = reader.unsigned_varint()
    except WireError:
        with pytest.raises(wire.FAULTY):
            runtime.varint(data, 1, data[0])
        return
    if data[reader.position - 1]:
        assert runtime.varint(data, 1, data[0]) == (expected, reader.position)
    else:
        with pytest.raises(wire.SeldomError):  # it takes more bytes than it need
            runtime.varint(data, 1, data[0])


@given(st.binary(min_size=16, max_size=16))
def test_uuids_are_url_safe_base64(raw: bytes) -> None:
    assert runtime.uuid(raw) == base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=40))
def test_numbers_are_read_few_or_many(numbers: list[int]) -> None:
    data = b"".join(number.to_bytes(4, signed=True) for number in numbers)
    assert runtime.many(data, 0, len(numbers), "i") == (numbers, len(data))
    if len(numbers) < runtime.FEW:
        assert list(runtime.few("i")[len(numbers)](data, 0)) == numbers


def test_a_count_that_the_bytes_cannot_hold_takes_no_memory() -> None:
    with pytest.raises(wire.FAULTY):
        runtime.many(bytes(100), 0, 1 << 31, "q")

"""What is made of exchanges reaches the output whole and in order, however it is put together."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from dissector.commands import showing


def exchange(number: int, size: int = 1) -> Any:
    message = SimpleNamespace(frame=SimpleNamespace(size=size))
    return SimpleNamespace(number=number, request=message, response=None)


def making(out: io.StringIO, size: int, batches: list[int]) -> showing._Making:
    def make_all(exchanges: Any) -> list[str]:
        batches.append(len(exchanges))
        return [f"{exchange.number}\n" for exchange in exchanges]

    return showing._Making(make_all, showing._Output(out, size, "".join), size)


def test_some_are_made_together_where_nobody_watches() -> None:
    out, batches = io.StringIO(), []
    made = making(out, 1 << 16, batches)
    for number in range(150):
        made.take(exchange(number))
    made.flush()
    assert out.getvalue() == "".join(f"{number}\n" for number in range(150))
    assert batches == [64, 64, 22]


def test_each_by_itself_where_somebody_does() -> None:
    out, batches = io.StringIO(), []
    made = making(out, 0, batches)
    for number in range(3):
        made.take(exchange(number))
        assert out.getvalue().endswith(f"{number}\n")
    assert batches == [1, 1, 1]


def test_few_are_held_where_they_are_large() -> None:
    batches: list[int] = []
    made = making(io.StringIO(), 1 << 16, batches)
    for number in range(4):
        made.take(exchange(number, size=1 << 16))
    assert batches == [2, 2]


def test_what_a_signal_interrupts_is_made_again() -> None:
    """And all of it, once."""
    out = io.StringIO()
    interrupts = [KeyboardInterrupt]

    def make_all(exchanges: Any) -> list[str]:
        made = []
        for exchange in exchanges:
            if exchange.number == 70 and interrupts:
                raise interrupts.pop()
            made.append(f"{exchange.number}\n")
        return made

    made = showing._Making(make_all, showing._Output(out, 1 << 16, "".join), 1 << 16)
    for number in range(127):
        made.take(exchange(number))
    with pytest.raises(KeyboardInterrupt):
        made.take(exchange(127))
    made.flush()
    assert out.getvalue() == "".join(f"{number}\n" for number in range(128))


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "utf-16", "cp500"])
def test_bytes_of_ascii_are_text_in_any_encoding(encoding: str) -> None:
    """Behind what was written as text."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    output = showing._Output(out, 1 << 16, b"".join)
    out.write("first, ")
    output.take(b"second\n")
    output.flush()
    out.flush()
    assert raw.getvalue().decode(encoding) == "first, second\n"


def test_bytes_of_ascii_are_text_where_there_are_no_bytes() -> None:
    out = io.StringIO()
    output = showing._Output(out, 1 << 16, b"".join)
    output.take(b"text\n")
    output.flush()
    assert out.getvalue() == "text\n"

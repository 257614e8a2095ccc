"""What is made of exchanges reaches the output whole and in order, however it is put together."""

from __future__ import annotations

import io
import os
import signal
import threading
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


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "utf-16", "cp500", "utf-7"])
def test_bytes_of_ascii_are_text_in_any_encoding(encoding: str) -> None:
    """Behind what was written as text; UTF-7 has plus signs of its own."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    output = showing._Output(out, 1 << 16, b"".join)
    out.write("first, ")
    output.take(b"1+1\n")
    output.flush()
    out.flush()
    assert raw.getvalue().decode(encoding) == "first, 1+1\n"


def test_bytes_of_ascii_are_text_where_there_are_no_bytes() -> None:
    out = io.StringIO()
    output = showing._Output(out, 1 << 16, b"".join)
    output.take(b"text\n")
    output.flush()
    assert out.getvalue() == "text\n"


class Copying:
    """What some put in place of standard output: it takes text, and hands on what it does not know."""

    def __init__(self, out: io.TextIOWrapper) -> None:
        self.out = out
        self.copy = ""

    def write(self, text: str) -> None:
        self.copy += text
        self.out.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.out, name)


def test_bytes_of_ascii_pass_nothing_by_that_takes_text() -> None:
    out: Any = Copying(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    output = showing._Output(out, 1 << 16, b"".join)
    output.take(b"text\n")
    output.flush()
    assert out.copy == "text\n"


def test_bytes_of_ascii_are_text_where_there_is_no_encoding() -> None:
    out: Any = SimpleNamespace(write=[].append)
    output = showing._Output(out, 1 << 16, b"".join)
    output.take(b"text\n")
    output.flush()
    assert out.write.__self__ == ["text\n"]


class Unbuffered(io.RawIOBase):
    """What takes some bytes at a time, up to a number: PYTHONUNBUFFERED makes such a thing of standard output."""

    def __init__(self, most: int) -> None:
        self.taken = b""
        self._most = most

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int | None:
        part = bytes(data[: min(10, self._most - len(self.taken))])
        self.taken += part
        return len(part) or None


def test_all_bytes_are_written_to_what_takes_some() -> None:
    raw = Unbuffered(1000)
    out: Any = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    output = showing._Output(out, 1 << 16, b"".join)
    output.take(b"x" * 100)
    output.flush()
    assert raw.taken == b"x" * 100


def test_an_output_that_takes_no_more_is_an_error() -> None:
    raw = Unbuffered(50)
    out: Any = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    output = showing._Output(out, 1 << 16, b"".join)
    output.take(b"x" * 100)
    with pytest.raises(BlockingIOError):
        output.flush()


class Interrupting:
    """Reads the bytes of a pipe: some of them, then all, with so many times Ctrl-C before."""

    def __init__(self, times: int) -> None:
        self.read = b""
        self._reader, writer = os.pipe()
        self.out = io.TextIOWrapper(os.fdopen(writer, "wb"), encoding="utf-8")
        self._thread = threading.Thread(target=self._read, args=(times, threading.get_ident()))
        self._thread.start()

    def _read(self, times: int, main: int) -> None:
        with os.fdopen(self._reader, "rb") as pipe:
            self.read = pipe.read(1000)  # now it is being written
            for _ in range(times):
                signal.pthread_kill(main, signal.SIGINT)
                self.read += pipe.read(200_000)  # more than a pipe holds: it was heard
            self.read += pipe.read()

    def close(self) -> bytes:
        """Return all that was read, up to the end."""
        self.out.close()
        self._thread.join()
        return self.read


@pytest.mark.parametrize("form", [b"".join, lambda lines: b"".join(lines).decode()])
def test_a_signal_cuts_nothing_that_is_being_written(form: Any) -> None:
    """It ends what comes behind: who reads slowly has whole lines, and the next ones do not begin amid others."""
    pipe = Interrupting(1)
    output = showing._Output(pipe.out, 1 << 16, form)
    line = b"x" * (1 << 20) + b"\n"
    with pytest.raises(KeyboardInterrupt):
        output.take(line)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    output.take(b"y\n")
    output.flush()
    assert pipe.close() == line + b"y\n"


def test_a_second_signal_ends_what_is_being_written() -> None:
    pipe = Interrupting(2)
    output = showing._Output(pipe.out, 1 << 16, b"".join)
    with pytest.raises(KeyboardInterrupt):
        output.take(b"x" * (1 << 22))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert len(pipe.close()) < 1 << 22


def test_a_signal_loses_nothing_that_was_made() -> None:
    """Nor is it made again."""
    out = io.StringIO()

    class Rows(list[str]):
        def __iter__(self) -> Any:
            signal.raise_signal(signal.SIGINT)
            return super().__iter__()

    made: Any = showing._Making(lambda _: Rows(["a\n"]), showing._Output(out, 1 << 16, "".join), 1 << 16)
    for number in range(63):
        made.take(exchange(number))
    with pytest.raises(KeyboardInterrupt):
        made.take(exchange(63))
    made._make_all = lambda exchanges: [f"{exchange.number}\n" for exchange in exchanges]
    made.flush()
    assert out.getvalue() == "a\n"


def test_other_threads_write_too() -> None:
    """Only the main thread may say what becomes of signals."""
    out = io.StringIO()
    output = showing._Output(out, 0, "".join)
    thread = threading.Thread(target=output.take, args=("a\n",))
    thread.start()
    thread.join()
    assert out.getvalue() == "a\n"

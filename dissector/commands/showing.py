"""Exchanges on standard output, in the format that was asked for."""

from __future__ import annotations

import errno
import io
import os
import signal
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from dissector.commands.common import columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from types import FrameType, TracebackType
    from typing import BinaryIO, TextIO

    from dissector.capture import Capture
    from dissector.commands.run import Run
    from dissector.exchanges import Exchange
    from dissector.jobs.making import Where

_BLOCK: Final = 1 << 16  # characters that are written at once where nobody watches
_LINES: Final = 256  # so many exchanges at most: rows do not tell how long they are
_TOGETHER: Final = 64  # exchanges that are made something of together,
_HELD: Final = 1 << 17  # unless their messages have so many bytes
_ASCII: Final = "".join(map(chr, range(128)))

format_option = click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["text", "tree", "jsonl"]),
    default="text",
    show_default=True,
    help="text: a line for each exchange. tree: every field with its byte range. jsonl: an object for each exchange.",
)


def show(
    run: Run,
    capture: Capture,
    form: str,
    *,
    show_secrets: bool,
    is_live: bool,
    progress: AbstractContextManager[object] | None = None,
    jobs: int = 1,
    where: Where | None = None,
) -> int:
    """Write a capture's exchanges as they settle, then its ledger, and return the exit code.

    `progress` is open meanwhile, and shown in place of the bar. As many processes share the work as `jobs` says; where
    it is not only one, `where` picks among the capture's exchanges.
    """
    from dissector.views import formats

    # What comes from a pipe or an interface, or goes to a terminal, is looked at while it comes.
    size = 0 if is_live or run.out.isatty() else _BLOCK
    found = formats.find(form, color=run.color, show_secrets=show_secrets, columns=columns_of(run.out))
    output = _Output(run.out, size, found.text)
    if jobs == 1:
        making = _Making(found.make_all, output, size)
        return run.over(capture, making.take, making.flush, progress=progress)
    from dissector.jobs.sharing import Shared

    recipe = partial(formats.maker, form, color=run.color, show_secrets=show_secrets, columns=columns_of(run.out))
    shared = Shared(capture, recipe, jobs=jobs, where=where, say=run.say)
    return run.over(shared, output.take, output.flush, progress=progress)


class _Making:
    """Makes of exchanges what is written of them, of some of them at a time.

    To read packets and to make lines in turn, for each exchange, has the processor's caches change all the time: JSON
    Lines take a tenth longer so. Few are held where messages are large, none where the output has no `size` to reach.
    """

    def __init__(self, make_all: Callable[[Sequence[Exchange]], list[Any]], output: _Output, size: int) -> None:
        self._make_all = make_all
        self._output = output
        self._most = _TOGETHER if size else 1
        self._exchanges: list[Exchange] = []
        self._held = 0

    def take(self, exchange: Exchange) -> None:
        """Take an exchange."""
        exchanges, held, request, response = self._exchanges, self._held, exchange.request, exchange.response
        exchanges.append(exchange)
        if request is not None:
            held += request.frame.size
        if response is not None:
            held += response.frame.size
        self._held = held
        if held >= _HELD or len(exchanges) >= self._most:
            self._go_on()

    def flush(self) -> None:
        """Write what was taken so far."""
        self._go_on()
        self._output.flush()

    def _go_on(self) -> None:
        made = self._make_all(self._exchanges)  # where a signal ends this, the exchanges are left to `flush`
        with _Whole():
            self._exchanges, self._held = [], 0
            self._output.take_all(made)


class _Output:
    """Writes what was made of exchanges to a stream, as the `text` of all together, once it has some size."""

    def __init__(self, out: TextIO, size: int, text: Callable[[list[Any]], str | bytes]) -> None:
        self._out = out
        self._buffer = _buffer_of(out)
        self._size = size
        self._text = text
        self._waiting: list[Any] = []
        self._waiting_size = 0

    def take(self, made: Any) -> None:
        """Take what is to be written of an exchange."""
        self.take_all((made,))

    def take_all(self, made: Sequence[Any]) -> None:
        """Take what is to be written of exchanges."""
        self._waiting += made
        self._waiting_size += sum(map(len, made))
        if self._waiting_size >= self._size or len(self._waiting) >= _LINES:
            self.flush()

    def flush(self) -> None:
        """Write what was taken so far."""
        with _Whole():
            self._flush()

    def _flush(self) -> None:
        waiting, self._waiting, self._waiting_size = self._waiting, [], 0
        text = self._text(waiting)
        if isinstance(text, str):
            self._out.write(text)
        elif self._buffer is None:
            self._out.write(text.decode("ascii"))
        else:
            self._out.flush()
            _write_all(self._buffer, text)
        if not self._size:
            self._out.flush()


def _write_all(buffer: BinaryIO, data: bytes) -> None:
    """Write bytes to what may take some of them only: it does where Python is told not to buffer, and after signals."""
    rest = memoryview(data)
    while rest:
        written: int | None = buffer.write(rest)
        if written is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        rest = rest[written:]


class _Whole:
    """A context that Ctrl-C lets come to its end first; a second one ends it at once, as where nobody reads a pipe.

    A stream that is interrupted does not say how much it has written: the rest would be lost.
    """

    def __init__(self) -> None:
        self._is_interrupted = False
        self._is_on = False

    def __enter__(self) -> None:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            with suppress(ValueError):  # not the main thread, which alone is interrupted
                signal.signal(signal.SIGINT, self._note)
                self._is_on = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_on:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._is_interrupted and kind is None:
            raise KeyboardInterrupt

    def _note(self, _: int, __: FrameType | None) -> None:
        self._is_interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _buffer_of(out: TextIO) -> BinaryIO | None:
    """Return what takes the bytes that ASCII is where it goes to a stream; None where it is other bytes there."""
    if not isinstance(out, io.TextIOWrapper) or os.linesep != "\n":
        return None
    return out.buffer if _ASCII.encode(out.encoding, "replace") == _ASCII.encode() else None

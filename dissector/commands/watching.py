"""What is said while a live capture runs, and what ends it."""

from __future__ import annotations

import select
import signal
import time
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from dissector.commands.common import columns_of, is_pipe
from dissector.views import wording
from dissector.views.ledger import drops

if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Self

    from dissector.commands.run import Run
    from dissector.live import LiveCapture

_EVERY: Final = 0.5  # seconds
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MUCH: Final = 1 << 20  # bytes that are waiting to be read, which is worth a word
_CLEAR: Final = "\r\x1b[K"


class Watching:
    """A context in which a live capture is ended by Ctrl-C, SIGTERM and SIGHUP, or with the reader of its output.

    A first signal ends the capture and lets everything that was captured be read; a second one is what it always is.
    On standard error it says where it stands: in a line that is written over where that is a terminal, and the output
    goes to a file (what reads a pipe may write to the same terminal); otherwise when packets are dropped or interfaces
    go away.
    """

    def __init__(self, capture: LiveCapture, run: Run) -> None:
        self._capture = capture
        self._reader = capture.reader
        self._run = run
        self._has_status = not run.is_quiet and run.err.isatty() and not (run.out.isatty() or is_pipe(run.out))
        self._began = time.monotonic()
        self._is_over = Event()
        self._is_stopped = False
        self._drops = ""
        self._gone: list[str] = []
        self._thread = Thread(target=self._watch, name="watching", daemon=True)

    def __enter__(self) -> Self:
        self._before = {each: signal.getsignal(each) for each in _SIGNALS}
        for each, handler in self._before.items():
            if handler != signal.SIG_IGN:  # nohup
                signal.signal(each, self._stop)
        if not self._run.is_quiet:
            self._say(f"watching {', '.join(self._reader.names)} (Ctrl-C ends)")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._restore()
        if self._has_status:
            self._run.err.write(_CLEAR)

    def _stop(self, _: int, __: FrameType | None) -> None:
        """Take a signal; it may interrupt anything, so that nothing is said here."""
        self._is_stopped = self._run.is_told_to_end = True
        self._restore()
        self._capture.stop()

    def _restore(self) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _watch(self) -> None:
        """Look around every now and then; this runs in a thread of its own."""
        poll = select.poll()
        with suppress(OSError, ValueError):  # not a stream that has a descriptor
            poll.register(self._run.out, 0)
        while not self._is_over.wait(_EVERY):
            if poll.poll(0):
                self._capture.stop()  # nobody reads any more
            gone = [name for name in self._reader.gone if name not in self._gone]
            if gone:
                self._gone += gone
                self._say(f"{', '.join(gone)}: there is no such interface any more")
            if self._is_stopped and self._reader.waiting > _MUCH:
                self._is_stopped = False
                self._say(f"reading what was captured: {wording.size(self._reader.waiting)}; Ctrl-C again leaves it")
            dropped = drops(self._reader.dropped_by_kernel, self._reader.dropped_by_us)
            if self._has_status:
                self._write(self._status(dropped))
            elif dropped != self._drops:
                self._say(dropped)
            self._drops = dropped

    def _status(self, dropped: str) -> str:
        reader = self._reader
        parts = [
            f"{time.monotonic() - self._began:.0f} s",
            wording.plural(reader.captured, "packet"),
            wording.plural(self._capture.yielded, "exchange"),
            dropped or "none dropped",
        ]
        if reader.waiting > _MUCH:
            parts.append(f"{wording.size(reader.waiting)} behind")
        return _CLEAR + "  ".join(parts)[: (columns_of(self._run.err) or 0) - 1]

    def _say(self, text: str) -> None:
        self._write(f"{_CLEAR if self._has_status else ''}kafka-dissect: {text}\n")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # the terminal is gone
            self._run.err.write(text)
            self._run.err.flush()

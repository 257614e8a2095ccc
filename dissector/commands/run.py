"""How commands go through a capture: with progress, what went wrong said, and the ledger at the end."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from dissector.commands.common import STANDARD_OUTPUT, columns_of, is_colored, is_pipe, mute
from dissector.commands.exits import BROKEN, FINE, INTERRUPTED, NO_KAFKA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from dissector.ledger import Ledger
    from dissector.views.bar import CaptureProgress
    from dissector.views.progress import Reading

ItemT = TypeVar("ItemT", covariant=True)

EXIT_CODES: Final = """\b
Exit codes:
  0    the captures were read to their ends (what could not be decoded says so)
  1    a capture could not be read, or breaks off: what came before was
       decoded, and other files; or what was found could not be written
  2    the command line is wrong
  3    no Kafka was found: the ledger says what there was, and what to try
  130  interrupted with Ctrl-C
"""


class _UnwrittenError(Exception):
    """What was found cannot be written; its cause says why."""


class Items(Protocol[ItemT]):
    """What a run goes through: the exchanges of a `Capture`, or what others made of them (`dissector.jobs`)."""

    @property
    def ledger(self) -> Ledger:
        """Where every byte read so far went."""

    @property
    def is_filtered(self) -> bool:
        """Whether exchanges that are there may not be among the items."""

    @property
    def total_bytes(self) -> int | None:
        """The size of the files, None where it cannot be known beforehand."""

    @property
    def position(self) -> int:
        """How many of these bytes were read."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def __iter__(self) -> Iterator[ItemT]: ...


class Run:
    """One run over a capture: the streams that it writes to, and what is said beside the results."""

    def __init__(self, ledger_file: Path | None, *, color: str, quiet: bool) -> None:
        self.out, self.err = sys.stdout, sys.stderr
        for stream in (self.out, self.err):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 is no reason to fail
        self.color = is_colored(self.out, color)
        self._error_color = is_colored(self.err, color)
        self.is_quiet = quiet
        self._ledger_file = ledger_file
        self._bar: CaptureProgress | None = None
        #: Whether a signal has ended a live capture: who reads the output may have ended with it, and is not missed.
        self.is_told_to_end = False

    def over(
        self,
        capture: Items[ItemT],
        take: Callable[[ItemT], object],
        then: Callable[[], object] | None = None,
        *,
        progress: AbstractContextManager[object] | None = None,
        output: str = STANDARD_OUTPUT,
        errors: tuple[type[Exception], ...] = (OSError,),
    ) -> int:
        """Hand each item of a capture to `take`, call `then`, write the ledger, and return the exit code.

        `then` is called as well where the capture breaks off, or Ctrl-C ends it: it shows what was found until then.
        `progress` is open meanwhile, and shown in place of the bar. `errors` are those of both where `output` cannot be
        written: they end it, with the ledger of what was read until then.
        """
        from dissector.sources.errors import CaptureError

        problems: list[str] = []
        code, taken, is_complete = FINE, 0, False
        try:
            try:
                with capture, progress or self.progress(capture):
                    for item in capture:
                        try:
                            take(item)
                        except BrokenPipeError:
                            self._lose_reader()
                        except errors as error:
                            raise _UnwrittenError from error
                        taken += 1
                is_complete = True
            except CaptureError as error:
                code, is_complete = BROKEN, True
                problems.append(str(error))
            except KeyboardInterrupt:
                code = INTERRUPTED
            try:
                if then is not None:
                    then()
                self.out.flush()
            except BrokenPipeError:
                self._lose_reader()
            except errors as error:
                raise _UnwrittenError from error
        except BrokenPipeError:
            mute(self.out)  # the reader has what it wanted
            self._write_ledger(capture, is_complete=False)
            return FINE
        except _UnwrittenError as error:
            code = BROKEN
            problems.append(f"{output}: {getattr(error.__cause__, 'strerror', None) or error.__cause__}")
            if output == STANDARD_OUTPUT:
                mute(self.out)
        if code == INTERRUPTED:
            self.say("interrupted")
        for problem in problems:
            self.say(f"error: {problem}")
        if code == FINE and not capture.ledger.exchanges:
            code = NO_KAFKA
        self._ledger(capture, code, picked=taken if capture.is_filtered else None, is_complete=is_complete)
        error_text = "; ".join(problems) or None
        return code if self._write_ledger(capture, is_complete=is_complete, error=error_text) else BROKEN

    def _lose_reader(self) -> None:
        """Go on without the reader where a signal has ended both; otherwise the error that is being handled goes on."""
        if not self.is_told_to_end:
            raise
        mute(self.out)

    def say(self, text: str) -> None:
        """Say something on standard error, below everything that was found before, and above a bar.

        Names of files are in it, and these may be as hostile as what is in the files.
        """
        from dissector.views.escape import printable

        with suppress(BrokenPipeError):
            self.out.flush()
        line = "kafka-dissect: " + "\n".join(map(printable, text.split("\n")))
        if self._bar is not None and self._bar.live.is_started:
            self._bar.say(line)
        else:
            self.err.write(f"{line}\n")

    def _write_ledger(self, capture: Items[object], *, is_complete: bool, error: str | None = None) -> bool:
        """Write the ledger as JSON where that was asked for, and say whether it could be done."""
        if self._ledger_file is None:
            return True
        import json

        values = capture.ledger.as_dict(is_complete=is_complete, error=error)
        try:
            self._ledger_file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        except OSError as failure:
            self.say(f"error: {self._ledger_file}: {failure.strerror}")
            return False
        return True

    def _ledger(self, capture: Items[object], code: int, *, picked: int | None, is_complete: bool) -> None:
        if code == BROKEN and not capture.ledger.packets:
            return  # the error says it all
        if self.is_quiet and code != NO_KAFKA:
            return
        from dissector.views import ledger

        if self.is_quiet:
            lines = ledger.advice(capture.ledger)
        else:
            lines = ledger.lines(
                capture.ledger,
                color=self._error_color,
                picked=picked,
                is_interrupted=not is_complete,
                has_advice=code in (FINE, NO_KAFKA),
                columns=columns_of(self.err),
            )
            if self.out.isatty():
                self.err.write("\n")
        for line in lines:
            self.err.write(f"{line}\n")

    def progress(self, capture: Reading, *, writes_lines: bool = True) -> AbstractContextManager[object]:
        """Return what shows how much of a capture was read, where there is somebody to see it, and has to wait.

        Lines that run over a terminal show progress enough, and a bar would be drawn between them, be they ours or
        those of what reads our output: `writes_lines` says whether there are any meanwhile.
        """
        if self.is_quiet or not self.err.isatty() or (writes_lines and (self.out.isatty() or is_pipe(self.out))):
            return nullcontext()
        if capture.total_bytes is None:
            return nullcontext()
        from dissector.views.progress import Late

        return Late(lambda: self._new_bar(capture))

    def _new_bar(self, capture: Reading) -> CaptureProgress:
        from dissector.views.bar import bar

        self._bar = bar(capture, self.err, color=self._error_color)
        return self._bar

"""Statistics of a live capture, shown again and again while it runs."""

from __future__ import annotations

import time
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from dissector.commands.watching import Watching
from dissector.views import wording
from dissector.views.ledger import drops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self

    from rich.live import Live

    from dissector.commands.run import Run
    from dissector.exchanges import Exchange
    from dissector.live import LiveCapture


class Refreshing:
    """A context in which what `lines` returns is shown every `interval` seconds.

    With `has_screen`, a terminal is written over, on a screen of its own, as `top` does it; without, the lines come
    anew each time. `take` guards what is counted against being shown half.
    """

    def __init__(
        self,
        capture: LiveCapture,
        run: Run,
        lines: Callable[[], Iterable[str]],
        count: Callable[[Exchange], None],
        *,
        interval: float,
        has_screen: bool,
    ) -> None:
        self._capture = capture
        self._run = run
        self._lines = lines
        self._count = count
        self._interval = interval
        self._watching = Watching(capture, run)
        self._screen = _screen(run) if has_screen else None
        self._began = time.monotonic()
        self._lock = Lock()
        self._is_over = Event()
        self._thread = Thread(target=self._refresh, name="refreshing", daemon=True)

    def take(self, exchange: Exchange) -> None:
        """Count an exchange."""
        with self._lock:
            self._count(exchange)

    def __enter__(self) -> Self:
        self._watching.__enter__()
        if self._screen is not None:
            self._screen.__enter__()
            self._show()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if self._screen is not None:
            self._screen.__exit__(kind, error, trace)
        self._watching.__exit__(kind, error, trace)

    def _refresh(self) -> None:
        while not self._is_over.wait(self._interval):
            try:
                self._show()
            except OSError:  # nobody reads any more
                self._capture.stop()
                return

    def _show(self) -> None:
        with self._lock:
            lines = list(self._lines())
        if self._screen is None:
            self._run.out.write("".join(f"{line}\n" for line in lines))
            self._run.out.flush()
            return
        from rich.text import Text

        self._screen.update(Text.from_ansi("\n".join([self._status(), "", *lines])), refresh=True)

    def _status(self) -> str:
        reader = self._capture.reader
        parts = [
            f"{', '.join(reader.names)}  {time.monotonic() - self._began:.0f} s",
            wording.plural(reader.captured, "packet"),
            drops(reader.dropped_by_kernel, reader.dropped_by_us) or "none dropped",
            "Ctrl-C ends",
        ]
        return "  ".join(parts)


def _screen(run: Run) -> Live:
    """Return a screen to write over; rich lets go of colour where there is to be none."""
    from rich.console import Console
    from rich.live import Live

    console = Console(file=run.out, no_color=not run.color, highlight=False, soft_wrap=False)
    return Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)

"""How much of a capture was read, as a bar on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from dissector.views.progress import Reading


class CaptureProgress(Progress):
    """A bar that looks by itself how far the capture was read: between two exchanges it may be far."""

    capture: Reading

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return what is drawn."""
        for task in self.tasks:
            self.update(task.id, completed=self.capture.position)
        return super().get_renderables()

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def bar(capture: Reading, stream: TextIO, *, color: bool) -> CaptureProgress:
    """Return a context manager that shows a bar while it is open and leaves nothing behind."""
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    console = Console(file=stream, no_color=not color)
    progress = CaptureProgress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    progress.capture = capture
    progress.add_task("", total=capture.total_bytes)
    return progress

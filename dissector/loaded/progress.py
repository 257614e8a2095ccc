"""How far a capture was read, or gone through, for who waits for it in a notebook or at a terminal."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from dissector.views import wording

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    from dissector.capture import Capture
    from dissector.loaded.walk import Walk

_INTERVAL: Final = 0.25  # seconds between two looks


def shown(way: Capture | Walk, *, is_long: bool) -> AbstractContextManager[object]:
    """Return a context manager that shows how far one has come on a long way, where there is somebody to see it."""
    if not is_long or threading.current_thread() is not threading.main_thread():
        return nullcontext()
    if _is_notebook():
        return NotebookBar(way)
    if sys.stderr is not None and sys.stderr.isatty():
        from dissector.views.bar import bar

        return bar(way, sys.stderr, color=not os.environ.get("NO_COLOR"))
    return nullcontext()


class NotebookBar:
    """A bar below the cell that runs; it goes when the end is reached. Needs no widgets."""

    def __init__(self, way: Capture | Walk) -> None:
        self._way = way
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="progress", daemon=True)

    def __enter__(self) -> Self:
        from IPython.display import HTML, display

        self._html: Any = HTML
        self._handle: Any = display(HTML(self._bar()), display_id=True)  # type: ignore[no-untyped-call]
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._show("")

    def _follow(self) -> None:
        """Look how far it is: between two exchanges it may be far."""
        while not self._is_over.wait(_INTERVAL):
            self._show(self._bar())

    def _show(self, html: str) -> None:
        if self._handle is not None:  # None outside of a kernel
            self._handle.update(self._html(html))

    def _bar(self) -> str:
        done, total = self._way.position, self._way.total_bytes or 0
        words = f"{wording.size(done)} of {wording.size(total)}"
        return f'<progress value="{done}" max="{total}" style="width: 20em"></progress> {words}'


def _is_notebook() -> bool:
    """Return whether a kernel runs this; nothing is imported to know it."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None

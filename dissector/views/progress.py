"""Whether it is worth showing how much of a capture was read, and from when on."""

from __future__ import annotations

from threading import Lock, Timer
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

FROM: Final = 20_000_000  # bytes of captures below which a bar would only flicker
PATIENCE: Final = 1.0  # seconds


class Reading(Protocol):
    """What somebody goes through."""

    @property
    def total_bytes(self) -> int | None:
        """How many bytes there are to read, None where that cannot be known."""

    @property
    def position(self) -> int:
        """How many of them were read."""


def is_large(capture: Reading) -> bool:
    """Say whether reading a capture takes so long that somebody waits for it; what has no end is not waited for."""
    return (capture.total_bytes or 0) >= FROM


class Late:
    """A context that opens the one that `make` returns once it has been open for some seconds, in another thread.

    What is over sooner is not waited for, however large it is: what is made of exchanges costs more than reading them.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[object]], after: float = PATIENCE) -> None:
        self._make = make
        self._made: AbstractContextManager[object] | None = None
        self._lock = Lock()
        self._is_over = False
        self._timer = Timer(after, self._open)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._is_over = True
            if self._made is not None:
                self._made.__exit__(kind, error, trace)

    def _open(self) -> None:
        with self._lock:
            if not self._is_over:
                made = self._make()
                made.__enter__()
                self._made = made

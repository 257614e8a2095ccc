"""Where the values at hand stand: in a message, or in a payload inside it, so that problems can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structs.buffers import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structs.buffers import Path, Span

    Spans = Mapping[Path, Span]


class Place:
    """A buffer that fields stand in.

    `prefix` is the path that leads to it, `size` how many bytes it has. `start` and `spans` say where in the message it
    begins and where in it its fields stand; they are asked only when there is a problem. Where `start` is that of a
    record batch, which does not say where its records are, the offset in the buffer goes into the problem's message.
    """

    def __init__(
        self, prefix: str, size: int, spans: Callable[[], Spans], start: Callable[[], int], *, in_batch: bool = False
    ) -> None:
        self._prefix = prefix
        self._size = size
        self._spans = spans
        self._start = start
        self._in_batch = in_batch

    def content_of(self, path: Path, size: int) -> int:
        """Return where in the message the last `size` bytes of a field begin, those behind its length."""
        if self._in_batch:
            return self._start()
        span = self._spans().get(path) if path else None
        return self._start() + (span.stop if span is not None else self._size) - size

    def field(self, path: str) -> str:
        """Return the path from the message's body to a field of this buffer."""
        return path if not self._prefix else f"{self._prefix}{'.' if path and path[0] != '[' else ''}{path}"

    def problem(self, problem: Problem) -> Problem:
        """Return a problem of this buffer as one of the message."""
        kind, text, offset, field = problem
        if self._in_batch:
            return Problem(kind, f"{text} (byte {offset} of it)", self._start(), self.field(field))
        return Problem(kind, text, self._start() + offset, self.field(field))

    def inside(self, path: Path, name: str, size: int, spans: Callable[[], Spans]) -> Place:
        """Return the place of a payload of `size` bytes in the field at `path`, which is called `name`."""
        return Place(self.field(name), size, spans, lambda: self.content_of(path, size), in_batch=self._in_batch)


def in_batch(name: str, size: int, start: Callable[[], int]) -> Place:
    """Return the place of a payload in a record; `start` says where the batch begins."""
    return Place(name, size, dict, start, in_batch=True)

"""Going through exchanges of a loaded capture, so that others can see how far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dissector.loaded.index import Index

_MANY: Final = 20_000  # exchanges whose bodies take about a second
_MANY_HEADERS: Final = 500_000  # and whose headers do


class Walk:
    """The numbers of exchanges, to go through once; `position` says how far, in bytes of the capture's messages."""

    def __init__(self, index: Index, numbers: Sequence[int]) -> None:
        self._index = index
        self._numbers = numbers
        self._current = self._first = numbers[0] if len(numbers) else 0

    def __iter__(self) -> Iterator[int]:
        for number in self._numbers:
            self._current = number
            yield number

    def is_long(self, *, decodes: bool) -> bool:
        """Say whether it takes so long that somebody waits for it: `decodes` says whether bodies are looked at."""
        return len(self._numbers) >= (_MANY if decodes else _MANY_HEADERS)

    @property
    def total_bytes(self) -> int:
        """The bytes to go through."""
        return self._from_first(self._numbers[-1]) if len(self._numbers) else 0

    @property
    def position(self) -> int:
        """How many of these were gone through."""
        return self._from_first(self._current)

    def _from_first(self, number: int) -> int:
        return abs(self._index.place(number) - self._index.place(self._first))  # it may go backwards

"""Ranges of bytes in a stream, 16 bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right


class Ranges:
    """Ranges of offsets; what `overlap` and `touch` say holds once they are settled."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts = array("Q")
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, start: int, end: int) -> None:
        """Add what is from `start` up to `end`."""
        if self._ends and start <= self._ends[-1] and start >= self._starts[-1]:
            self._ends[-1] = max(self._ends[-1], end)
        else:
            self._starts.append(start)
            self._ends.append(end)

    def settle(self) -> None:
        """Put them in order, and join those that overlap."""
        pairs = sorted(zip(self._starts, self._ends, strict=True))
        self._starts, self._ends = array("Q"), array("Q")
        for start, end in pairs:
            self.add(start, end)

    def overlap(self, start: int, end: int) -> bool:
        """Say whether any byte from `start` up to `end` is in a range."""
        index = bisect_left(self._starts, max(end, 0)) - 1
        return start < end and index >= 0 and self._ends[index] > start

    def touch(self, offset: int) -> bool:
        """Say whether an offset is in a range, or at its end."""
        index = bisect_right(self._starts, max(offset, 0)) - 1
        return offset >= 0 and index >= 0 and self._ends[index] >= offset

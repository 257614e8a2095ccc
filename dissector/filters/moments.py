"""When something happened: `2026-11-20T21:05:18`, `21:05:18` on whatever day, `+30s` since the capture's start."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.filters import literals
from dissector.filters.errors import FilterError
from dissector.filters.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from dissector.filters.kinds import Predicate
    from dissector.filters.literals import Moment
    from dissector.filters.tree import Word

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Instant(NamedTuple):
    """A point in time and the capture's start, in nanoseconds since the epoch."""

    timestamp: int
    start: int

    def since(self, reference: literals.Reference) -> int:
        """Return the nanoseconds since the epoch, midnight (UTC) or the capture's start."""
        if reference == "start":
            return self.timestamp - self.start
        return self.timestamp % literals.DAY if reference == "midnight" else self.timestamp


class Time(Kind):
    """A point in time."""

    name = "time"
    is_ordered = True

    def literal(self, word: Word) -> Moment:
        """Return the moment."""
        return literals.moment(word)

    def equal(self, word: Word) -> Predicate:
        """Return whether it was at this very nanosecond; for a range, whether it was in it."""
        ends = self._ends(word)
        if ends is not None:
            return self.between(*ends)
        since, nanoseconds = self.literal(word)
        return lambda instant: instant.since(since) == nanoseconds

    def between(self, lowest: Word, highest: Word) -> Predicate:
        """Return whether it was between two moments; times of day may have midnight between them."""
        (since, low), (other, high) = self.literal(lowest), self.literal(highest)
        if since != other:
            raise FilterError("both ends of a range of times have to be of one form", highest.column)
        if low > high and since == "midnight":
            return lambda instant: not high < instant.since(since) < low
        if low > high:
            raise FilterError(f"{lowest.text}..{highest.text} runs backwards", lowest.column)
        return lambda instant: low <= instant.since(since) <= high

    def ordered(self, symbol: str, word: Word) -> Predicate:
        """Return whether it was before or after."""
        since, nanoseconds = self.literal(word)
        compare = _COMPARISONS[symbol]
        return lambda instant: compare(instant.since(since), nanoseconds)

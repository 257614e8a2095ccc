"""Quantiles of any number of values in bounded memory."""

from __future__ import annotations

from array import array
from collections import Counter
from math import ceil, exp, log
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Of so many values quantiles are exact; of more they are off by `ERROR` of themselves at most, and by rounding.
EXACT: Final = 1000
ERROR: Final = 0.005

# A bucket holds what lies between two powers of the growth; its middle is `ERROR` away from both (as in DDSketch).
_GROWTH: Final = log((1 + ERROR) / (1 - ERROR))
_scale = (1 / _GROWTH).__mul__


class Quantiles:
    """Whole numbers, of which quantiles are asked for.

    The first `EXACT` are kept as they are; of more, only how many lie in each bucket of a logarithmic scale: some
    thousand buckets for everything from a nanosecond to an hour. There, what is below 1 counts as 1. `least`,
    `greatest` and `total`, the sum, are exact, and 0 as long as there are no values. `values` are those that are not in
    buckets yet: who has no time to call `add` appends to them, and calls `fold` where they are more than `EXACT`.
    """

    __slots__ = ("_buckets", "_folded", "_greatest", "_least", "_total", "values")

    def __init__(self) -> None:
        self.values = array("q")
        self._buckets: dict[int, int] = {}
        self._folded = 0  # how many values are in buckets; what follows is about these
        self._total = 0
        self._least = 0
        self._greatest = 0

    def add(self, value: int) -> None:
        """Take a value (of 64 bits)."""
        self.values.append(value)
        if len(self.values) > EXACT:
            self.fold()

    def pour(self, into: Iterable[Quantiles]) -> None:
        """Add the values to others; here they stay what they are."""
        count = len(self)
        if not count:
            return
        folded: Quantiles | None = None
        for other in into:
            if count + len(other) <= EXACT:
                other.values.extend(self.values)
                continue
            if folded is None:  # made once for all
                folded = Quantiles()
                folded.values = self.values
                folded.fold()
                folded._take(self)
            other.fold()
            other._take(folded)

    def __len__(self) -> int:
        return self._folded + len(self.values)

    @property
    def total(self) -> int:
        """The sum of all values."""
        return self._total + sum(self.values)

    @property
    def least(self) -> int:
        """The least value."""
        return min([*self.values, self._least] if self._folded else self.values, default=0)

    @property
    def greatest(self) -> int:
        """The greatest value."""
        return max([*self.values, self._greatest] if self._folded else self.values, default=0)

    def at(self, *shares: float) -> list[int | None]:
        """Return, for shares in rising order, the least values such that these shares of all are not above them.

        This is the quantile by nearest rank: 0.5 gives the median. None where there are no values.
        """
        if not len(self):
            return [None for _ in shares]
        ranks = [min(max(ceil(share * len(self)), 1), len(self)) for share in shares]
        if self._folded:
            return self._in_buckets(ranks)
        values = sorted(self.values)
        return [values[rank - 1] for rank in ranks]

    def _in_buckets(self, ranks: list[int]) -> list[int | None]:
        if self.values:
            self.fold()
        found: list[int | None] = []
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            while len(found) < len(ranks) and ranks[len(found)] <= seen:
                middle = round(exp((bucket + 1) * _GROWTH) * (1 - ERROR))
                found.append(min(max(middle, self._least), self._greatest))
        return found

    def fold(self) -> None:
        """Move the values to their buckets."""
        values = self.values.tolist()
        if not values:
            return
        self.values = array("q")
        least = min(values)
        positive = values if least > 0 else [max(value, 1) for value in values]
        self._add(Counter(map(int, map(_scale, map(log, positive)))), len(values), sum(values), least, max(values))

    def _take(self, other: Quantiles) -> None:
        """Add what others have in buckets."""
        if other._folded:
            self._add(other._buckets, other._folded, other._total, other._least, other._greatest)

    def _add(self, buckets: dict[int, int], count: int, total: int, least: int, greatest: int) -> None:
        """Add values that are counted in buckets."""
        known = self._buckets
        get = known.get
        for bucket, inside in buckets.items():
            known[bucket] = get(bucket, 0) + inside
        self._least = min(self._least, least) if self._folded else least
        self._greatest = max(self._greatest, greatest) if self._folded else greatest
        self._folded += count
        self._total += total

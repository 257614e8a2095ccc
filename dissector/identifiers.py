"""The correlation ids that a client used lately: an id that comes again proves nothing about who is answered."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_REMEMBERED: Final = 4096  # ids
_STEP: Final = 4096  # by which ids rise at most, from one request of a connection to the next
_BITS: Final = 64
_LATE: Final = (1 << _BITS) - 1  # a bit for each of the last ids: those jumped over may still come


class RecentIds:
    """Notes the ids of a connection's requests, and whether one of the last ones comes again.

    Nearly all clients count upwards, some over all of their connections together: such ids are a range, and those in
    between that were used elsewhere are as good as used. Java's send neighbours in any order: of the last 64 ids, those
    jumped over are not used yet. Ids outside the range are remembered one by one.

    Ids `besides` are not taken note of. `expected` is the id above the last one, if it would say nothing new: who sees
    it may add 1 to this, and that is all.
    """

    __slots__ = ("_besides", "_first", "_last", "_others", "_unused", "are_reused", "expected")

    def __init__(self, besides: range = range(0)) -> None:
        #: Whether an id was used again.
        self.are_reused = False
        self.expected: int | None = None
        self._besides = besides
        self._first: int | None = None
        self._last = 0
        self._unused = 0  # ids that were jumped over: bit n is that of the last id less n
        self._others: OrderedDict[int, None] = OrderedDict()

    @property
    def are_all_zero(self) -> bool:
        """Whether no id but 0 was used: old consumers send nothing else."""
        self._catch_up()
        return self._first == self._last == 0 and not self._others

    def note(self, number: int) -> None:
        """Take the id of the next request."""
        if number in self._besides:
            return
        self._catch_up()
        first, last = self._first, self._last
        if first is None:
            self._first = self._last = number
        elif last < number <= last + _STEP and not (self._others and number in self._others):
            step = number - last
            if step > 1 or self._unused:
                self._unused = (self._unused << step | (1 << step) - 2) & _LATE
            self._last = number
            if first < number - _STEP:
                self._first = number - _STEP
        elif number in self._others:
            self.are_reused = True
        elif first <= number <= last:
            if self._unused >> last - number & 1:
                self._unused ^= 1 << last - number
            else:
                self.are_reused = True
        else:
            self._others[number] = None
            if len(self._others) > _REMEMBERED:
                self._others.popitem(last=False)
        self.expected = None if self._others else self._last + 1

    def _catch_up(self) -> None:
        """Take note of the ids that were as expected."""
        if self._first is None or self.expected is None:
            return
        last = self.expected - 1
        if last in self._besides:
            last = self._besides.start - 1
        if last != self._last:
            self._unused = self._unused << min(last - self._last, _BITS) & _LATE
            self._first = max(self._first, last - _STEP)
            self._last = last

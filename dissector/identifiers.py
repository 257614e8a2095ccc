"""The correlation ids that a client used lately: an id that comes again proves nothing about who is answered."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

_REMEMBERED: Final = 4096  # ids
_STEP: Final = 4096  # by which ids rise at most, from one request of a connection to the next


class RecentIds:
    """Notes the ids of a connection's requests, and whether one of the last ones comes again.

    Nearly all clients count upwards, some over all of their connections together: such ids are a range, and those in
    between that were used elsewhere are as good as used. Others are remembered one by one.
    """

    __slots__ = ("_first", "_last", "_others", "are_reused")

    def __init__(self) -> None:
        #: Whether an id was used again.
        self.are_reused = False
        self._first: int | None = None
        self._last = 0
        self._others: OrderedDict[int, None] = OrderedDict()

    @property
    def are_all_zero(self) -> bool:
        """Whether no id but 0 was used: old consumers send nothing else."""
        return self._first == self._last == 0 and not self._others

    def note(self, number: int) -> None:
        """Take the id of the next request."""
        first, last = self._first, self._last
        if first is None:
            self._first = self._last = number
        elif last < number <= last + _STEP and not (self._others and number in self._others):
            self._last = number
            if first < number - _STEP:
                self._first = number - _STEP
        elif first <= number <= last or number in self._others:
            self.are_reused = True
        else:
            self._others[number] = None
            if len(self._others) > _REMEMBERED:
                self._others.popitem(last=False)

"""Rows of the tables that peers.py prints: what was wanted beside what was measured."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processes import Cost

_MEASURED: Final = "ratio (lowest-highest) | CPU s: ours | its | packets/s: ours | its | peak MB: ours | its |"
WANTED_HEAD: Final = f"| work | peer | wanted | {_MEASURED}\n| --- | --- | --- |{' ---: |' * 7}"
FURTHER_HEAD: Final = f"| work | peer | {_MEASURED}\n| --- | --- |{' ---: |' * 7}"


class Pair(NamedTuple):
    """What we took for a piece of work, round by round, and what a peer took in the same rounds."""

    ours: Sequence[Cost]
    theirs: Sequence[Cost]

    @property
    def ratios(self) -> list[float]:
        """How many times faster we were, in each round: the peer's CPU time over ours."""
        return [their.seconds / our.seconds for our, their in zip(self.ours, self.theirs, strict=True)]

    @property
    def memory(self) -> tuple[float, float]:
        """The peak in MB, ours and theirs."""
        return max(cost.megabytes for cost in self.ours), max(cost.megabytes for cost in self.theirs)

    def cells(self, packets: int) -> list[str]:
        """Return what there is to say of it."""
        seconds = [median(cost.seconds for cost in costs) for costs in self]
        return [
            spread(self.ratios),
            *(f"{each:.2f}" for each in seconds),
            *(f"{packets / each:,.0f}" for each in seconds),
            *(f"{each:.0f}" for each in self.memory),
        ]


def row(cells: Sequence[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def spread(values: Sequence[float]) -> str:
    """Return the median with the lowest and the highest."""
    return f"{number(median(values))} ({number(min(values))}-{number(max(values))})"


def number(value: float) -> str:
    """Return a ratio: two digits are enough from 10 on."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2f}"


def verdict(wanted: float, measured: float) -> str:
    """Return what was wanted, and whether it is there."""
    return f"{wanted:,g}: {'reached' if measured >= wanted else 'NOT REACHED'}"


def verdict_of_rows(wanted: float, measured: Sequence[float]) -> str:
    """Return the same for what is measured on several examples, the median of which counts."""
    reached = sum(each >= wanted for each in measured)
    return f"{verdict(wanted, median(measured))}, by {reached} of {len(measured)} examples"


def memory_row(pairs: Sequence[Pair]) -> list[str]:
    """Return the row that says whether our peak was below the peer's, each time: the pair that was worst for us."""
    ours, theirs = max((pair.memory for pair in pairs), key=lambda both: both[0] / both[1])
    reached = "reached" if ours < theirs else "NOT REACHED"
    cells = ["peak memory, any of these", "tshark", f"less: {reached}", f"{number(theirs / ours)} at least"]
    return [*cells, "", "", "", "", f"{ours:.0f}", f"{theirs:.0f}"]


def ratios(printed: str, table: str) -> dict[str, dict[str, float]]:
    """Return how many times faster we were, by row and peer: from a table of messages.py, by its first column's name.

    There each ratio stands right of its peer's time, under "x".
    """
    found: dict[str, dict[str, float]] = {}
    heads: list[str] = []
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            heads = []
        elif not heads:
            heads = cells
        elif heads[0] == table and not cells[0].startswith("---"):
            columns = pairwise(zip(heads, cells, strict=True))
            found[cells[0]] = {peer: float(value) for (peer, _), (head, value) in columns if head == "x"}
    return found

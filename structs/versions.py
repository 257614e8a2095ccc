"""Version windows, spelled as Kafka's message definitions spell them: "3+", "0-12", "8", "none"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPELLING = re.compile(r"(?P<lowest>\d+)(?:-(?P<highest>\d+)|(?P<open>\+))?")


@dataclass(frozen=True, slots=True)
class Versions:
    """A contiguous window of API versions; `highest` is None where the window is open-ended.

    A window that holds no version is false, and equal to `NONE` however it was made.
    """

    lowest: int
    highest: int | None

    def __post_init__(self) -> None:
        if not self:
            object.__setattr__(self, "lowest", 0)
            object.__setattr__(self, "highest", -1)

    @classmethod
    def parse(cls, text: str) -> Versions:
        """Read "3+", "0-12", "8" or "none"; raise ValueError for anything else."""
        if text == "none":
            return NONE
        match = _SPELLING.fullmatch(text)
        if match is None:
            raise ValueError(f"not a version window: {text!r} (expected '3+', '0-12', '8' or 'none')")
        lowest = int(match["lowest"])
        if match["open"]:
            return cls(lowest, None)
        highest = int(match["highest"] or lowest)
        if highest < lowest:
            raise ValueError(f"not a version window: {text!r} runs backwards")
        return cls(lowest, highest)

    def __contains__(self, version: object) -> bool:
        return isinstance(version, int) and version >= self.lowest and (self.highest is None or version <= self.highest)

    def __and__(self, other: Versions) -> Versions:
        """Return the window of the versions that are in both."""
        highest = min((end for end in (self.highest, other.highest) if end is not None), default=None)
        return Versions(max(self.lowest, other.lowest), highest)

    def __bool__(self) -> bool:
        return self.highest is None or self.highest >= self.lowest

    def covers(self, other: Versions) -> bool:
        """Say whether every version of the other window is in this one."""
        return self & other == other

    def each(self) -> Iterator[int]:
        """Yield the versions from the lowest to the highest; raise ValueError for an open-ended window."""
        if self.highest is None:
            raise ValueError(f"the window {self} has no end")
        yield from range(self.lowest, self.highest + 1)

    def __str__(self) -> str:
        if not self:
            return "none"
        if self.highest is None:
            return f"{self.lowest}+"
        return f"{self.lowest}" if self.highest == self.lowest else f"{self.lowest}-{self.highest}"


NONE: Final = Versions(0, -1)
ALL: Final = Versions(0, None)

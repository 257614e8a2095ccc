"""What a table is: columns with names, kinds and meanings, and where its rows come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from dissector.exchanges import Exchange


class Kind(StrEnum):
    """What the values of a column are, as Python has them here, and as Arrow has them."""

    SHORT = "int16"
    WORD = "int32"
    LONG = "int64"
    REAL = "float64"
    FLAG = "bool"
    TEXT = "string"
    NAME = "dictionary<string>"  # text of which there are few different ones
    NAMES = "list<string>"
    BYTES = "binary"
    JSON = "string of JSON"
    HEADERS = "list<struct<key: string, value: binary>>"  # pairs of text or bytes, and bytes or None
    TIME = "timestamp[ns, UTC]"  # nanoseconds since the epoch
    MILLISECONDS = "timestamp[ms, UTC]"  # milliseconds since the epoch
    DURATION = "duration[ns]"  # nanoseconds


class Column(NamedTuple):
    """A column: `value` gives its value of a row, None where there is none."""

    name: str
    kind: Kind
    meaning: str
    value: Callable[[Any], Any]


class Rows(Protocol):
    """What makes a table's rows of exchanges."""

    def take(self, number: int, exchange: Exchange) -> Iterable[Any]:
        """Return the rows that come of an exchange; `number` counts those of the capture."""

    def rest(self) -> Iterable[Any]:
        """Return the rows that can be told only when all exchanges were taken."""


_TIMES: Final = range(-(1 << 63) + 1, 1 << 63)  # what Arrow and pandas take for a time in nanoseconds


def in_range(nanoseconds: int | None) -> int | None:
    """Return a time or a duration, None for what only a broken capture file holds: it is no time anywhere else."""
    return nanoseconds if nanoseconds is not None and nanoseconds in _TIMES else None


def _nothing(_: Any) -> int:
    return 0


@dataclass(frozen=True)
class Table:
    """A table of a capture.

    `rows` makes its rows, and shows secrets in them if it is told so. `weigh` says about how many bytes a row has
    beside its numbers and names. `in_headers` are the columns for which headers of exchanges will do (see
    `dissector.loaded.headers`).
    """

    name: str
    meaning: str
    columns: Sequence[Column]
    rows: Callable[[bool], Rows]
    weigh: Callable[[Any], int] = _nothing
    in_headers: Collection[str] = ()

    def only(self, names: Sequence[str] | None) -> Table:
        """Return the table with only these columns, in this order; raise `ValueError` for one that it does not have."""
        if names is None:
            return self
        known = {column.name: column for column in self.columns}
        missing = [name for name in names if name not in known]
        if missing:
            raise ValueError(f"{self.name} has no column {missing[0]!r}; it has {', '.join(known)}")
        return replace(self, columns=[known[name] for name in names])

    def of_headers(self) -> Table | None:
        """Return the table as it is made of headers, which hold no bytes; None if they do not have all of it."""
        if not all(column.name in self.in_headers for column in self.columns):
            return None
        return replace(self, weigh=_nothing)

    def describe(self) -> str:
        """Return what the table and its columns are, a line for each."""
        lines = [f"{self.name}: {self.meaning}", ""]
        name, kind = (max(len(str(column[place])) for column in self.columns) for place in (0, 1))
        lines += [f"  {column.name:<{name}}  {column.kind:<{kind}}  {column.meaning}" for column in self.columns]
        return "\n".join(lines)

"""Numbers in columns: what an index of millions of messages is made of."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Columns:
    """Columns of numbers, by name and type code of `array`; all have a number for each row."""

    def __init__(self, **types: str) -> None:
        self._columns = {name: array(code) for name, code in types.items()}

    def __len__(self) -> int:
        return len(next(iter(self)))

    def __iter__(self) -> Iterator[array[int]]:
        return iter(self._columns.values())

    def __getitem__(self, name: str) -> array[int]:
        return self._columns[name]

    @property
    def nbytes(self) -> int:
        """The memory that the columns take."""
        return sum(len(column) * column.itemsize for column in self)

    def extend(self, **values: Sequence[int]) -> None:
        """Add rows: so many values to each column. Raises `OverflowError` for one that its column does not take."""
        added = {name: array(self._columns[name].typecode, several) for name, several in values.items()}
        for name, column in self._columns.items():
            column += added[name]  # of an array that is made at once: four times as fast as one by one

"""Numbers in columns: what an index of millions of messages is made of."""

from __future__ import annotations

from array import array


class Columns:
    """Columns of numbers, by name and type code of `array`. Rows are gathered by `add`; `flush` makes them readable."""

    def __init__(self, **types: str) -> None:
        self._columns = {name: array(code) for name, code in types.items()}
        self._rows: list[tuple[int, ...]] = []
        self.add = self._rows.append

    def __getitem__(self, name: str) -> array[int]:
        return self._columns[name]

    @property
    def nbytes(self) -> int:
        """The memory that the columns take."""
        return sum(len(column) * column.itemsize for column in self._columns.values())

    def flush(self) -> None:
        """Put the rows that were added into the columns."""
        if self._rows:
            for column, values in zip(self._columns.values(), zip(*self._rows, strict=True), strict=True):
                column.extend(values)
            self._rows.clear()

"""Tables in a database of SQLite; `.schema` there says what the columns mean."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, ClassVar, Final

from dissector.tables.columns import Kind
from dissector.tables.plain import plain_rows
from dissector.tables.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.tables.columns import Table

_INTEGER: Final = frozenset({Kind.SHORT, Kind.WORD, Kind.LONG, Kind.FLAG, Kind.DURATION})
_OTHERS: Final = {Kind.REAL: "REAL", Kind.BYTES: "BLOB"}
_UNITS: Final = {
    Kind.DURATION: ", in nanoseconds",
    Kind.TIME: ", as ISO 8601",
    Kind.MILLISECONDS: ", as ISO 8601",
    Kind.NAMES: ", as a list in JSON",
    Kind.HEADERS: ", as a list in JSON",
}


class SqliteSink(Sink):
    """Writes tables to one file."""

    errors: ClassVar[tuple[type[Exception], ...]] = (OSError, sqlite3.Error)

    def _begin(self, tables: Sequence[Table]) -> None:
        self._file.discard()  # an empty file is no database
        self._database = sqlite3.connect(self._file.partial, isolation_level=None)
        self._closing.append(self._database.close)
        self._database.execute("PRAGMA journal_mode = OFF")  # the file has its name only when it is whole
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("BEGIN")
        self._tables = tables
        for table in tables:
            self._database.execute(_definition(table))

    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows to a table."""
        places = ", ".join("?" for _ in table.columns)
        self._database.executemany(
            f'INSERT INTO "{table.name}" VALUES ({places})',  # noqa: S608 (names of our own)
            plain_rows(table.columns, rows),
        )

    def finish(self) -> None:
        """Complete the file."""
        for table in self._tables:
            if table.columns[0].name == "exchange":  # what tables are joined by
                self._database.execute(f'CREATE INDEX "{table.name}_exchange" ON "{table.name}" ("exchange")')
        self._database.execute("COMMIT")
        self._database.close()
        self._file.finish()


def _definition(table: Table) -> str:
    """Return the statement that makes a table, with comments, which SQLite keeps."""
    lines = [f'CREATE TABLE "{table.name}" ( -- {table.meaning}']
    for place, column in enumerate(table.columns, 1):
        kind = "INTEGER" if column.kind in _INTEGER else _OTHERS.get(column.kind, "TEXT")
        comma = "," if place < len(table.columns) else ""
        lines.append(f'  "{column.name}" {kind}{comma} -- {column.meaning}{_UNITS.get(column.kind, "")}')
    return "\n".join([*lines, ")"])

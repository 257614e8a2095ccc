"""Tables in a database of DuckDB. Needs duckdb and pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pyarrow as pa

from dissector.tables import arrow
from dissector.tables.files import NewFile
from dissector.tables.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dissector.tables.columns import Table


class DuckdbSink(Sink):
    """Writes tables to one file."""

    errors: ClassVar[tuple[type[Exception], ...]] = (OSError, duckdb.Error)

    def __init__(self, path: Path, tables: Sequence[Table]) -> None:
        self._new = NewFile(path)
        self._new.discard()
        self._database = duckdb.connect(str(self._new.partial))
        self._schemas = {table.name: arrow.schema(table) for table in tables}
        for table in tables:
            self._database.register("piece", self._schemas[table.name].empty_table())
            self._database.execute(f'CREATE TABLE "{table.name}" AS FROM piece')
            self._database.execute(f'COMMENT ON TABLE "{table.name}" IS {_quoted(table.meaning)}')
            for column in table.columns:
                where = f'"{table.name}"."{column.name}"'
                self._database.execute(f"COMMENT ON COLUMN {where} IS {_quoted(column.meaning)}")

    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows to a table."""
        batch = arrow.record_batch(table, self._schemas[table.name], rows)
        self._database.register("piece", pa.Table.from_batches([batch]))
        self._database.execute(f'INSERT INTO "{table.name}" FROM piece')
        self._database.unregister("piece")

    def finish(self) -> None:
        """Complete the file."""
        self._database.close()
        self._new.finish()

    def discard(self) -> None:
        """Leave nothing behind."""
        self._database.close()
        self._new.discard()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

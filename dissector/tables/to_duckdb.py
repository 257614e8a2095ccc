"""Tables in a database of DuckDB. Needs duckdb and pyarrow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pyarrow as pa

from dissector.tables import arrow
from dissector.tables.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.tables.columns import Table


class DuckdbSink(Sink):
    """Writes tables to one file."""

    errors: ClassVar[tuple[type[Exception], ...]] = (OSError, duckdb.Error)

    def _begin(self, tables: Sequence[Table]) -> None:
        self._file.discard()  # an empty file is no database
        self._database = duckdb.connect(str(self._file.partial))
        self._closing.append(self._database.close)
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
        self._file.finish()

    def discard(self) -> None:
        """Leave nothing behind, nor what DuckDB has beside a file that it could not write."""
        super().discard()
        partial = self._file.partial
        with suppress(OSError):
            partial.with_name(f"{partial.name}.wal").unlink(missing_ok=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

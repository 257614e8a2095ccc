"""Tables as Parquet: a file for each. Needs pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet

from dissector.tables import arrow
from dissector.tables.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.tables.columns import Table

_ROWS: Final = 1 << 17  # of a row group, at most
_BYTES: Final = 32 << 20


class ParquetSink(Sink):
    """Writes tables as Parquet files in a folder."""

    def _begin(self, tables: Sequence[Table]) -> None:
        self._schemas = {table.name: arrow.schema(table) for table in tables}
        self._waiting: dict[str, list[pa.RecordBatch]] = {table.name: [] for table in tables}
        self._writers: dict[str, pa.parquet.ParquetWriter] = {}
        for name, schema in self._schemas.items():
            writer = pa.parquet.ParquetWriter(self._files[name].partial, schema, compression="zstd")
            self._writers[name] = writer
            self._closing.append(writer.close)

    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows to a table."""
        waiting = self._waiting[table.name]
        waiting.append(arrow.record_batch(table, self._schemas[table.name], rows))
        if sum(batch.num_rows for batch in waiting) >= _ROWS or sum(batch.nbytes for batch in waiting) >= _BYTES:
            self._flush(table.name)

    def finish(self) -> None:
        """Complete the files."""
        for name, writer in self._writers.items():
            self._flush(name)
            writer.close()
        for new in self._files.values():
            new.finish()

    def _flush(self, name: str) -> None:
        """Write what waits as one row group."""
        if self._waiting[name]:
            table = pa.Table.from_batches(self._waiting[name], self._schemas[name])
            self._writers[name].write_table(table.unify_dictionaries(), row_group_size=table.num_rows)
            self._waiting[name].clear()

"""Exchanges written to files, as tables: in one pass, and in bounded memory."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from dissector.tables.rows import Gatherer
from dissector.tables.tabular import needed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dissector.exchanges import Exchange
    from dissector.tables.columns import Table
    from dissector.tables.sink import Sink


class Format(StrEnum):
    """What tables are written as."""

    PARQUET = "parquet"
    CSV = "csv"
    SQLITE = "sqlite"
    DUCKDB = "duckdb"

    @property
    def is_one_file(self) -> bool:
        """Whether all tables go to one file; else each goes to one of its own, in a folder."""
        return self in (Format.SQLITE, Format.DUCKDB)

    def files(self, output: Path, tables: Sequence[Table]) -> dict[str, Path]:
        """Return the files that tables are written to: by their names, or "" for the one that has all."""
        if self.is_one_file:
            return {"": output}
        return {table.name: output / f"{table.name}.{self.value}" for table in tables}

    def sink(self, output: Path, tables: Sequence[Table], *, for_spreadsheets: bool = False) -> Sink:
        """Return what writes tables to a file or a folder; with `for_spreadsheets`, no text in a CSV is a formula.

        Raises `MissingExtraError` if something is not installed, `OSError` where nothing can be written.
        """
        return self._sink_class(for_spreadsheets)(self.files(output, tables), tables)

    def _sink_class(self, for_spreadsheets: bool) -> type[Sink]:
        if self is Format.PARQUET:
            needed("pyarrow", "pyarrow", "arrow")
            from dissector.tables.to_parquet import ParquetSink

            return ParquetSink
        if self is Format.DUCKDB:
            needed("duckdb", "duckdb", "duckdb")
            needed("pyarrow", "pyarrow", "duckdb")
            from dissector.tables.to_duckdb import DuckdbSink

            return DuckdbSink
        if self is Format.SQLITE:
            from dissector.tables.to_sqlite import SqliteSink

            return SqliteSink
        from dissector.tables.to_csv import CsvSink, SpreadsheetSink

        return SpreadsheetSink if for_spreadsheets else CsvSink


class Export:
    """Takes the exchanges of a capture, one after the other, and writes the rows that come of them.

    With `where`, only exchanges that it picks are written; they are numbered as in the capture all the same. `counts`
    says how many rows each table has.
    """

    def __init__(
        self,
        sink: Sink,
        tables: Sequence[Table],
        *,
        where: Callable[[Exchange], bool] | None = None,
        show_secrets: bool = False,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._sink = sink
        self._where = where
        self._number = 0
        self._gatherers = [(table, Gatherer(table, show_secrets=show_secrets)) for table in tables]

    def take(self, exchange: Exchange) -> None:
        """Take the next exchange of the capture."""
        number = self._number
        self._number += 1
        if self._where is not None and not self._where(exchange):
            return
        for table, gatherer in self._gatherers:
            for piece in gatherer.take(number, exchange):
                self._write(table, piece)

    def finish(self) -> None:
        """Write what is left, and complete the files."""
        for table, gatherer in self._gatherers:
            for piece in gatherer.rest():
                self._write(table, piece)
        self._sink.finish()

    def _write(self, table: Table, piece: list[object]) -> None:
        self._sink.write(table, piece)
        self.counts[table.name] += len(piece)

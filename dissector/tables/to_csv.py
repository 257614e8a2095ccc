"""Tables as CSV: a file for each.

Text is quoted, null is nothing at all: so the two can be told apart. Bytes are hex. Spreadsheets run text that begins
like a formula, quoted or not, and whoever talks to a broker may send some: for them it can be given an apostrophe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.tables.plain import plain_rows
from dissector.tables.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from dissector.tables.columns import Table
    from dissector.tables.plain import Plain


_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")  # OWASP, "CSV Injection"


class CsvSink(Sink):
    """Writes tables as CSV files in a folder."""

    def _begin(self, tables: Sequence[Table]) -> None:
        self._open: dict[str, TextIO] = {}
        for table in tables:
            file = self._files[table.name].partial.open("w", encoding="utf-8", newline="")
            self._open[table.name] = file
            self._closing.append(file.close)
            file.write(",".join(column.name for column in table.columns) + "\n")

    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows to a table."""
        field = self._field
        self._open[table.name].writelines(",".join(map(field, row)) + "\n" for row in plain_rows(table.columns, rows))

    def finish(self) -> None:
        """Complete the files."""
        for file in self._open.values():
            file.close()
        for new in self._files.values():
            new.finish()

    def _field(self, value: Plain) -> str:
        return _field(value)


class SpreadsheetSink(CsvSink):
    """Writes tables as CSV files that are opened in a spreadsheet: no text in them is a formula."""

    def _field(self, value: Plain) -> str:
        return _field(f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value)


def _field(value: Plain) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = value.hex() if isinstance(value, bytes) else value.replace('"', '""')
    return f'"{text}"'

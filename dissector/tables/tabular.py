"""What makes a selection of exchanges a table: for Arrow, pandas and polars, and for whatever reads Arrow streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from dissector.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from dissector.exchanges import Exchange
    from dissector.tables.columns import Table


class Tabular(ABC):
    """Something that is one of the tables (see `dissector.tables`), in whole or of some exchanges.

    DuckDB, polars and others read it as it is, by the Arrow C stream protocol. Each reading goes through the exchanges
    anew, and holds one record batch of them at a time.
    """

    _table: ClassVar[str]

    @abstractmethod
    def _numbered(self, *, as_headers: bool = False) -> Iterator[tuple[int, Exchange]]:
        """Yield the exchanges with their numbers in the capture, or no more of them than their headers."""

    @abstractmethod
    def _followed(self, *, as_headers: bool = False) -> AbstractContextManager[Iterator[tuple[int, Exchange]]]:
        """Return a context manager that gives the same, to go through to the end, and shows how far one has come."""

    @property
    def table(self) -> Table:
        """What the table and its columns are: `print(x.table.describe())`."""
        return TABLES[self._table]

    def to_batches(self, columns: Sequence[str] | None = None, *, show_secrets: bool = False) -> pa.RecordBatchReader:
        """Return the table as record batches, made when they are asked for.

        `columns` are names of columns; what others need is not looked at. Secrets are withheld unless they are to be
        shown. Raises `MissingExtraError` where pyarrow is not installed.
        """
        table, as_headers = self._chosen(columns)
        return _batches(table, self._numbered(as_headers=as_headers), show_secrets)

    def to_arrow(self, columns: Sequence[str] | None = None, *, show_secrets: bool = False) -> pa.Table:
        """Return the table as a `pyarrow.Table`; for the arguments see `to_batches`."""
        table, as_headers = self._chosen(columns)
        with self._followed(as_headers=as_headers) as exchanges:
            return _batches(table, exchanges, show_secrets).read_all().unify_dictionaries()

    def to_pandas(self, columns: Sequence[str] | None = None, *, show_secrets: bool = False) -> pd.DataFrame:
        """Return the table as a pandas `DataFrame`; for the arguments see `to_batches`.

        Numbers that may be missing have pandas' nullable types (`Int64`, ...), so that they stay whole numbers.
        """
        pandas = needed("pandas", "pandas", "notebook")
        arrow = needed("pyarrow", "pyarrow", "arrow")
        types = {
            arrow.int16(): pandas.Int16Dtype(),
            arrow.int32(): pandas.Int32Dtype(),
            arrow.int64(): pandas.Int64Dtype(),
            arrow.bool_(): pandas.BooleanDtype(),
        }
        frame: pd.DataFrame = self.to_arrow(columns, show_secrets=show_secrets).to_pandas(types_mapper=types.get)
        return frame

    def to_polars(self, columns: Sequence[str] | None = None, *, show_secrets: bool = False) -> pl.DataFrame:
        """Return the table as a polars `DataFrame`; for the arguments see `to_batches`."""
        polars = needed("polars", "polars", "notebook")
        frame: pl.DataFrame = polars.from_arrow(self.to_arrow(columns, show_secrets=show_secrets))
        return frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the table as an Arrow C stream (the Arrow PyCapsule interface)."""
        return self.to_batches().__arrow_c_stream__(requested_schema)

    def _chosen(self, columns: Sequence[str] | None) -> tuple[Table, bool]:
        """Return the table with these columns, and whether headers of exchanges are enough for it."""
        table = self.table.only(columns)
        of_headers = table.of_headers()
        return (table, False) if of_headers is None else (of_headers, True)


def _batches(table: Table, exchanges: Iterator[tuple[int, Exchange]], show_secrets: bool) -> pa.RecordBatchReader:
    arrow = needed("dissector.tables.arrow", "pyarrow", "arrow")
    batches: pa.RecordBatchReader = arrow.reader(table, exchanges, show_secrets=show_secrets)
    return batches


class MissingExtraError(ImportError):
    """Something is not installed that only this needs; the message says what to install."""


def needed(module: str, package: str, extra: str) -> Any:
    """Import a module that needs a package; raise `MissingExtraError`, which names the extra, where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        message = f"{package} is not installed: pip install 'kafka-dissector[{extra}]'"
        raise MissingExtraError(message, name=package) from error

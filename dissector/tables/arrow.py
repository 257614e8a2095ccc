"""Tables in Arrow's format, record batch by record batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dissector.tables.columns import Kind
from dissector.tables.rows import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dissector.exchanges import Exchange
    from dissector.tables.columns import Column, Table

_TYPES: Final = {
    Kind.SHORT: pa.int16(),
    Kind.WORD: pa.int32(),
    Kind.LONG: pa.int64(),
    Kind.REAL: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.TEXT: pa.string(),
    Kind.NAME: pa.dictionary(pa.int32(), pa.string()),
    Kind.NAMES: pa.list_(pa.string()),
    Kind.BYTES: pa.binary(),
    Kind.JSON: pa.string(),
    Kind.HEADERS: pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())])),
    Kind.TIME: pa.timestamp("ns", tz="UTC"),
    Kind.MILLISECONDS: pa.timestamp("ms", tz="UTC"),
    Kind.DURATION: pa.duration("ns"),
}


def schema(table: Table) -> pa.Schema:
    """Return the schema of a table; what columns mean is in the metadata of its fields, as `description`."""
    fields = [
        pa.field(column.name, _TYPES[column.kind], metadata={"description": column.meaning}) for column in table.columns
    ]
    return pa.schema(fields, metadata={"description": f"{table.name}: {table.meaning}"})


def reader(
    table: Table, exchanges: Iterable[tuple[int, Exchange]], *, show_secrets: bool = False
) -> pa.RecordBatchReader:
    """Return a table of numbered exchanges as record batches, each of which is made when it is asked for."""
    form = schema(table)
    found = pieces(table, exchanges, show_secrets=show_secrets)
    return pa.RecordBatchReader.from_batches(form, (record_batch(table, form, piece) for piece in found))


def record_batch(table: Table, form: pa.Schema, piece: Sequence[Any]) -> pa.RecordBatch:
    """Return rows as a record batch."""
    return pa.record_batch([_array(column, piece) for column in table.columns], schema=form)


def _array(column: Column, piece: Sequence[Any]) -> pa.Array:
    value = column.value
    values = [value(row) for row in piece]
    if column.kind is Kind.NAME:
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, _TYPES[column.kind])

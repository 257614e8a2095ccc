"""Values of tables as plain text, numbers and bytes, for formats that have no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.tables.columns import Kind
from dissector.views.scalars import content
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dissector.tables.columns import Column

Plain = str | int | float | bytes | None


def plain_rows(columns: Sequence[Column], rows: Sequence[Any]) -> Iterable[tuple[Plain, ...]]:
    """Return rows as tuples of plain values.

    Times are ISO 8601 in UTC, durations nanoseconds; lists, and headers of records, are JSON.
    """
    return zip(*(_plain(column, rows) for column in columns), strict=True)


def _plain(column: Column, rows: Sequence[Any]) -> list[Plain]:
    make = _MAKERS.get(column.kind)
    values = map(column.value, rows)
    return list(values) if make is None else [None if value is None else make(value) for value in values]


def _time(nanoseconds: int) -> str:
    return iso_timestamp(nanoseconds, 9 if nanoseconds % 1000 else 6)


def _milliseconds(milliseconds: int) -> str:
    return iso_timestamp(milliseconds * 1_000_000, 3)


def _list(values: Sequence[str]) -> str:
    return orjson.dumps(list(values)).decode()


def _headers(headers: Sequence[tuple[str, bytes | None]]) -> str:
    return orjson.dumps([{"key": key, "value": content(value)} for key, value in headers]).decode()


_MAKERS: Final[dict[Kind, Callable[[Any], Plain]]] = {
    Kind.TIME: _time,
    Kind.MILLISECONDS: _milliseconds,
    Kind.NAMES: _list,
    Kind.HEADERS: _headers,
}

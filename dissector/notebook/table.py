"""The first rows of a table of a capture, as HTML; whole, it is pandas' or polars' to show."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from dissector.facts import text as text_of
from dissector.notebook.markup import page, text
from dissector.tables.columns import Kind
from dissector.tables.rows import pieces
from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.tables.columns import Column
    from dissector.tables.tabular import Tabular

_NOTHING: Final[tuple[Any, ...]] = (None, [], (), "", "[]")
_LONGEST: Final = 48  # characters of a cell
_NUMBERS: Final = frozenset({Kind.SHORT, Kind.WORD, Kind.LONG, Kind.REAL, Kind.DURATION})


def table_page(tabular: Tabular, count: int) -> str:
    """Return the first rows of a table, without the columns that are empty in all of them."""
    columns, rows, has_more = _first(tabular, count)
    left_out = len(tabular.table.columns) - len(columns)
    heads = "".join(
        f'<th title="{text(column.meaning)}"{_class(column)}>{text(column.name)}</th>' for column in columns
    )
    body = "".join(f"<tr>{''.join(_cell(*pair) for pair in zip(columns, row, strict=True))}</tr>" for row in rows)
    notes = [f"more than {count} rows: .to_pandas() has them all"] if has_more else []
    notes += [f"{wording.plural(left_out, 'column')} without values left out"] if left_out else []
    note = f'<div class="kd-note">{"; ".join(notes)}</div>' if notes else ""
    title = f'<div><span class="kd-strong">{text(tabular.table.name)}</span>: {text(tabular.table.meaning)}</div>'
    whole = f'<table class="kd-rows"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    return page("rows", f'{title}<div class="kd-wide-table">{whole}</div>{note}')


def table_lines(tabular: Tabular, count: int) -> Iterator[str]:
    """Yield the same as lines of text, with tabs between the columns."""
    columns, rows, has_more = _first(tabular, count)
    yield "\t".join(column.name for column in columns)
    for row in rows:
        yield "\t".join(_text(column, value) for column, value in zip(columns, row, strict=True))
    if has_more:
        yield f"... more than {count} rows"


def _first(tabular: Tabular, count: int) -> tuple[list[Column], list[list[Any]], bool]:
    """Return the columns with values in the first rows, these rows, and whether there are more."""
    table = tabular.table
    found = list(islice(chain.from_iterable(pieces(table, tabular._numbered())), count + 1))
    values = [[column.value(row) for column in table.columns] for row in found[:count]]
    kept = [place for place in range(len(table.columns)) if any(row[place] not in _NOTHING for row in values)] or list(
        range(len(table.columns))
    )
    rows = [[row[place] for place in kept] for row in values]
    return [table.columns[place] for place in kept], rows, len(found) > count


def _class(column: Column) -> str:
    return ' class="kd-number"' if column.kind in _NUMBERS else ""


def _cell(column: Column, value: Any) -> str:
    whole = _text(column, value)
    short = wording.elide(whole, _LONGEST)
    hint = f' title="{text(whole[:1000])}"' if short != whole else ""
    return f"<td{_class(column)}{hint}>{text(short)}</td>"


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind is Kind.TIME:
        return iso_timestamp(value, 6).replace("T", " ").removesuffix("Z")
    if column.kind is Kind.MILLISECONDS:
        return iso_timestamp(value * 1_000_000, 3).replace("T", " ").removesuffix("Z")
    if column.kind is Kind.DURATION:
        return f"{value / 1e6:.3f} ms"
    if column.kind is Kind.REAL:
        return f"{value:.3f}"
    if column.kind is Kind.HEADERS:
        return printable(", ".join(f"{key}={'' if content is None else text_of(content)}" for key, content in value))
    if isinstance(value, list | tuple | dict):
        return printable(", ".join(map(str, value)))
    return printable(value if isinstance(value, str | bytes) else str(value))

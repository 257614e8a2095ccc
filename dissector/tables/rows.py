"""Exchanges as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dissector.correlation import Exchange
    from dissector.tables.columns import Table

ROWS_AT_ONCE: Final = 8192
BYTES_AT_ONCE: Final = 8 << 20


def rows(table: Table, exchanges: Iterable[tuple[int, Exchange]], *, show_secrets: bool = False) -> Iterator[Any]:
    """Yield the rows of a table that come of numbered exchanges."""
    maker = table.rows(show_secrets)
    for number, exchange in exchanges:
        yield from maker.take(number, exchange)
    yield from maker.rest()


def in_pieces(found: Iterable[Any], weigh: Callable[[Any], int]) -> Iterator[list[Any]]:
    """Yield rows, as many at once as are held in memory."""
    piece = []
    weight = 0
    for row in found:
        piece.append(row)
        weight += weigh(row)
        if len(piece) >= ROWS_AT_ONCE or weight >= BYTES_AT_ONCE:
            yield piece
            piece, weight = [], 0
    if piece:
        yield piece

"""Exchanges as rows of a table, as many at once as are held in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dissector.exchanges import Exchange
    from dissector.tables.columns import Table

ROWS_AT_ONCE: Final = 8192
BYTES_AT_ONCE: Final = 2 << 20  # as captured: decoded, it is many times as much


class Gatherer:
    """Makes rows of exchanges, and pieces of a table of rows."""

    def __init__(self, table: Table, *, show_secrets: bool = False) -> None:
        self._weigh = table.weigh
        self._rows = table.rows(show_secrets)
        self._piece: list[Any] = []
        self._weight = 0

    def take(self, number: int, exchange: Exchange) -> Iterator[list[Any]]:
        """Take an exchange, with its number in the capture; yield the pieces that are full."""
        return self._full(self._rows.take(number, exchange))

    def rest(self) -> Iterator[list[Any]]:
        """End the table; yield what is left."""
        yield from self._full(self._rows.rest())
        if self._piece:
            yield self._piece

    def _full(self, rows: Iterable[Any]) -> Iterator[list[Any]]:
        for row in rows:
            self._piece.append(row)
            self._weight += self._weigh(row)
            if len(self._piece) >= ROWS_AT_ONCE or self._weight >= BYTES_AT_ONCE:
                yield self._piece
                self._piece, self._weight = [], 0


def pieces(
    table: Table, exchanges: Iterable[tuple[int, Exchange]], *, show_secrets: bool = False
) -> Iterator[list[Any]]:
    """Yield the rows of a table that come of numbered exchanges."""
    gatherer = Gatherer(table, show_secrets=show_secrets)
    for number, exchange in exchanges:
        yield from gatherer.take(number, exchange)
    yield from gatherer.rest()

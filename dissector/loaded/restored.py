"""Exchanges made again from a capture's index, just as they were when they settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.remade import OnceBooks, remake

if TYPE_CHECKING:
    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from dissector.loaded.index import Index
    from structs.records import Limits


class Restorer:
    """Makes exchanges again, as often as they are asked for; `ledger` counts what is looked at of them once."""

    def __init__(self, index: Index, ledger: Ledger, record_limits: Limits) -> None:
        self._index = index
        self._ledger = ledger
        self._limits = record_limits
        self._unread = index.unread
        self._first_message, self._kind = index.exchanges

    def exchange(self, number: int) -> Exchange:
        """Return the exchange with this number."""
        index = self._index
        kind = index.kinds[self._kind[number]]
        first = self._first_message[number]
        messages = (first, first + 1) if kind.is_pair else (first,)
        frames = [index.frame(at) for at in messages]
        books = [
            OnceBooks(self._ledger, self._unread, at, frame.captured)
            for at, frame in zip(messages, frames, strict=True)
        ]
        return remake(kind, frames, books, self._limits, index.names(number), index.capture_start)

"""A loaded capture's exchanges by their numbers: made when they are asked for, the latest of them kept."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from dissector.loaded.index import Index
from dissector.loaded.restored import Restorer
from dissector.loaded.spool import Spool

if TYPE_CHECKING:
    from dissector.capture import Capture
    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from structs.records import Limits

MAX_EXCHANGES: Final = 1024
MAX_BYTES: Final = 16 << 20  # of messages; decoded, they take several times as much


class Store:
    """Takes exchanges as they settle (`add_all`, then `finish`), and gives them back by their numbers.

    At most so many are kept, and bytes of their messages; those not asked for for longest go first.
    """

    def __init__(self, *, max_exchanges: int = MAX_EXCHANGES, max_bytes: int = MAX_BYTES) -> None:
        self._spool = Spool()
        self.index = Index(self._spool)
        self._restorer: Restorer | None = None
        self._kept: OrderedDict[int, Exchange] = OrderedDict()
        self._kept_bytes = 0
        self._lock = Lock()  # of what is kept
        self._max_exchanges = max_exchanges
        self._max_bytes = max_bytes

    def __len__(self) -> int:
        return len(self.index)

    def add_all(self, capture: Capture) -> None:
        """Take the exchanges of a capture; those that came before an error stay."""
        capture.spare(self.index.take_pair)
        self.index.add_all(capture, were_read=capture.is_filtered)

    def finish(self, ledger: Ledger, record_limits: Limits) -> None:
        """Make everything taken readable; `ledger` follows what is looked at."""
        self.index.finish()
        self._restorer = Restorer(self.index, ledger, record_limits)

    def exchange(self, number: int) -> Exchange:
        """Return an exchange, and keep it."""
        with self._lock:
            exchange = self._kept.get(number)
            if exchange is not None:
                self._kept.move_to_end(number)
                return exchange
        exchange = self.passing(number)
        self.keep(number, exchange)
        return exchange

    def passing(self, number: int) -> Exchange:
        """Return an exchange; if it is not kept, it is made for once."""
        assert self._restorer is not None  # noqa: S101 (nothing is read before `finish`)
        return self._kept.get(number) or self._restorer.exchange(number)

    def keep(self, number: int, exchange: Exchange) -> None:
        """Keep an exchange; the last one stays, however large it is."""
        with self._lock:
            if number in self._kept:
                return
            self._kept[number] = exchange
            self._kept_bytes += _size(exchange)
            while len(self._kept) > self._max_exchanges or (self._kept_bytes > self._max_bytes and len(self._kept) > 1):
                _, oldest = self._kept.popitem(last=False)
                self._kept_bytes -= _size(oldest)

    def close(self) -> None:
        """Let go of the bytes; what was asked for and is in use stays whole."""
        with self._lock:
            self._kept.clear()
            self._kept_bytes = 0
        self._spool.close()


def _size(exchange: Exchange) -> int:
    return sum(message.frame.captured for message in (exchange.request, exchange.response) if message is not None)

"""A capture whose exchanges several processes make something of, in order."""

from __future__ import annotations

from collections import deque
from heapq import merge
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.jobs.making import Task, make_all
from dissector.jobs.workers import Worker, WorkerError, listen
from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from dissector.capture import Capture
    from dissector.exchanges import Exchange
    from dissector.jobs.making import Booked, Made, Make, Where
    from dissector.ledger import Bookings, Ledger

_EXCHANGES: Final = 256  # of a batch
_BYTES: Final = 1 << 20  # of its messages, from which on it is given away
_AHEAD: Final = 16 << 20  # bytes of messages that this process looked into ahead of others: then it waits for them
_FROM: Final = 2_000_000  # bytes of a capture below which other processes would not be ready before the end


class _Batch:
    """Exchanges, what was booked between them, and the bytes of their messages."""

    __slots__ = ("booked", "exchanges", "size")

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.booked: Booked = []
        self.size = 0


class _UnderWay(NamedTuple):
    """A batch that a worker has in a place, or what was made of it here."""

    batch: _Batch
    worker: Worker | None
    place: int
    made: Made | None


class Shared:
    """What `recipe` makes of each exchange of a capture that `where` picks, in order: iterate it once, in its context.

    `jobs` processes share the work; this one is one of them. It reads packets and makes exchanges, and lends a hand
    where the others have enough to do, unless `helps` says that it must not. The ledger is the capture's, as if no
    other process had a part in it; it is complete at the end. An error of the capture, of the recipe or of the filter
    is raised after everything before it. A worker that ends before its time is a `WorkerError`.
    """

    def __init__(
        self,
        capture: Capture,
        recipe: Callable[[], Make],
        *,
        jobs: int,
        where: Where | None = None,
        batch: int = _EXCHANGES,
        helps: bool = True,
    ) -> None:
        self._capture = capture
        self._task = Task(recipe, where)
        self._jobs = jobs
        self._size = batch
        self._helps = helps
        self._workers: list[Worker] = []
        self._under_way: deque[_UnderWay] = deque()
        self._ahead = 0

    @property
    def ledger(self) -> Ledger:
        """Where every byte read so far went."""
        return self._capture.ledger

    @property
    def is_filtered(self) -> bool:
        """Whether something may not be made of all exchanges."""
        return self._task.where is not None or self._capture.is_filtered

    @property
    def total_bytes(self) -> int | None:
        """The size of the files, None where it cannot be known beforehand."""
        return self._capture.total_bytes

    @property
    def position(self) -> int:
        """How many of these bytes were read."""
        return self._capture.position

    def __enter__(self) -> Self:
        if not self._helps or (self.total_bytes or _FROM) >= _FROM:
            for _ in range(self._jobs - self._helps):
                self._workers.append(Worker(self._task, self._capture.record_limits))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.close()
        self._capture.close()

    def __iter__(self) -> Iterator[Any]:
        make, where = self._task.recipe(), self._task.where
        ledger = self._capture.ledger
        bookings = ledger.defer()
        ended: BaseException | None = None
        try:
            try:
                for batch in self._batches(bookings):
                    listen(self._workers, wait=False)
                    yield from self._done(ledger)
                    while (worker := self._free_worker()) is None and not self._can_help:
                        listen(self._workers, wait=True)
                        yield from self._done(ledger)
                    if worker is not None and batch.exchanges:
                        self._under_way.append(_UnderWay(batch, worker, worker.give(batch.exchanges), None))
                    else:
                        made = make_all(batch.exchanges, make, where, bookings)
                        self._ahead += batch.size
                        self._under_way.append(_UnderWay(batch, None, 0, made))
                    batch.exchanges.clear()
                    yield from self._done(ledger)
            except WorkerError:
                raise
            except (CaptureError, KeyboardInterrupt) as error:
                ended = error
            while self._under_way:
                yield from self._done(ledger)
                if self._under_way:
                    listen(self._workers, wait=True)
        finally:
            for each in self._under_way:  # nobody waits for it any more
                _enter(ledger, each.batch.booked)
            _enter(ledger, [(0, bookings)])
        if ended is not None:
            raise ended

    def _batches(self, bookings: Bookings) -> Iterator[_Batch]:
        """Yield the exchanges of the capture in batches, also those before it breaks off."""
        batch = _Batch()
        ended: BaseException | None = None
        try:
            for exchange in self._capture:
                if bookings:
                    batch.booked.append((len(batch.exchanges), bookings.copy()))
                    bookings.clear()
                batch.exchanges.append(exchange)
                request, response = exchange.request, exchange.response
                if request is not None:
                    batch.size += request.frame[1]
                if response is not None:
                    batch.size += response.frame[1]
                if batch.size >= _BYTES or len(batch.exchanges) >= self._size:
                    yield batch
                    batch = _Batch()
        except (CaptureError, KeyboardInterrupt) as error:
            ended = error
        batch.booked.append((len(batch.exchanges), bookings.copy()))
        bookings.clear()
        yield batch
        if ended is not None:
            raise ended

    @property
    def _can_help(self) -> bool:
        return self._helps and self._ahead < _AHEAD

    def _free_worker(self) -> Worker | None:
        """Return the worker that has the least to do, None if all have enough."""
        worker = max(self._workers, key=attrgetter("room"), default=None)
        return worker if worker is not None and worker.room else None

    def _done(self, ledger: Ledger) -> Iterator[Any]:
        """Yield what was made of the batches that are done and have no other before them, and book what they did."""
        while self._under_way:
            batch, worker, place, made = self._under_way[0]
            if worker is not None:
                if not worker.has(place):
                    return
                made, decoded, taken_up = worker.take(place)
                ledger.read(decoded)
                ledger.ask_later(decoded - taken_up)
            else:
                self._ahead -= batch.size
            self._under_way.popleft()
            assert made is not None  # noqa: S101 (by this process, if not by another)
            _enter(ledger, merge(batch.booked, made.booked, key=itemgetter(0)))
            yield from made.things
            if made.error is not None:
                raise made.error


def _enter(ledger: Ledger, booked: Iterable[tuple[int, Bookings]]) -> None:
    """Enter what was booked, in this order."""
    for _, bookings in booked:
        for entry, (size, packets) in bookings.items():
            ledger.enter(entry, size, packets)

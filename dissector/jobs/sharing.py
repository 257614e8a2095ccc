"""A capture whose exchanges several processes make something of, in order."""

from __future__ import annotations

from collections import deque
from heapq import merge
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.jobs.making import Task, make_all
from dissector.jobs.workers import Worker, listen
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
    """A batch that a worker has in a place, or what was made of it here; neither where the worker is gone."""

    batch: _Batch
    worker: Worker | None
    place: int
    made: Made | None


class Shared:
    """What `recipe` makes of each exchange of a capture that `where` picks, in order: iterate it once, in its context.

    `jobs` processes share the work; this one is one of them. It reads packets and makes exchanges, and lends a hand
    where the others have enough to do, unless `helps` says that it must not. The ledger is the capture's, as if no
    other process had a part in it; it is complete at the end. An error of the capture, of the recipe or of the filter
    is raised after everything before it. Of processes that end before their time, and of those that there is no room
    for, `say` is told; this one does their work.
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
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._capture = capture
        self._task = Task(recipe, where)
        self._jobs = jobs
        self._size = batch
        self._helps = helps
        self._say = say
        self._workers: list[Worker] = []
        self._under_way: deque[_UnderWay] = deque()
        self._ahead = 0
        self._ended: BaseException | None = None

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
            self._start(self._jobs - self._helps)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.close()
        self._capture.close()

    def __iter__(self) -> Iterator[Any]:
        make = self._task.recipe()
        ledger = self._capture.ledger
        bookings = ledger.defer()

        def make_here(batch: _Batch) -> Made:
            return make_all(batch.exchanges, make, self._task.where, bookings)

        try:
            for batch in self._batches(bookings):
                self._listen(wait=False)
                yield from self._done(ledger, make_here)
                while (worker := self._free_worker()) is None and not self._can_help:
                    self._listen(wait=True)
                    yield from self._done(ledger, make_here)
                if worker is not None and batch.exchanges:
                    self._under_way.append(_UnderWay(batch, worker, worker.give(batch.exchanges), None))
                else:
                    made = make_here(batch)
                    self._under_way.append(_UnderWay(batch, None, 0, made))
                    self._ahead += batch.size
                    if isinstance(made.error, KeyboardInterrupt):
                        break  # it is raised in its turn
                yield from self._done(ledger, make_here)
            while self._under_way:
                self._listen(wait=self._under_way[0].worker is not None)
                yield from self._done(ledger, make_here)
        finally:
            self._drop(ledger)
            _enter(ledger, [(0, bookings)])
        if self._ended is not None:
            raise self._ended

    def _start(self, count: int) -> None:
        """Start so many processes, or as many as there is room for."""
        for _ in range(count):
            try:
                self._workers.append(Worker(self._task, self._capture.record_limits))
            except OSError as error:
                if self._workers:
                    self._workers.pop().close()  # files are still to be opened
                self._say(f"--jobs goes on with {len(self._workers) + 1} instead of {self._jobs}: {error.strerror}")
                return

    def _batches(self, bookings: Bookings) -> Iterator[_Batch]:
        """Yield the exchanges of the capture in batches, also those before it breaks off, or Ctrl-C ends it."""
        batch = _Batch()
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
            self._ended = error
        batch.booked.append((len(batch.exchanges), bookings.copy()))
        bookings.clear()
        yield batch

    @property
    def _can_help(self) -> bool:
        return not self._workers or (self._helps and self._ahead < _AHEAD)

    def _free_worker(self) -> Worker | None:
        """Return the worker that has the least to do, None if all have enough."""
        worker = max(self._workers, key=attrgetter("room"), default=None)
        return worker if worker is not None and worker.room else None

    def _listen(self, *, wait: bool) -> None:
        """Take note of what workers have said; what those have in hand that are gone is done here."""
        for gone in listen(self._workers, wait=wait):
            self._say(f"a process of --jobs {gone.end()}: its work is done again")
            self._workers.remove(gone)
            gone.close()
            self._under_way = deque(
                each._replace(worker=None) if each.worker is gone else each for each in self._under_way
            )

    def _done(self, ledger: Ledger, make_here: Callable[[_Batch], Made]) -> Iterator[Any]:
        """Yield what was made of the batches that are done and have no other before them, and book what they did."""
        while self._under_way:
            batch, worker, place, made = self._under_way[0]
            if worker is not None:
                if not worker.has(place):
                    return
                made, decoded, taken_up = worker.take(place)
                ledger.read(decoded)
                ledger.ask_later(decoded - taken_up)
            elif made is None:
                made = make_here(batch)
            else:
                self._ahead -= batch.size
            self._under_way.popleft()
            _enter(ledger, merge(batch.booked, made.booked, key=itemgetter(0)))
            yield from made.things
            if made.error is not None:
                self._drop(ledger)
                raise made.error

    def _drop(self, ledger: Ledger) -> None:
        """Let go of what is under way; what was booked meanwhile counts."""
        while self._under_way:
            _enter(ledger, self._under_way.popleft().batch.booked)


def _enter(ledger: Ledger, booked: Iterable[tuple[int, Bookings]]) -> None:
    """Enter what was booked, in this order."""
    for _, bookings in booked:
        for entry, (size, packets) in bookings.items():
            ledger.enter(entry, size, packets)

"""Exchanges of a loaded capture: all of them, some in a row, or those that a filter picks."""

from __future__ import annotations

import operator
from array import array
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, ClassVar, cast, overload

from dissector import facts
from dissector.capture import as_filter
from dissector.display import Shown
from dissector.filters import Filter
from dissector.loaded.headers import ExchangeHeader
from dissector.loaded.progress import shown
from dissector.loaded.summary import Summary, summarise
from dissector.loaded.walk import Walk
from dissector.records import LocatedRecord, each_record
from dissector.tables.rows import pieces
from dissector.tables.tabular import Tabular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from dissector.exchanges import Exchange
    from dissector.loaded.store import Store
    from dissector.messages import Message
    from dissector.tables.connections import ConnectionFacts


# Sequences in all but name: what is a `collections.abc.Sequence`, polars does not take for a table.


def _beyond(noun: str, index: int, count: int) -> str:
    """Return what is wrong with an index that is not among so many."""
    there = f"there are {count}, 0 to {count - 1}, or -1 to {-count} from the end" if count else "there are none"
    return f"no {noun} {index}: {there}"


class _Search:
    """Goes through exchanges for those that a filter picks, as far as somebody looks; `found` has their numbers.

    Whatever ends a step (Ctrl-C, a function that raises), the next one goes on with the same exchange. Tables of one
    selection may be read by several threads: DuckDB's are.
    """

    def __init__(self, store: Store, numbers: Sequence[int], where: Callable[[Exchange], bool]) -> None:
        self.found = array("I")
        self._store = store
        self._numbers = numbers
        self._where = where
        self._ahead: Callable[[Exchange], bool] | None = None
        self._decodes = True
        if isinstance(where, Filter) and store.index.has_times:
            self._ahead, self._decodes = where.ahead, where.needs_bodies
        self._next = 0
        self._lock = RLock()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to look at."""
        return self._next >= len(self._numbers)

    def go_on(self, count: int | None) -> None:
        """Look until so many are found, or to the end; how far it is, is shown for the latter."""
        with self._lock:
            if count is None:
                walk = Walk(self._store.index, self._numbers[self._next :])
                with shown(walk, is_long=walk.is_long(decodes=self._decodes)):
                    for number in walk:
                        self._look_at(number)
            else:
                while not self.is_over and len(self.found) < count:
                    self._look_at(self._numbers[self._next])

    def _look_at(self, number: int) -> None:
        if self._picks(number):
            self.found.append(number)
        self._next += 1

    def _picks(self, number: int) -> bool:
        """Say whether an exchange is picked: by its header, as far as that tells."""
        if self._ahead is not None:
            header = ExchangeHeader(self._store, number)
            if not self._ahead(cast("Exchange", header)):  # it asks for nothing that a header does not have
                return False
            if not self._decodes:
                return True
        exchange = self._store.passing(number)
        if not self._where(exchange):
            return False
        self._store.keep(number, exchange)  # it is asked for next
        return True


class Exchanges(Tabular, Shown):
    """Exchanges of a loaded capture, in the order in which they settled: a sequence, and a table.

    They are made when they are asked for, and the latest are kept. A filter goes through them no further than somebody
    looks. `numbers` are those of the exchanges in the capture: `capture[numbers[0]]` is the first of these.
    """

    _table: ClassVar[str] = "exchanges"

    def __init__(self, store: Store, numbers: Sequence[int], where: Callable[[Exchange], bool] | None = None) -> None:
        self._store = store
        self._found: Sequence[int] = numbers
        self._search: _Search | None = None
        if where is not None:
            self._search = _Search(store, numbers, where)
            self._found = self._search.found

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of the exchanges in the capture."""
        self._look_until(None)
        return self._found

    def __len__(self) -> int:
        return len(self.numbers)

    def __bool__(self) -> bool:
        self._look_until(1)
        return bool(self._found)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...

    @overload
    def __getitem__(self, index: slice) -> Exchanges: ...

    def __getitem__(self, index: int | slice) -> Exchange | Exchanges:
        if isinstance(index, slice):
            bounds = (index.start, index.stop)
            self._look_until(index.stop if all(bound is None or bound >= 0 for bound in bounds) else None)
            return Exchanges(self._store, self._found[index])
        try:
            index = operator.index(index)  # numbers of numpy, too
        except TypeError:
            what = "exchanges are asked for by number, such as [17], or [-10:]"
            raise TypeError(f"{what}; .exchanges('api == Produce') takes a filter, not {index!r:.50}") from None
        self._look_until(index + 1 if index >= 0 else None)
        try:
            number = self._found[index]
        except IndexError:
            raise IndexError(_beyond("exchange", index, len(self._found))) from None
        return self._store.exchange(number)

    def __iter__(self) -> Iterator[Exchange]:
        return (exchange for _, exchange in self._numbered())

    def __repr__(self) -> str:
        is_known = self._search is None or self._search.is_over
        more = "" if is_known else " so far; len() looks at all"
        return f"<{type(self).__name__}: {len(self._found)} of {len(self._store)}{more}>"

    def exchanges(self, where: str | Callable[[Exchange], bool] | None = None) -> Exchanges:
        """Return those that a filter picks (its text, see `dissector.filters`, or a function); all without one.

        Raises `dissector.filters.FilterError` for a text that is no filter.
        """
        picks = as_filter(where)
        return Exchanges(self._store, self.numbers, picks)

    @property
    def messages(self) -> Messages:
        """The requests and responses."""
        return Messages(self)

    @property
    def records(self) -> Records:
        """The records that were produced and fetched."""
        return Records(self)

    @property
    def connections(self) -> Connections:
        """The connections that the exchanges were on."""
        return Connections(self)

    @cached_property
    def topics(self) -> dict[str, Exchanges]:
        """The topics that the exchanges name, each with its exchanges; decodes what may name topics."""
        return self._by(facts.topics, facts.may_name_topics)

    @cached_property
    def groups(self) -> dict[str, Exchanges]:
        """The groups that the exchanges name, each with its exchanges; decodes what may name groups."""
        return self._by(facts.groups, facts.may_name_groups)

    def summary(self, bodies: int | None = 20_000) -> Summary:
        """Return what there is among the exchanges: when, who, how much of what, and what went wrong.

        Topics, groups and errors stand in bodies: of more than `bodies` exchanges, at most so many are looked at, all
        of rare APIs, of the others some in even distances; None stands for all. What was found of the same exchanges
        before is remembered.
        """
        summaries = self.__dict__.setdefault("_summaries", {})
        if bodies not in summaries:
            summaries[bodies] = summarise(self._store, self.numbers, bodies)
        summary: Summary = summaries[bodies]
        return summary

    def _numbered(self, *, as_headers: bool = False) -> Iterator[tuple[int, Exchange]]:
        made = self._maker(as_headers=as_headers)
        at = 0
        while at < len(self._found) or self._look_until(at + 1):
            number = self._found[at]
            yield number, made(number)
            at += 1

    def _maker(self, *, as_headers: bool) -> Callable[[int], Exchange]:
        """Return what makes exchanges by their numbers, or headers if these do and have what a capture has."""
        if as_headers and self._store.index.has_times:
            return lambda number: cast("Exchange", ExchangeHeader(self._store, number))
        return self._store.passing

    def _look_until(self, count: int | None) -> bool:
        """Go on with the search until so many are found, or to its end; say whether there are as many."""
        if self._search is not None and (count is None or len(self._found) < count):
            self._search.go_on(count)
        return count is None or len(self._found) >= count

    @contextmanager
    def _followed(self, *, as_headers: bool = False) -> Iterator[Iterator[tuple[int, Exchange]]]:
        with self._going_through(self.numbers, as_headers=as_headers) as exchanges:
            yield exchanges

    @contextmanager
    def _going_through(
        self, several: Sequence[int], *, as_headers: bool = False
    ) -> Iterator[Iterator[tuple[int, Exchange]]]:
        walk = Walk(self._store.index, several)
        made = self._maker(as_headers=as_headers)
        with shown(walk, is_long=walk.is_long(decodes=not as_headers)):
            yield ((number, made(number)) for number in walk)

    def _by(
        self, names_of: Callable[[Exchange], Iterable[str]], may_have: Callable[[int | None, int | None], bool]
    ) -> dict[str, Exchanges]:
        """Return the exchanges by names that are in them; those of kinds that cannot have any are not looked into."""
        index = self._store.index
        wanted = [may_have(kind.api_key, kind.api_version) for kind in index.kinds]
        kind_of = index.exchanges["kind"]
        numbers: dict[str, array[int]] = {}
        with self._going_through([number for number in self.numbers if wanted[kind_of[number]]]) as exchanges:
            for number, exchange in exchanges:
                for name in names_of(exchange):
                    numbers.setdefault(name, array("I")).append(number)
        return {name: Exchanges(self._store, numbers[name]) for name in sorted(numbers)}


class _Part(Tabular, Shown):
    """Something of exchanges."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._exchanges!r}>"

    def _numbered(self, *, as_headers: bool = False) -> Iterator[tuple[int, Exchange]]:
        return self._exchanges._numbered(as_headers=as_headers)

    def _followed(self, *, as_headers: bool = False) -> AbstractContextManager[Iterator[tuple[int, Exchange]]]:
        return self._exchanges._followed(as_headers=as_headers)


class Messages(_Part):
    """The requests and responses of exchanges; iterating yields each as a `Message`."""

    _table: ClassVar[str] = "messages"

    def __iter__(self) -> Iterator[Message]:
        for exchange in self._exchanges:
            yield from (message for message in (exchange.request, exchange.response) if message is not None)


class Records(_Part):
    """The records of exchanges; iterating yields each as a `LocatedRecord`, which says where it was found."""

    _table: ClassVar[str] = "records"

    def __iter__(self) -> Iterator[LocatedRecord]:
        for exchange in self._exchanges:
            yield from each_record(exchange)


class Connections(_Part):
    """The connections of exchanges, by their numbers: a sequence, and a table.

    Of what was on them, only these exchanges are counted.
    """

    _table: ClassVar[str] = "connections"

    @cached_property
    def _facts(self) -> list[ConnectionFacts]:
        with self._followed(as_headers=True) as exchanges:
            return [row for piece in pieces(self.table, exchanges) for row in piece]

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[ConnectionFacts]:
        return iter(self._facts)

    @overload
    def __getitem__(self, index: int) -> ConnectionFacts: ...

    @overload
    def __getitem__(self, index: slice) -> list[ConnectionFacts]: ...

    def __getitem__(self, index: int | slice) -> ConnectionFacts | list[ConnectionFacts]:
        try:
            return self._facts[index]
        except IndexError:
            raise IndexError(_beyond("connection", operator.index(cast("int", index)), len(self._facts))) from None

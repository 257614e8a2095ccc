"""How many exchanges there were, how large, and how long they took: of all, and of each API, client, broker, ...

Sans-I/O: exchanges are taken one by one, memory stays bounded. What the headers say is all that most questions need;
the dimensions that look into bodies decode them through `dissector.facts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dissector import dimensions
from dissector.dimensions import DIMENSIONS, OTHERS
from dissector.exchanges import Outcome
from dissector.quantiles import Quantiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dissector.dimensions import Key
    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.segments import Endpoint

MAX_CONNECTIONS: Final = 20_000  # of which is known when an answer was held back until
MAX_ROWS: Final = 20_000  # of a table; what comes beyond is counted together, as `OTHERS`
SLOWEST: Final = 5

_LONGEST: Final = (1 << 62) - 1  # nanoseconds: times that broken captures have are kept in 64 bits

FETCH: Final = 1
JOIN_GROUP: Final = 11
SYNC_GROUP: Final = 14
SHARE_FETCH: Final = 78

#: APIs whose responses brokers hold back on purpose: for records (also KIP-932's), or for other members of a group.
WAITING: Final = frozenset({FETCH, JOIN_GROUP, SYNC_GROUP, SHARE_FETCH})
_WAIT_FIELDS: Final = {FETCH: "max_wait_ms", SHARE_FETCH: "max_wait_ms"}
#: A response is late if it comes so long after the time that the request allowed.
LATE: Final = 100_000_000  # nanoseconds: purgatories look at what has expired every 200 ms at the latest


class Row:
    """What is counted of exchanges.

    `requests` counts requests, bare SASL tokens among them; `answered`, `unanswered`, `no_response_expected` and
    `orphan_responses` outcomes, where a pair of tokens is an answer. Bytes are the messages', without their length
    prefixes. `latencies` are nanoseconds; those of APIs that wait on purpose (`WAITING`) are in `waits`, and those of
    requests that were sent while such an answer was held back: brokers take the next request of a connection only when
    they have answered the one before. `late` counts the answers to a Fetch that came more than `LATE` after the
    `max_wait_ms` it allowed.
    """

    __slots__ = (
        "answered",
        "late",
        "latencies",
        "no_response_expected",
        "orphan_responses",
        "request_bytes",
        "requests",
        "response_bytes",
        "unanswered",
        "waits",
    )

    def __init__(self) -> None:
        self.requests = self.answered = self.unanswered = 0
        self.no_response_expected = self.orphan_responses = self.late = 0
        self.request_bytes = self.response_bytes = 0
        self.latencies = Quantiles()
        self.waits = Quantiles()

    @property
    def exchanges(self) -> int:
        """How many exchanges there are."""
        return self.requests + self.orphan_responses

    def merge(self, other: Row) -> None:
        """Add what another one counted."""
        for name in _COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latencies.merge(other.latencies)
        self.waits.merge(other.waits)


_COUNTERS: Final = (
    "requests",
    "answered",
    "unanswered",
    "no_response_expected",
    "orphan_responses",
    "late",
    "request_bytes",
    "response_bytes",
)


class Slow(NamedTuple):
    """An exchange that took long: nanoseconds, and what finds it again.

    `others` are exchanges whose messages were complete with the same two packets: what held up one held up all.
    """

    latency: int
    request_packet: int
    response_packet: int
    timestamp: int
    api: object
    client: object
    server: Endpoint | None
    others: int = 0


#: The tables that there are if nothing else is asked for.
DEFAULT: Final = (("api",), ("client",), ("broker",))


class Statistics:
    """Counts exchanges in a table for each of `tables`, which name the dimensions of their rows.

    What has several topics, groups, ... counts in the row of each; what has none, in that of `NONE`.
    """

    def __init__(self, tables: Sequence[tuple[str, ...]] = DEFAULT) -> None:
        self.tables = tuple(tables)
        #: Nanoseconds since the epoch: the first and the last packet with which a message was complete.
        self.began: int | None = None
        self.ended: int | None = None
        self._held_until: dict[int, int] = {}  # connection -> when the last answer that was held back came
        self._slowest: dict[tuple[int, int], Slow] = {}  # by the packets of request and response
        self._fifth = -_LONGEST - 1  # what an exchange must reach to be one of them
        self._by_headers = [names for names in self.tables if all(DIMENSIONS[each].is_header for each in names)]
        #: The dimensions of all tables that headers fill, counted together: their tables are sums of these rows.
        self._joint = tuple(dict.fromkeys(each for names in self._by_headers for each in names))
        self._with_bodies = [names for names in self.tables if names not in self._by_headers]
        counted = (self._joint, *self._with_bodies)
        self._counted: dict[tuple[str, ...], dict[Key, Row]] = {names: {} for names in counted}
        self._can_part = len(self._by_headers) > 1
        self._keys = self._each_key()

    def take(self, exchange: Exchange) -> None:
        """Count an exchange."""
        request, response = exchange.request, exchange.response
        asked = None if request is None else request.frame.timestamp
        answered = None if response is None else response.frame.timestamp
        self._note_times(asked, answered)
        latency, waits, late = None, False, False
        if request is not None and asked is not None and response is not None and answered is not None:
            latency = answered - asked
            if not -_LONGEST <= latency <= _LONGEST:
                latency = _LONGEST if latency > 0 else -_LONGEST
            waits = self._is_held_back(exchange.connection.id, request, asked, answered)
            late = waits and latency > LATE and _is_late(request, latency)
            if (late or not waits) and latency >= self._fifth:
                self._note(exchange, request, response, latency)
        for keys, rows in self._keys:
            for key in keys(exchange):
                row = rows.get(key)
                if row is None:
                    row = _new(rows, key)
                _count(row, exchange.outcome, request, response, latency, waits, late)
        if self._can_part and len(self._counted[self._joint]) >= MAX_ROWS:
            self._part()

    def _each_key(self) -> list[tuple[Callable[[Exchange], Iterable[Key]], dict[Key, Row]]]:
        """Return, for each table that is counted, what gives an exchange's keys in it, and its rows."""
        return [
            (dimensions.each_key(names) if names in self._with_bodies else dimensions.single_key(names), rows)
            for names, rows in self._counted.items()
        ]

    def _part(self) -> None:
        """Count the tables of headers each for itself: there are too many rows together, and few APIs still."""
        together = self._counted.pop(self._joint)
        self._counted |= {names: _merged(together, self._joint, names) for names in self._by_headers}
        self._joint = self._by_headers[0]
        self._can_part = False
        self._keys = self._each_key()

    @property
    def total(self) -> Row:
        """All exchanges together."""
        total = Row()
        for row in self._counted[self._joint].values():
            total.merge(row)
        return total

    @property
    def slowest(self) -> list[Slow]:
        """The exchanges that took longest, the slowest first: of those that wait on purpose, only what was late."""
        return sorted(self._slowest.values(), key=lambda slow: (-slow.latency, slow.request_packet))

    def rows(self, table: tuple[str, ...]) -> dict[Key, Row]:
        """Return a table: keys as its dimensions have them -> row."""
        if table in self._counted:
            return self._counted[table]
        return _merged(self._counted[self._joint], self._joint, table)

    def _is_held_back(self, connection: int, request: Message, asked: int, answered: int) -> bool:
        """Say whether an answer was held back, or stood behind one that was."""
        if request.api_key not in WAITING:
            return asked < self._held_until.get(connection, asked)
        self._held_until.pop(connection, None)
        self._held_until[connection] = answered
        if len(self._held_until) > MAX_CONNECTIONS:
            del self._held_until[next(iter(self._held_until))]
        return True

    def _note_times(self, asked: int | None, answered: int | None) -> None:
        for moment in (asked, answered):
            if moment is not None:
                if self.ended is None or moment > self.ended:
                    self.ended = moment
                if self.began is None or moment < self.began:
                    self.began = moment

    def _note(self, exchange: Exchange, request: Message, response: Message, latency: int) -> None:
        """Remember an exchange as one of the slowest, or with one of them."""
        packets = request.packet_number, response.packet_number
        known = self._slowest.get(packets)
        if known is not None:
            self._slowest[packets] = known._replace(others=known.others + 1)
            return
        if len(self._slowest) == SLOWEST:
            fastest = min(self._slowest, key=lambda each: (self._slowest[each].latency, each))
            if latency <= self._slowest[fastest].latency:
                return
            del self._slowest[fastest]
        self._slowest[packets] = Slow(
            latency,
            *packets,
            request.timestamp,
            dimensions.api(exchange),
            dimensions.client(exchange),
            exchange.connection.server,
        )
        if len(self._slowest) == SLOWEST:
            self._fifth = min(slow.latency for slow in self._slowest.values())


def _count(
    row: Row,
    outcome: Outcome,
    request: Message | None,
    response: Message | None,
    latency: int | None,
    waits: bool,
    late: bool,
) -> None:
    if request is not None:
        row.requests += 1
        row.request_bytes += request.frame.size
    else:
        row.orphan_responses += 1
    if response is not None:
        row.response_bytes += response.frame.size
    if latency is not None:
        row.answered += 1
        row.late += late
        (row.waits if waits else row.latencies).add(latency)
    elif outcome is Outcome.UNANSWERED:
        row.unanswered += 1
    elif outcome is Outcome.NO_RESPONSE_EXPECTED:
        row.no_response_expected += 1


def _is_late(request: Message, latency: int) -> bool:
    """Say whether an answer came long after the time that a Fetch allowed for waiting."""
    field = _WAIT_FIELDS.get(request.api_key or 0)
    if field is None:
        return False
    allowed = request.peek(field)
    return isinstance(allowed, int) and latency > allowed * 1_000_000 + LATE


def _new(rows: dict[Key, Row], key: Key) -> Row:
    """Make a row; of too many, return the one of all that came too late."""
    if len(rows) >= MAX_ROWS:
        key = tuple(OTHERS for _ in key)
    return rows.setdefault(key, Row())


def _merged(rows: dict[Key, Row], names: tuple[str, ...], table: tuple[str, ...]) -> dict[Key, Row]:
    """Return a table from the rows of one that has all its dimensions, and more."""
    places = [names.index(each) for each in table]
    merged: dict[Key, Row] = {}
    for key, row in rows.items():
        merged.setdefault(tuple(key[place] for place in places), Row()).merge(row)
    return merged

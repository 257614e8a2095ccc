"""How many exchanges there were, how large, and how long they took: of all, and of each API, client, broker, ...

Sans-I/O: exchanges are taken one by one, memory stays bounded. What the headers say is all that most questions need;
the dimensions that look into bodies decode them through `dissector.facts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dissector import dimensions
from dissector.dimensions import DIMENSIONS, OTHERS
from dissector.exchanges import Outcome
from dissector.framing import SIZE, TIMESTAMP
from dissector.quantiles import EXACT, Quantiles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from dissector.dimensions import Key
    from dissector.exchanges import Exchange
    from dissector.framing import FrameFields
    from dissector.layouts import Head
    from dissector.messages import Message
    from dissector.segments import Endpoint

MAX_CONNECTIONS: Final = 20_000  # of which is known when an answer was held back until
MAX_ROWS: Final = 20_000  # of a table; what comes beyond is counted together, as `OTHERS`
MAX_HEADS: Final = 20_000  # whose rows are remembered
SLOWEST: Final = 5

_LONGEST: Final = (1 << 62) - 1  # nanoseconds: times that broken captures have are kept in 64 bits
_NEVER: Final = 1 << 256

FETCH: Final = 1
JOIN_GROUP: Final = 11
SYNC_GROUP: Final = 14
SHARE_FETCH: Final = 78

#: APIs whose responses brokers hold back on purpose: for records (also KIP-932's), or for other members of a group.
WAITING: Final = frozenset({FETCH, JOIN_GROUP, SYNC_GROUP, SHARE_FETCH})
_WAIT_FIELDS: Final = {FETCH: "max_wait_ms", SHARE_FETCH: "max_wait_ms"}
#: A response is late if it comes so long after the time that the request allowed.
LATE: Final = 100_000_000  # nanoseconds: purgatories look at what has expired every 200 ms at the latest
_LONG: Final = LATE + 1  # what may be


class Row:
    """What is counted of exchanges.

    `answered`, `unanswered`, `no_response_expected` and `orphan_responses` count outcomes, where a pair of bare SASL
    tokens is an answer, and `alone` all requests that have no response. Bytes are the messages', without their length
    prefixes. `latencies` are nanoseconds; those of APIs that wait on purpose (`WAITING`) are in `waits`, and those of
    requests that were sent while such an answer was held back: brokers take the next request of a connection only when
    they have answered the one before. `late` counts the answers to a Fetch that came more than `LATE` after the
    `max_wait_ms` it allowed.
    """

    __slots__ = (
        "alone",
        "late",
        "latencies",
        "no_response_expected",
        "orphan_responses",
        "request_bytes",
        "response_bytes",
        "unanswered",
        "waits",
    )

    def __init__(self) -> None:
        self.alone = self.unanswered = self.no_response_expected = self.orphan_responses = self.late = 0
        self.request_bytes = self.response_bytes = 0
        self.latencies = Quantiles()
        self.waits = Quantiles()

    @property
    def answered(self) -> int:
        """How many requests have a response."""
        return len(self.latencies) + len(self.waits)

    @property
    def requests(self) -> int:
        """How many requests there are, bare SASL tokens among them."""
        return self.answered + self.alone

    @property
    def exchanges(self) -> int:
        """How many exchanges there are."""
        return self.requests + self.orphan_responses

    def pour(self, into: Collection[Row]) -> None:
        """Add what was counted to other rows."""
        for other in into:
            for name in _COUNTERS:
                setattr(other, name, getattr(other, name) + getattr(self, name))
        self.latencies.pour([other.latencies for other in into])
        self.waits.pour([other.waits for other in into])


_COUNTERS: Final = (
    "alone",
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


class Counts(NamedTuple):
    """What was counted: all exchanges together, and tables by what they are asked for with: key -> row."""

    total: Row
    tables: dict[tuple[str, ...], dict[Key, Row]]


class _Table(NamedTuple):
    """What gives an exchange's keys in a table, and the rows that there are."""

    keys: Callable[[Exchange], Iterable[Key]]
    rows: dict[Key, Row]


class _Held:
    """When the last answer of a connection that was held back came: the times of its other exchanges tell by that."""

    __slots__ = ("until",)

    def __init__(self) -> None:
        self.until = -_NEVER


class _Known:
    """Where pairs count: in the rows of tables of headers, and whether their responses are held back on purpose."""

    __slots__ = ("held", "is_waiting", "rows")

    def __init__(self, rows: tuple[Row, ...], held: _Held, *, is_waiting: bool) -> None:
        self.rows = rows
        self.held = held
        self.is_waiting = is_waiting


class Statistics:
    """Counts exchanges in a table for each of `tables`, which name the dimensions of their rows.

    What has several topics, groups, ... counts in the row of each; what has none, in that of `NONE`.
    """

    def __init__(self, tables: Sequence[tuple[str, ...]] = DEFAULT) -> None:
        self.tables = tuple(tables)
        self._began, self._ended = _NEVER, -_NEVER
        self._held: dict[int, _Held] = {}  # by connection
        self._slowest: dict[tuple[int, int], Slow] = {}  # by the packets of request and response
        self._fifth = -_LONGEST - 1  # what an exchange must reach to be one of them
        self._usual = self._fifth  # below it, one that was not held back is none of them
        self._by_headers = [names for names in self.tables if all(DIMENSIONS[each].is_header for each in names)]
        #: The dimensions of all tables that headers fill, counted together: their tables are sums of these rows.
        self._joint = tuple(dict.fromkeys(each for names in self._by_headers for each in names))
        self._with_bodies = [names for names in self.tables if names not in self._by_headers]
        counted = (self._joint, *self._with_bodies)
        self._counted: dict[tuple[str, ...], dict[Key, Row]] = {names: {} for names in counted}
        self._can_part = len(self._by_headers) > 1
        self._header_tables, self._body_tables = self._each_table()
        self._known: dict[Head, _Known] = {}  # where pairs count whose requests have such a head

    @property
    def began(self) -> int | None:
        """Nanoseconds since the epoch: the first packet with which a message was complete."""
        return None if self._began > self._ended else self._began

    @property
    def ended(self) -> int | None:
        """Nanoseconds since the epoch: the last packet with which a message was complete."""
        return None if self._began > self._ended else self._ended

    def take(self, exchange: Exchange) -> None:
        """Count an exchange."""
        request, response = exchange.request, exchange.response
        if request is None or response is None:
            self._take_single(exchange)
            return
        known = self._known.get(request.head)
        if known is None:
            known = self._know(exchange, request.head)
        if not self.take_pair(request, response.frame):
            self._take_unusual(exchange, request, response, known)

    def take_pair(self, request: Message, answer: FrameFields) -> bool:
        """Count a request and its answer without their exchange, if their table rows are known, and the time is usual.

        That is what can be given to `Capture.spare`.
        """
        known = self._known.get(request.head)
        if known is None or self._body_tables:
            return False
        sent, held = request.frame, known.held
        asked, answered = sent[TIMESTAMP], answer[TIMESTAMP]
        latency = answered - asked
        if known.is_waiting or asked < held.until:
            if not 0 <= latency < _LONG:
                return False
            waits = True
            if known.is_waiting:
                held.until = answered
        elif 0 <= latency < self._usual:
            waits = False
        else:
            return False
        if asked < self._began:
            self._began = asked
        if answered > self._ended:
            self._ended = answered
        for row in known.rows:
            row.request_bytes += sent[SIZE]
            row.response_bytes += answer[SIZE]
            quantiles = row.waits if waits else row.latencies
            values = quantiles.values
            values.append(latency)
            if len(values) > EXACT:
                quantiles.fold()
        return True

    def _take_unusual(self, exchange: Exchange, request: Message, response: Message, known: _Known) -> None:
        """Count a pair that may be one of the slowest, or counts in tables of what is in bodies."""
        asked, answered = request.timestamp, response.timestamp
        self._note_times(asked, answered)
        latency = max(-_LONGEST, min(answered - asked, _LONGEST))
        waits = known.is_waiting or asked < known.held.until
        if known.is_waiting:
            known.held.until = answered
        late = known.is_waiting and latency > LATE and _is_late(request, latency)
        if latency >= self._fifth and (late or not waits):
            self._note(exchange, request, response, latency)
        for row in (*known.rows, *_rows_of(self._body_tables, exchange)):
            row.request_bytes += request.size
            row.response_bytes += response.size
            (row.waits if waits else row.latencies).add(latency)
            row.late += late

    def _take_single(self, exchange: Exchange) -> None:
        """Count a request without its response, or a response without its request."""
        message = exchange.request or exchange.response
        assert message is not None  # noqa: S101 (an exchange has at least one of them)
        self._note_times(message.timestamp, message.timestamp)
        self._part()
        for row in _rows_of((*self._header_tables, *self._body_tables), exchange):
            if exchange.request is None:
                row.orphan_responses += 1
                row.response_bytes += message.size
                continue
            row.alone += 1
            row.request_bytes += message.size
            if exchange.outcome is Outcome.UNANSWERED:
                row.unanswered += 1
            elif exchange.outcome is Outcome.NO_RESPONSE_EXPECTED:
                row.no_response_expected += 1

    def _know(self, exchange: Exchange, head: Head) -> _Known:
        """Return where a pair counts: its outcome is told by what its request is, and the rest by the head too."""
        self._part()
        if len(self._known) >= MAX_HEADS:
            self._known.clear()
        connection = exchange.connection.id
        if len(self._held) >= MAX_CONNECTIONS and connection not in self._held:
            self._held = dict(sorted(self._held.items(), key=lambda item: item[1].until)[MAX_CONNECTIONS // 2 :])
            self._known.clear()
        held = self._held.get(connection) or self._held.setdefault(connection, _Held())
        rows = tuple(_rows_of(self._header_tables, exchange))
        known = self._known[head] = _Known(rows, held, is_waiting=head.layout.api_key in WAITING)
        return known

    def _each_table(self) -> tuple[list[_Table], list[_Table]]:
        """Return the tables that are counted: those of headers, and the others."""
        by_headers = [names for names in self._counted if names not in self._with_bodies]
        return (
            [_Table(dimensions.single_key(names), self._counted[names]) for names in by_headers],
            [_Table(dimensions.each_key(names), self._counted[names]) for names in self._with_bodies],
        )

    def _part(self) -> None:
        """Count the tables of headers each for itself, where there are too many rows together, and few APIs still."""
        if not self._can_part or len(self._counted[self._joint]) < MAX_ROWS:
            return
        sums = self._sums([names for names in self._by_headers if names != self._joint])
        if self._joint not in self._by_headers:
            del self._counted[self._joint]
        self._counted |= sums
        self._joint = self._by_headers[0]
        self._can_part = False
        self._header_tables, self._body_tables = self._each_table()
        self._known.clear()

    @property
    def slowest(self) -> list[Slow]:
        """The exchanges that took longest, the slowest first: of those that wait on purpose, only what was late."""
        return sorted(self._slowest.values(), key=lambda slow: (-slow.latency, slow.request_packet))

    def read(self) -> Counts:
        """Return what was counted until now."""
        tables = self._counted | self._sums([names for names in self._by_headers if names not in self._counted])
        total = Row()
        for row in min((tables[names] for names in (self._joint, *self._by_headers)), key=len).values():
            row.pour([total])
        return Counts(total, {names: tables[names] for names in self.tables})

    def _sums(self, tables: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], dict[Key, Row]]:
        """Return tables of headers, made from that of all their dimensions together."""
        sums: list[tuple[dict[Key, Row], list[int]]] = [
            ({}, [self._joint.index(each) for each in names]) for names in tables
        ]
        for key, row in self._counted[self._joint].items():
            into = []
            for rows, places in sums:
                part = tuple([key[place] for place in places])
                if part not in rows:
                    rows[part] = Row()
                into.append(rows[part])
            row.pour(into)
        return {names: rows for names, (rows, _) in zip(tables, sums, strict=True)}

    def _note_times(self, asked: int, answered: int) -> None:
        self._began = min(self._began, asked, answered)
        self._ended = max(self._ended, asked, answered)

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
            self._usual = min(self._fifth, _LONG)


def _is_late(request: Message, latency: int) -> bool:
    """Say whether an answer came long after the time that a Fetch allowed for waiting."""
    field = _WAIT_FIELDS.get(request.api_key or 0)
    if field is None:
        return False
    allowed = request.peek(field)
    return isinstance(allowed, int) and latency > allowed * 1_000_000 + LATE


def _rows_of(tables: Iterable[_Table], exchange: Exchange) -> Iterator[Row]:
    """Yield the rows in which an exchange counts."""
    for keys, rows in tables:
        for key in keys(exchange):
            yield rows.get(key) or _new(rows, key)


def _new(rows: dict[Key, Row], key: Key) -> Row:
    """Make a row; of too many, return the one of all that came too late."""
    if len(rows) >= MAX_ROWS:
        key = tuple(OTHERS for _ in key)
    return rows.setdefault(key, Row())

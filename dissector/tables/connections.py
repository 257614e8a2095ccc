"""The table of connections: a row for each that spoke Kafka, as far as its exchanges are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector import facts
from dissector.exchanges import Outcome
from dissector.tables.columns import Column, Kind, Table, in_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dissector.exchanges import Exchange
    from dissector.reassembly import Connection
    from dissector.segments import Endpoint
    from dissector.streams import Stream


class ConnectionFacts:
    """A connection, and what its exchanges were, as far as they are counted.

    `started` and `ended` are when its first and its last message were complete (nanoseconds since the epoch).
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.started: int | None = None
        self.ended: int | None = None
        self.exchanges = 0
        self.unanswered = 0
        self._client_ids: dict[str, None] = {}
        self._api_names: dict[str, None] = {}

    def __repr__(self) -> str:
        return f"<ConnectionFacts: {self.connection!r}, {self.exchanges} exchanges>"

    def add(self, exchange: Exchange) -> None:
        """Count an exchange."""
        self.exchanges += 1
        self.unanswered += exchange.outcome is Outcome.UNANSWERED
        for message in (exchange.request, exchange.response):
            if message is not None:
                time = message.timestamp
                self.started = time if self.started is None else min(self.started, time)
                self.ended = time if self.ended is None else max(self.ended, time)
        if exchange.client_id is not None:
            self._client_ids[facts.text(exchange.client_id)] = None
        if exchange.api_name is not None:
            self._api_names[exchange.api_name] = None

    @property
    def id(self) -> int:
        """The number of the connection, from 0."""
        return self.connection.id

    @property
    def client(self) -> Endpoint | None:
        """The end that asks."""
        return self.connection.client

    @property
    def server(self) -> Endpoint | None:
        """The end that answers."""
        return self.connection.server

    @property
    def client_ids(self) -> list[str]:
        """The client ids in its requests."""
        return list(self._client_ids)

    @property
    def api_names(self) -> list[str]:
        """The APIs of its exchanges."""
        return list(self._api_names)

    def stream(self, source: Endpoint | None) -> Stream:
        """Return the direction that comes from one of the ends."""
        forth, back = self.connection.streams
        return forth if forth.source == source else back


class _Rows:
    def __init__(self, show_secrets: bool) -> None:  # noqa: ARG002 (there are none in this table)
        self._known: dict[int, ConnectionFacts] = {}

    def take(self, number: int, exchange: Exchange) -> Iterable[ConnectionFacts]:  # noqa: ARG002
        connection = exchange.connection
        known = self._known.get(connection.id)
        if known is None:
            known = self._known[connection.id] = ConnectionFacts(connection)
        known.add(exchange)
        return ()

    def rest(self) -> Iterable[ConnectionFacts]:
        return (self._known[number] for number in sorted(self._known))


def _of_streams(name: str) -> list[Column]:
    """Return the columns with a counter of both directions."""
    said, counter = {
        "bytes": ("bytes of payload captured", "captured"),
        "retransmitted": ("bytes captured more than once", "duplicate"),
        "lost": ("bytes that are not in the capture", "lost"),
    }[name]

    def of(end: str) -> Callable[[ConnectionFacts], Any]:
        return lambda row: getattr(row.stream(getattr(row, end)), counter)

    return [
        Column(f"client_{name}", Kind.LONG, f"{said}, from the client", of("client")),
        Column(f"broker_{name}", Kind.LONG, f"{said}, from the broker", of("server")),
    ]


_COLUMNS: Final = [
    Column("connection_id", Kind.LONG, "number of the connection", lambda row: row.id),
    Column("client_host", Kind.NAME, "address of the client", lambda row: row.client and row.client.host),
    Column("client_port", Kind.WORD, "port of the client", lambda row: row.client and row.client.port),
    Column("broker_host", Kind.NAME, "address of the broker", lambda row: row.server and row.server.host),
    Column("broker_port", Kind.WORD, "port of the broker", lambda row: row.server and row.server.port),
    Column("client_ids", Kind.NAMES, "client ids in its requests", lambda row: row.client_ids),
    Column("api_names", Kind.NAMES, "APIs of its exchanges", lambda row: row.api_names),
    Column("started", Kind.TIME, "when the first message was complete", lambda row: in_range(row.started)),
    Column("ended", Kind.TIME, "when the last message was complete", lambda row: in_range(row.ended)),
    Column("exchanges", Kind.LONG, "number of exchanges", lambda row: row.exchanges),
    Column("unanswered", Kind.LONG, "requests without the response that was due", lambda row: row.unanswered),
    Column("first_packet", Kind.LONG, "number of its first packet", lambda row: row.connection.first_packet),
    Column("packets", Kind.LONG, "number of its TCP segments", lambda row: row.connection.packets),
    *_of_streams("bytes"),
    *_of_streams("retransmitted"),
    *_of_streams("lost"),
    Column("end", Kind.NAME, "how it ended: closed, reset, capture ended, ...", lambda row: row.connection.closed),
]

TABLE = Table(
    "connections",
    "TCP connections on which the exchanges were",
    _COLUMNS,
    _Rows,
    in_headers=frozenset(column.name for column in _COLUMNS),
)

"""The table of exchanges: a row for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector import facts
from dissector.tables.columns import Column, Kind, Table, in_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dissector.exchanges import Exchange
    from dissector.messages import Message


class Row(NamedTuple):
    """An exchange and its number."""

    number: int
    exchange: Exchange


class _Rows:
    def __init__(self, show_secrets: bool) -> None:
        pass

    def take(self, number: int, exchange: Exchange) -> Iterable[Row]:
        return (Row(number, exchange),)

    def rest(self) -> Iterable[Row]:
        return ()


def _host(endpoint: Any) -> str | None:
    return None if endpoint is None else endpoint.host


def _port(endpoint: Any) -> int | None:
    return None if endpoint is None else endpoint.port


def _client_id(exchange: Exchange) -> str | None:
    return None if exchange.client_id is None else facts.text(exchange.client_id)


# Columns of all tables whose rows have an `exchange`: its connection, and what the header of its request says.
CONNECTION: Final = [
    Column("connection_id", Kind.LONG, "number of the connection", lambda row: row.exchange.connection.id),
    Column("client_host", Kind.NAME, "address of the client", lambda row: _host(row.exchange.connection.client)),
    Column("client_port", Kind.WORD, "port of the client", lambda row: _port(row.exchange.connection.client)),
    Column("broker_host", Kind.NAME, "address of the broker", lambda row: _host(row.exchange.connection.server)),
    Column("broker_port", Kind.WORD, "port of the broker", lambda row: _port(row.exchange.connection.server)),
]
HEADER: Final = [
    Column("api_key", Kind.SHORT, "number of the API", lambda row: row.exchange.api_key),
    Column("api_name", Kind.NAME, "name of the API, null if unknown", lambda row: row.exchange.api_name),
    Column("api_version", Kind.SHORT, "version of the request", lambda row: row.exchange.api_version),
    Column("correlation_id", Kind.WORD, "correlation id", lambda row: row.exchange.correlation_id),
    Column("client_id", Kind.NAME, r"client id; bytes that are no UTF-8 as \xff", lambda row: _client_id(row.exchange)),
]


def _side_columns(side: str, message_of: Callable[[Row], Message | None]) -> list[Column]:
    def of(value: Callable[[Message], Any]) -> Callable[[Row], Any]:
        return lambda row: None if (message := message_of(row)) is None else value(message)

    return [
        Column(
            f"{side}_packet",
            Kind.LONG,
            f"number of the packet that completes the {side}",
            of(lambda m: m.packet_number),
        ),
        Column(f"{side}_timestamp", Kind.TIME, "when that packet was captured", of(lambda m: in_range(m.timestamp))),
        Column(f"{side}_size", Kind.WORD, f"bytes of the {side}, without the length prefix", of(lambda m: m.size)),
    ]


def _latency_ms(row: Row) -> float | None:
    latency = row.exchange.latency
    return None if latency is None else latency / 1_000_000


_SIDES: Final = [
    *_side_columns("request", lambda row: row.exchange.request),
    *_side_columns("response", lambda row: row.exchange.response),
]

TABLE = Table(
    "exchanges",
    "requests with their responses, in the order in which they settled",
    [
        Column("exchange", Kind.LONG, "number of the exchange in the capture, from 0", lambda row: row.number),
        *HEADER,
        *CONNECTION,
        *_SIDES,
        Column(
            "latency",
            Kind.DURATION,
            "from the request's packet to the response's",
            lambda row: in_range(row.exchange.latency),
        ),
        Column("latency_ms", Kind.REAL, "the same in milliseconds", _latency_ms),
        Column(
            "throttle_time_ms",
            Kind.WORD,
            "for how long the broker throttled the client",
            lambda row: facts.throttle_ms(row.exchange),
        ),
        Column(
            "outcome", Kind.NAME, "answered, no_response_expected, opaque, ...", lambda row: str(row.exchange.outcome)
        ),
        Column("outcome_reason", Kind.NAME, "why it is not answered", lambda row: row.exchange.outcome_reason),
        Column(
            "topics",
            Kind.NAMES,
            "topics it names; an id where the name is not known",
            lambda row: facts.topics(row.exchange),
        ),
        Column("groups", Kind.NAMES, "groups it names", lambda row: facts.groups(row.exchange)),
        Column(
            "transactional_ids", Kind.NAMES, "transactions it names", lambda row: facts.transactional_ids(row.exchange)
        ),
        Column("errors", Kind.NAMES, "Kafka's errors in the response", lambda row: facts.errors(row.exchange)),
    ],
    _Rows,
    weigh=lambda row: sum(m.frame.captured for m in (row.exchange.request, row.exchange.response) if m is not None),
    in_headers=frozenset(column.name for column in (*HEADER, *CONNECTION, *_SIDES))
    | {"exchange", "latency", "latency_ms", "outcome", "outcome_reason"},
)

"""What can be asked of every exchange, whatever its API: the fields that have one word for a name.

Body fields, `request.` and `response.` with Kafka's names, are the concern of `dissector.filters.bodies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable  # noqa: TC003 (of a NamedTuple)
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector import facts, payloads, records
from dissector.exchanges import Outcome
from dissector.filters import kinds
from dissector.filters.addresses import Address
from dissector.filters.apis import Api
from dissector.filters.moments import Instant, Time
from dissector.filters.partitions import Partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from structs.embedded import Payload

_MILLISECOND: Final = 1_000_000
NO_ERROR: Final = "NONE"

# Why an exchange has no pair, as `dissector.exchanges.Outcome` explains.
REASONS: Final = (
    "acks_0",
    "ambiguous_correlation_id",
    "capture_ended",
    "connection_closed",
    "connection_idle",
    "connection_replaced",
    "connection_reset",
    "lost_in_capture",
    "no_response_in_time",
    "request_before_capture",
    "request_given_up",
    "sasl_token",
    "skipped_by_server",
    "too_many_connections",
    "too_many_pending",
)


class Cost(IntEnum):
    """What a field takes to read; conjunctions read what is cheap first."""

    HEADER = 0
    PEEK = 1  # the first fields of a body
    REQUEST = 2
    RESPONSE = 3
    RECORDS = 4


class Field(NamedTuple):
    """A field: what it is, and how it is read.

    `values` returns the values that there are; `value` the one that there may be, or None. A field has one of these.
    """

    name: str
    kind: kinds.Kind
    cost: Cost
    about: str
    example: str
    value: Callable[[Exchange], Any] | None = None
    values: Callable[[Exchange], Iterable[Any]] | None = None


def _of_request(read: Callable[[Message], Any]) -> Callable[[Exchange], Any]:
    return lambda exchange: None if exchange.request is None else read(exchange.request)


def _of_response(read: Callable[[Message], Any]) -> Callable[[Exchange], Any]:
    return lambda exchange: None if exchange.response is None else read(exchange.response)


def _client_id(exchange: Exchange) -> str | None:
    client_id = exchange.client_id
    return client_id if client_id is None or isinstance(client_id, str) else facts.text(client_id)


def _client(exchange: Exchange) -> Endpoint | None:
    return exchange.connection.client


def _broker(exchange: Exchange) -> Endpoint | None:
    return exchange.connection.server


def _messages(exchange: Exchange) -> Iterator[Message]:
    return (message for message in (exchange.request, exchange.response) if message is not None)


def _packets(exchange: Exchange) -> list[int]:
    return [message.packet_number for message in _messages(exchange)]


def _size(exchange: Exchange) -> int:
    return sum(message.size for message in _messages(exchange))


def _time(exchange: Exchange) -> Instant:
    message = exchange.request or exchange.response
    assert message is not None  # noqa: S101 (an exchange has at least one of them)
    return Instant(message.timestamp, exchange.capture_start)


def _errors(exchange: Exchange) -> Iterable[str]:
    """Return the errors in a response; NONE where it was read whole and has no other."""
    found = False
    for name in facts.each_error(exchange):
        found = True
        yield name
    response = exchange.response
    if not found and response is not None and response.grammar is not None and response.error is None:
        yield NO_ERROR


def _throttle(exchange: Exchange) -> int | None:
    milliseconds = facts.throttle_ms(exchange)
    return None if milliseconds is None else milliseconds * _MILLISECOND


def _keys(exchange: Exchange) -> Iterator[str]:
    return (facts.text(key) for key, _ in _contents(exchange) if key is not None)


def _values(exchange: Exchange) -> Iterator[str]:
    return (facts.text(value) for _, value in _contents(exchange) if value is not None)


def _contents(exchange: Exchange) -> Iterator[tuple[bytes | None, bytes | None]]:
    """Yield keys and values of records; those of internal topics that hold secrets are null."""
    for located in records.each_record(exchange):
        topic, batch, record = located.topic, located.batch, located.record
        if payloads.has_payloads(topic, batch):
            key, value = payloads.decode_record(topic, batch, record)
            yield _unless_hidden(record.key, key), _unless_hidden(record.value, value)
        else:
            yield record.key, record.value


def _unless_hidden(content: bytes | None, payload: Payload | None) -> bytes | None:
    return None if payload is not None and payloads.hides(None, payload) else content


def _offsets(exchange: Exchange) -> Iterator[int]:
    return (located.record.offset for located in records.each_record(exchange))


def _timestamps(exchange: Exchange) -> Iterator[Instant]:
    for located in records.each_record(exchange):
        if located.record.timestamp is not None and located.record.timestamp >= 0:
            yield Instant(located.record.timestamp * _MILLISECOND, exchange.capture_start)


def _headers(exchange: Exchange) -> Iterator[str]:
    """Yield the headers of records as "name=value"."""
    for located in records.each_record(exchange):
        for name, value in located.record.headers:
            yield f"{facts.text(name)}={'' if value is None else facts.text(value)}"


_TEXT: Final = kinds.Text()
_NUMBER: Final = kinds.Number()
_SIZE: Final = kinds.Size()
_DURATION: Final = kinds.Duration()
_ADDRESS: Final = Address()
_TIME: Final = Time()
_OUTCOME: Final = kinds.Names("outcome", [outcome.value for outcome in Outcome])
_REASON: Final = kinds.Names("reason", REASONS)


def _one(
    name: str, kind: kinds.Kind, read: Callable[[Exchange], Any], about: str, example: str, cost: Cost = Cost.HEADER
) -> Field:
    return Field(name, kind, cost, about, example, value=read)


def _many(
    name: str,
    kind: kinds.Kind,
    read: Callable[[Exchange], Iterable[Any]],
    about: str,
    example: str,
    cost: Cost = Cost.RECORDS,
) -> Field:
    return Field(name, kind, cost, about, example, values=read)


_FIELDS: Final = (
    _one("api", Api(), attrgetter("api_key"), "the API, by name or key", "api in (Produce, Fetch)"),
    _one("version", _NUMBER, attrgetter("api_version"), "version of the request", "version < 4"),
    _one("client_id", _TEXT, _client_id, "what the client calls itself", 'client_id ~ "^billing-"'),
    _one("client", _ADDRESS, _client, "address of the client", "client == 10.1.0.0/16"),
    _one("broker", _ADDRESS, _broker, "address of the broker", "broker == 10.1.2.3:9092"),
    _one("connection", _NUMBER, attrgetter("connection.id"), "number of the connection", "connection == 4"),
    _one("correlation_id", _NUMBER, attrgetter("correlation_id"), "correlation id of both", "correlation_id == 17"),
    _many("packet", _NUMBER, _packets, "packets that complete request and response", "packet == 57", Cost.HEADER),
    _one("time", _TIME, _time, "when the request was complete", "time in (21:05:18..21:05:20)"),
    _one("latency", _DURATION, attrgetter("latency"), "from request to response", "latency > 50ms"),
    _one("size", _SIZE, _size, "bytes of request and response", "size > 1MB"),
    _one("request.size", _SIZE, _of_request(attrgetter("size")), "bytes of the request", "request.size > 1MiB"),
    _one("response.size", _SIZE, _of_response(attrgetter("size")), "bytes of the response", "response.size < 100"),
    _one("outcome", _OUTCOME, attrgetter("outcome"), "what came of the request", "outcome != answered"),
    _one(
        "outcome_reason",
        _REASON,
        attrgetter("outcome_reason"),
        "why the other message is missing",
        "outcome_reason == connection_reset",
    ),
    _many("topic", _TEXT, facts.each_topic, "topics that it names", "topic in (orders, payments)", Cost.RESPONSE),
    _many(
        "partition",
        Partition(),
        facts.each_partition,
        "partitions that it names, by number or with their topic",
        "partition in (3, orders-0)",
        Cost.RESPONSE,
    ),
    _many("group", _TEXT, facts.each_group, "groups that it names", "group == billing", Cost.RESPONSE),
    _many(
        "transactional_id",
        _TEXT,
        facts.each_transactional_id,
        "transactions that it names",
        "transactional_id ~ till",
        Cost.RESPONSE,
    ),
    _many(
        "error",
        kinds.ErrorName(),
        _errors,
        "errors in the response, or none",
        "error == NOT_LEADER_OR_FOLLOWER",
        Cost.RESPONSE,
    ),
    _one("throttle", _DURATION, _throttle, "for how long a quota throttled the client", "throttle > 0", Cost.PEEK),
    _many("records.key", _TEXT, _keys, "keys of records", "records.key == ada"),
    _many("records.value", _TEXT, _values, "values of records", "records.value ~ espresso"),
    _many("records.header", _TEXT, _headers, "headers of records, as name=value", 'records.header ~ "^trace-id="'),
    _many("records.offset", _NUMBER, _offsets, "offsets of records", "records.offset == 1200"),
    _many("records.timestamp", _TIME, _timestamps, "timestamps of records", "records.timestamp < 2026-11-20"),
)

FIELDS: Final[Mapping[str, Field]] = {field.name: field for field in _FIELDS}

# What else people call them.
SYNONYMS: Final[Mapping[str, str]] = {
    "api_key": "api",
    "api_name": "api",
    "api_version": "version",
    "bytes": "size",
    "clientid": "client_id",
    "conn": "connection",
    "consumer_group": "group",
    "duration": "latency",
    "error_code": "error",
    "frame": "packet",
    "frame.number": "packet",
    "group_id": "group",
    "header": "records.header",
    "headers": "records.header",
    "key": "records.key",
    "latency_ms": "latency",
    "message_key": "records.key",
    "message_value": "records.value",
    "offset": "records.offset",
    "partition_id": "partition",
    "reason": "outcome_reason",
    "request_key": "api",
    "rtt": "latency",
    "server": "broker",
    "tcp.stream": "connection",
    "throttle_time_ms": "throttle",
    "timestamp": "time",
    "topic_name": "topic",
    "topics": "topic",
    "txn": "transactional_id",
    "value": "records.value",
}

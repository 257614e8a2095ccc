"""The table of records: a row for each that was produced or fetched, as often as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from dissector import facts, payloads
from dissector.records import LocatedRecord, each_record
from dissector.tables.columns import Column, Kind, Table, in_range
from dissector.tables.exchanges import CONNECTION, HEADER
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message

_NOTHING: Final[Mapping[str, Any]] = {}
_CALENDAR: Final = range(-62_135_596_800_000, 253_402_300_800_000)  # milliseconds, years 1 to 9999: writers may lie


class Row(NamedTuple):
    """A record; `values` has it as in JSON Lines where payloads are decoded, which may withhold its bytes."""

    number: int
    exchange: Exchange
    located: LocatedRecord
    values: Mapping[str, Any]

    @property
    def key(self) -> bytes | None:
        """The key, None if it is withheld as well."""
        return None if _is_withheld(self.values.get("key")) else self.located.record.key

    @property
    def value(self) -> bytes | None:
        """The value, None if it is withheld as well."""
        return None if _is_withheld(self.values.get("value")) else self.located.record.value


def _is_withheld(value: Any) -> bool:
    return isinstance(value, dict) and "withheld" in value


class _Rows:
    def __init__(self, show_secrets: bool) -> None:
        self._show_secrets = show_secrets

    def take(self, number: int, exchange: Exchange) -> Iterator[Row]:
        bodies: dict[int, Any] = {}
        batch, has_payloads = None, False
        for located in each_record(exchange):
            if located.batch is not batch:
                batch = located.batch
                has_payloads = payloads.has_payloads(located.topic, batch)
            values = _NOTHING
            if has_payloads:
                message = located.field.message
                if id(message) not in bodies:
                    bodies[id(message)] = self._body(message, exchange)
                values = _at(bodies[id(message)], located)
            yield Row(number, exchange, located, values)

    def rest(self) -> Iterable[Row]:
        return ()

    def _body(self, message: Message, exchange: Exchange) -> Any:
        values = jsonl.message_object(message, exchange, show_secrets=self._show_secrets)
        return values and values["body"]


def _at(body: Any, located: LocatedRecord) -> Mapping[str, Any]:
    """Return a record of a body in JSON Lines."""
    for step in located.field.path:
        body = body[step]
    record: Mapping[str, Any] = body[located.batch.index]["records"][located.place]
    return record


def _of_batch(name: str) -> Callable[[Row], Any]:
    """Return a column's value: a field of the batch's header, which older messages lack."""
    return lambda row: getattr(row.located.batch, name, None)


def _timestamp(row: Row) -> int | None:
    timestamp = row.located.record.timestamp
    return timestamp if timestamp not in (None, -1) and timestamp in _CALENDAR else None


def _text(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _size(raw: bytes | None) -> int | None:
    return None if raw is None else len(raw)


def _headers(row: Row) -> list[tuple[str, bytes | None]]:
    return [(facts.text(key), value) for key, value in row.located.record.headers]


def _decoded(name: str) -> Callable[[Row], str | None]:
    def value(row: Row) -> str | None:
        decoded = row.values.get(name)
        return None if decoded is None else orjson.dumps(decoded).decode()

    return value


TABLE = Table(
    "records",
    "records that were produced (side request) and fetched (side response), as often as they were",
    [
        Column("exchange", Kind.LONG, "number of the exchange in the capture, from 0", lambda row: row.number),
        Column("side", Kind.NAME, "request: produced; response: fetched", lambda row: row.located.field.message.side),
        Column("topic", Kind.NAME, "topic, null where only its id is known", lambda row: row.located.topic),
        Column("partition", Kind.WORD, "partition", lambda row: row.located.partition),
        Column(
            "offset",
            Kind.LONG,
            "offset of the record; of produced ones, in the batch",
            lambda row: row.located.record.offset,
        ),
        Column(
            "timestamp",
            Kind.MILLISECONDS,
            "timestamp of the record, null for none and for what is in no calendar",
            _timestamp,
        ),
        Column(
            "timestamp_ms",
            Kind.LONG,
            "the same in milliseconds, as on the wire; -1 for none",
            lambda row: row.located.record.timestamp,
        ),
        Column("key_text", Kind.TEXT, "key as text, null if it is no UTF-8", lambda row: _text(row.key)),
        Column("value_text", Kind.TEXT, "value as text, null if it is no UTF-8", lambda row: _text(row.value)),
        Column("headers", Kind.HEADERS, "headers, in their order", _headers),
        Column("key", Kind.BYTES, "key, null also where it is withheld", lambda row: row.key),
        Column("value", Kind.BYTES, "value, null also where it is withheld", lambda row: row.value),
        Column("key_size", Kind.WORD, "bytes of the key", lambda row: _size(row.located.record.key)),
        Column("value_size", Kind.WORD, "bytes of the value", lambda row: _size(row.located.record.value)),
        Column("key_decoded", Kind.JSON, "key of a record that Kafka itself wrote, decoded", _decoded("key_decoded")),
        Column(
            "value_decoded", Kind.JSON, "value of a record that Kafka itself wrote, decoded", _decoded("value_decoded")
        ),
        *HEADER,
        Column(
            "packet",
            Kind.LONG,
            "number of the packet that completes the message",
            lambda row: row.located.field.message.packet_number,
        ),
        Column(
            "packet_timestamp",
            Kind.TIME,
            "when that packet was captured",
            lambda row: in_range(row.located.field.message.timestamp),
        ),
        Column(
            "topic_id", Kind.NAME, "id of the topic, where the message has it", lambda row: row.located.field.topic_id
        ),
        Column(
            "batch",
            Kind.WORD,
            "number of the batch in the partition's part of the message",
            lambda row: row.located.batch.index,
        ),
        Column("magic", Kind.SHORT, "format of the batch", _of_batch("magic")),
        Column("compression", Kind.NAME, "none, gzip, snappy, lz4 or zstd", _of_batch("compression")),
        Column(
            "timestamp_type", Kind.NAME, "CreateTime, LogAppendTime or NoTimestampType", _of_batch("timestamp_type")
        ),
        Column("base_offset", Kind.LONG, "offset with which the batch begins", _of_batch("base_offset")),
        Column("producer_id", Kind.LONG, "id of the producer, -1 for none", _of_batch("producer_id")),
        Column("producer_epoch", Kind.SHORT, "epoch of the producer", _of_batch("producer_epoch")),
        Column("base_sequence", Kind.WORD, "sequence number of the batch's first record", _of_batch("base_sequence")),
        Column("is_transactional", Kind.FLAG, "whether it belongs to a transaction", _of_batch("is_transactional")),
        Column("is_control", Kind.FLAG, "whether it is a control record", _of_batch("is_control")),
        *CONNECTION,
    ],
    _Rows,
    weigh=lambda row: len(row.located.record.key or b"") + len(row.located.record.value or b""),
)

"""The records in an exchange, with what they stand under: side, topic, partition, batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dissector import payloads
from dissector.recordsets import holds_records, members_with_records
from dissector.shapes import INDEXES, shape_of
from structs import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.records import Batch, Record, RecordSet

    Path = tuple[str | int, ...]


class RecordField(NamedTuple):
    """A `records` field of a message: where it is in the body, and the partition whose batches it has.

    `topic` is None where only its id is known, `topic_id` where the message has none.
    """

    message: Message
    path: Path
    topic: str | None
    topic_id: str | None
    partition: int | None
    batches: RecordSet


class LocatedRecord(NamedTuple):
    """A record, and where it is: the exchange, the message, the partition, the batch, and the place in that from 0."""

    exchange: Exchange
    field: RecordField
    batch: Batch
    place: int
    record: Record

    @property
    def topic(self) -> str | None:
        """The topic's name, None where only its id is known."""
        return self.field.topic

    @property
    def partition(self) -> int | None:
        """The partition's number."""
        return self.field.partition

    @property
    def offset(self) -> int:
        """The record's offset; of a produced one, its place in the batch."""
        return self.record.offset

    @property
    def key(self) -> bytes | None:
        """The record's key."""
        return self.record.key

    @property
    def value(self) -> bytes | None:
        """The record's value."""
        return self.record.value

    @property
    def is_produced(self) -> bool:
        """Whether a client sent the record; else it was fetched."""
        return self.field.message.side == "request"


def each_record(exchange: Exchange) -> Iterator[LocatedRecord]:
    """Yield the records of an exchange, those of its request first; decodes messages that may have some.

    The records of one batch are in memory at a time. Those before the place where a batch is cut or broken are there.
    """
    for field in each_field(exchange):
        for batch in field.batches:
            for place, record in enumerate(batch):
                yield LocatedRecord(exchange, field, batch, place, record)


def each_field(exchange: Exchange) -> Iterator[RecordField]:
    """Yield the `records` fields of an exchange that are not null; decodes messages that may have some."""
    for message in (exchange.request, exchange.response):
        if message is not None and message.grammar is not None and holds_records(message.grammar):
            body = message.body  # decides between the layouts, where the version has several
            if body is not None:
                yield from _fields(message, exchange.topic_names, message.grammar, body, (), ())


def _fields(
    message: Message,
    topic_names: Mapping[str, str],
    grammar: wire.Struct,
    values: Mapping[str, Any],
    path: Path,
    scopes: payloads.Scopes,
) -> Iterator[RecordField]:
    scopes = (*scopes, (grammar, values))
    for name, node in members_with_records(grammar):
        value = values.get(name)
        if value is None:
            continue
        if isinstance(node, wire.Records):
            topic = payloads.topic_of(scopes, topic_names)
            yield RecordField(message, (*path, name), topic, _topic_id(scopes), _partition(values), value)
        elif isinstance(node, wire.Array) and isinstance(node.element, wire.Struct):
            for index, element in enumerate(value):
                yield from _fields(message, topic_names, node.element, element, (*path, name, index), scopes)
        elif isinstance(node, wire.Struct):
            yield from _fields(message, topic_names, node, value, (*path, name), scopes)


def _topic_id(scopes: payloads.Scopes) -> str | None:
    for grammar, values in reversed(scopes):
        shape = shape_of(grammar)
        if shape is not None and shape.topic_id:
            topic_id: str | None = values.get(shape.topic_id)
            return topic_id
    return None


def _partition(values: Mapping[str, Any]) -> int | None:
    return next((values[name] for name in INDEXES if name in values), None)

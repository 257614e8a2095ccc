"""The records in an exchange, with what they stand under: side, topic, partition, batch."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dissector.recordsets import members_with_records
from dissector.shapes import INDEXES, shape_of
from structs import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.records import Batch, Record, RecordSet

    Path = tuple[str | int, ...]

_make = tuple.__new__  # a named tuple's own constructor takes twice as long


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
            for place, record in enumerate(batch.records):
                yield _make(LocatedRecord, (exchange, field, batch, place, record))


def each_field(exchange: Exchange) -> list[RecordField]:
    """Return the `records` fields of an exchange that are not null; decodes messages that may have some."""
    found: list[RecordField] = []
    for message in (exchange.request, exchange.response):
        if message is not None and message.head.layout.records:
            body, grammar = message.body, message.grammar  # which is another one where the version has several layouts
            if body is not None and grammar is not None:
                _find(found, message, exchange.topic_names, _level(grammar), body, (), None, None)
    return found


class _Level(NamedTuple):
    """How to find the `records` fields in a struct: its members that are some or hold them, and those that say whose.

    A part is a member's name, and where that is no `records` field itself, the level of the structs in it.
    """

    topic: str
    topic_id: str
    partition: str
    parts: tuple[tuple[str, _Level | None], ...]


@cache
def _level(grammar: wire.Struct) -> _Level:
    shape = shape_of(grammar)
    names = {member.name for member in grammar.each_member()}
    inside = [(name, wire.struct_in(node)) for name, node in members_with_records(grammar)]
    return _Level(
        shape.name if shape is not None else "",
        shape.topic_id if shape is not None else "",
        next((name for name in INDEXES if name in names), ""),
        tuple((name, None if inner is None else _level(inner)) for name, inner in inside),
    )


def _find(
    found: list[RecordField],
    message: Message,
    topic_names: Mapping[str, str],
    level: _Level,
    values: Mapping[str, Any],
    path: Path,
    topic: str | None,
    topic_id: str | None,
) -> None:
    """Append the fields in a struct; `topic` and `topic_id` are those that the structs around it name."""
    topic_field, id_field, partition_field, parts = level
    if id_field:
        topic_id = values.get(id_field)
        topic = topic_names.get(topic_id or "", topic)
    if topic_field and isinstance(name := values.get(topic_field), str):
        topic = name
    for name, inner in parts:
        value = values.get(name)
        if inner is None:
            if value is not None:
                partition = values.get(partition_field)
                found.append(_make(RecordField, (message, (*path, name), topic, topic_id, partition, value)))
        elif value.__class__ is dict:
            _find(found, message, topic_names, inner, value, (*path, name), topic, topic_id)
        elif value:
            for index, element in enumerate(value):
                _find(found, message, topic_names, inner, element, (*path, name, index), topic, topic_id)

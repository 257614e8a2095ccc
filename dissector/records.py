"""The records in an exchange, with what they stand under: side, topic, partition, batch."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dissector.recordsets import members_with_records
from dissector.shapes import INDEXES, shape_of
from structs import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        if message is None or not message.head.layout.records:
            continue
        body = message.body
        grammar = message.head.layout.grammar  # which is another one where the version has several layouts
        if body is None or grammar is None:
            continue
        topics, topic_field, id_field, partitions, partition_field, records = _places(grammar)
        for index, topic in enumerate(body.get(topics) or ()):
            topic_id, name = topic.get(id_field), topic.get(topic_field)
            if not isinstance(name, str):
                name = exchange.topic_names.get(topic_id or "")
            for number, partition in enumerate(topic.get(partitions) or ()):
                batches = partition.get(records)
                if batches is not None:
                    path = (topics, index, partitions, number, records)
                    found.append(
                        _make(RecordField, (message, path, name, topic_id, partition.get(partition_field), batches))
                    )
    return found


class _Places(NamedTuple):
    """Names of fields: a message has `topics`, these have `partitions`, and each of those has `records`.

    The others say of which topic and partition they are; empty where there is no such field.
    """

    topics: str
    topic: str
    topic_id: str
    partitions: str
    partition: str
    records: str


@cache
def _places(grammar: wire.Struct) -> _Places:
    """Return where the `records` fields of a message are: all that have some have them in partitions of topics."""
    topics, topic = _inside(grammar)
    partitions, partition = _inside(topic)
    ((records, _),) = members_with_records(partition)
    shape = shape_of(topic)
    names = {member.name for member in partition.each_member()}
    return _Places(
        topics,
        shape.name if shape is not None else "",
        shape.topic_id if shape is not None else "",
        partitions,
        next((name for name in INDEXES if name in names), ""),
        records,
    )


def _inside(struct: wire.Struct) -> tuple[str, wire.Struct]:
    """Return the one member of a struct in which there are records, and the structs that it has."""
    ((name, node),) = members_with_records(struct)
    inner = wire.struct_in(node)
    assert inner is not None  # noqa: S101 (records are members of structs)
    return name, inner

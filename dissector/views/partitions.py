"""Topics and their partitions on one line: `orders[0-2]`, `orders[0] 3 records 312 B @1200`.

Kafka's messages name partitions in one shape, whatever the API: a struct with a topic (name or id) holds a list of
partitions, numbers or structs. The shape is found in the grammar, so this serves every API that has it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.shapes import INDEXES, Shape, shape_of
from dissector.views import record_kinds, style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece
from structs import enumerations, wire
from structs.embedded import is_internal
from structs.errors import error_name
from structs.records import RecordBatch, RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dissector.views.style import Words

_OFFSETS: Final = (
    "fetch_offset",
    "committed_offset",
    "offset",
    "base_offset",
    "start_offset",
    "end_offset",
    "low_watermark",
    "position",
)
_WHOSE: Final = frozenset({"topic_name", "topic_id", "group_id", "transactional_id", "producer_id"})
_QUORUM: Final = ("leader_id", "leader_epoch")
_PLAIN: Final = frozenset({"none"})
_SNAPSHOT: Final = "unaligned_records"
_make = tuple.__new__  # a named tuple's own constructor takes twice as long
_LIST_OFFSETS: Final = 2

# API key -> the fields of a partition that are worth a place, beside records, offsets and errors.
_DETAILS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("high_watermark",),
    45: ("replicas",),
    46: ("replicas", "adding_replicas", "removing_replicas"),
    52: (*_QUORUM, "vote_granted", "pre_vote"),
    53: _QUORUM,
    54: _QUORUM,
    55: (*_QUORUM, "high_watermark"),
    56: ("isr",),
    59: ("size",),
    90: ("lag",),
}
_LABELS: Final = {"high_watermark": "hw", "leader_id": "leader", "leader_epoch": "epoch", "size": "of"}


class Item(NamedTuple):
    """A partition (or a topic as a whole) and what there is to say about it: `details` follow its name as they are."""

    topic: str
    partition: int | None
    details: str
    errors: tuple[str, ...]
    records: int
    size: int
    noun: str = "record"  # "message" where compressed ones of old hold records that nothing outside counts


class _Plan(NamedTuple):
    """The fields of a struct that something may be said about: a partition's, or a topic's."""

    errors: tuple[str, ...]
    contents: tuple[str, ...]  # records, and the bytes of a snapshot
    offsets: tuple[str, ...]
    details: tuple[tuple[str, str], ...]  # with their labels
    asks: bool  # for offsets by their time


def _plan(api_key: int | None, node: wire.Struct) -> _Plan:
    members = node.each_member()
    names = {member.name for member in members}
    details = _DETAILS.get(api_key if api_key is not None else -1, ())
    return _Plan(
        tuple(member.name for member in members if getattr(member.node.meaning, "name", "") == "error_code"),
        tuple(m.name for m in members if isinstance(m.node, wire.Records) or m.name == _SNAPSHOT),
        tuple(name for name in _OFFSETS if name in names),
        tuple((name, _LABELS.get(name, name)) for name in details if name in names),
        api_key == _LIST_OFFSETS,
    )


@cache
def _plans(api_key: int | None, node: wire.Struct) -> tuple[Shape, _Plan, _Plan | None] | None:
    """Return how to read a struct with topics, and its partitions (None where they are numbers); None for others."""
    shape = shape_of(node)
    if shape is None:
        return None
    inner = next((member.node for member in node.each_member() if member.name == shape.partitions), None)
    element = inner.element if isinstance(inner, wire.Array) else None
    inside = _plan(api_key, element) if isinstance(element, wire.Struct) else None
    return shape, _plan(api_key, node), inside


@cache
def is_verdict(node: wire.Struct) -> bool:
    """Say whether a struct of a response holds nothing but errors, and whose they are."""
    judged = False
    for member in node.each_member():
        inner = member.node.element if isinstance(member.node, wire.Array) else None
        meaning = getattr(member.node.meaning, "name", "")
        if meaning == "error_code" or (isinstance(inner, wire.Struct) and is_verdict(inner)):
            judged = True
        elif not (meaning in _WHOSE or member.name in ("error_message", "member_id", "group_instance_id", *INDEXES)):
            return False
    return judged


def topic_of(shape: Shape, values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the topic that a struct is about: its name, else its id."""
    name = values.get(shape.name)
    topic_id = values.get(shape.topic_id, wire.ZERO_UUID)
    if name or topic_id == wire.ZERO_UUID:
        return (_named(name) or '""') if name is not None else "?"
    return _named(names.get(topic_id, topic_id))


@lru_cache(maxsize=1024)
def _named(topic: str | bytes) -> str:
    return wording.elide(printable(topic), 60)


def items(
    api_key: int | None, node: wire.Struct, elements: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> list[Item]:
    """Return the partitions that a list of topics names; a topic without partitions stands for itself."""
    plans = _plans(api_key, node)
    if plans is None:
        return []
    shape, plan, inside = plans
    found = []
    for values in elements:
        raw = values.get(shape.name)
        topic = _named(raw) if raw else topic_of(shape, values, names)
        raw = raw or names.get(values.get(shape.topic_id, ""))  # the records' kinds go by that
        partitions = values.get(shape.partitions) if shape.partitions else None
        if not partitions or _errors(plan, values):
            found.append(_topic(plan, shape, values, topic, raw))
        if inside is None:
            found += [_make(Item, (topic, number, "", (), 0, 0, "record")) for number in partitions or ()]
        else:
            number = shape.number
            found += [_partition(inside, values, topic, values.get(number), raw) for values in partitions or ()]
    return found


def describe(found: Sequence[Item], limit: int = wording.LISTED) -> Words:
    """Return words for partitions: what went wrong first, those that are alike drawn together, the rest counted."""
    if len(found) == 1:
        return _entry(found)
    ordered = sorted(found, key=lambda item: not item.errors)
    alike: list[list[Item]] = []
    before: tuple[Any, ...] = ()
    for item in ordered:
        topic, partition, details, errors, records, _, _ = item
        likeness = (topic, details, errors, partition if records else None)  # those with records stand for themselves
        if likeness == before:
            alike[-1].append(item)
        else:
            alike.append([item])
            before = likeness
    words = style.joined(map(_entry, alike[:limit]), ", ")
    if len(alike) <= limit:
        return words
    rest = sum(map(len, alike[limit:]))
    return style.joined((_amount(found), words, f" +{rest} more", _rest_of_errors(ordered[-rest:])), "")


def _amount(found: Sequence[Item]) -> str:
    """Return how many records there are in all of some partitions; nothing if there is none."""
    records = sum(item.records for item in found)
    if not records:
        return ""
    noun = max((item.noun for item in found if item.records), key=len)
    amount = wording.size(sum(item.size for item in found))
    return f"{wording.plural(records, noun)} {amount} in {len(found)} partitions: "


def count_records(records: RecordSet) -> tuple[int, str]:
    """Count the records that batch headers announce, and say what that counts: records, or messages.

    A compressed message of old counts as one: it holds an unknown number of records.
    """
    announced = records.announced()
    if announced is not None:
        return announced[0], "record"
    count, noun = 0, "record"
    for batch in records:
        if isinstance(batch, RecordBatch):
            count += max(batch.records_count, 0)
        else:
            count += 1
            noun = "message" if batch.compression != "none" else noun
    return count, noun


def _topic(plan: _Plan, shape: Shape, values: Mapping[str, Any], topic: str, raw: Any) -> Item:
    """Return what there is to say about a struct that names no partitions, but for the one that it may be itself."""
    index = None if shape.partitions else values.get(shape.number)
    item = _partition(plan, values, topic, index, raw)
    return item if index is not None else item._replace(details=_new_topic(values))


def _partition(plan: _Plan, values: Mapping[str, Any], topic: str, index: int | None, raw: Any) -> Item:
    errors: tuple[str, ...] = ()
    for name in plan.errors:
        if values.get(name):
            errors = _errors(plan, values)
            break
    details = ""  # each with a space in front
    count = size = 0
    noun = "record"
    for name in plan.contents:
        value = values.get(name)
        if isinstance(value, RecordSet):
            size += value.size
            more, noun, told = _records(value, raw if isinstance(raw, str) else None)
            count += more
            details += told
        elif isinstance(value, bytes) and name == _SNAPSHOT:
            details += f" {wording.size(len(value))}"
    if plan.offsets or plan.asks:
        details += _offset(plan, values, is_asked=not errors)
    if plan.details and not errors:
        details += _labelled(plan.details, values)
    if details.startswith(" @"):
        details = details[1:]
    return _make(Item, (topic, index, details, errors, count, size, noun))


def _offset(plan: _Plan, values: Mapping[str, Any], *, is_asked: bool) -> str:
    """Return the offset that a partition is about, or what was asked for in its place; nothing where there is none."""
    name = ""
    for name in plan.offsets:
        if name in values:
            if values[name] >= 0:
                return f" @{values[name]}"
            break
    if name == "committed_offset" and is_asked and name in values:
        return " @none"
    if values.get("old_style_offsets"):  # ListOffsets v0: as many as were asked for, newest first
        return f" @{wording.listing(map(str, values['old_style_offsets']), len(values['old_style_offsets']))}"
    if plan.asks and "offset" not in values and "timestamp" in values:
        return f" {_asked_for(values['timestamp'])}"
    return ""


def _records(records: RecordSet, topic: str | None) -> tuple[int, str, str]:
    """Return how many records there are, what that counts, and what there is to say about them."""
    size = records.size
    if not size:
        return 0, "record", ""
    announced = records.announced()
    count, noun = count_records(records) if announced is None else (announced[0], "record")
    details = f" {wording.plural(count, noun)} {wording.size(size)}"
    if announced is None or announced[1] or (topic is not None and is_internal(topic)):
        details += _particulars(records, topic, count)
    if records.error is not None:
        details += f" ({records.error.kind})"
    return count, noun, details


def _particulars(records: RecordSet, topic: str | None, count: int) -> str:
    """Return how batches are compressed, and what kinds of records are in them."""
    first = records[: wording.LISTED]
    codecs = {batch.compression for batch in first} - _PLAIN
    details = "".join(f" {codec}" for codec in sorted(codecs))
    kinds = record_kinds.kinds(records, topic, count) if record_kinds.is_short(records) else ""
    if kinds:
        return f"{details} ({kinds})"
    return f"{details} control" if any(batch.is_control for batch in first) else details


def _asked_for(timestamp: int) -> str:
    return f"@{enumerations.name_of('list_offsets_timestamp', timestamp) or timestamp}"


def _new_topic(values: Mapping[str, Any]) -> str:
    """Return what a topic is to be like (CreateTopics, CreatePartitions)."""
    count = values.get("num_partitions", values.get("count"))
    if not isinstance(count, int) or count < 0:
        return ""
    factor = values.get("replication_factor", -1)
    return f" ({wording.plural(count, 'partition')}" + (f" x {factor})" if factor > 0 else ")")


def _labelled(fields: Iterable[tuple[str, str]], values: Mapping[str, Any]) -> str:
    text = ""
    for field, label in fields:
        value = values.get(field)
        if isinstance(value, bool):
            text += f" {label}" if value else ""
        elif isinstance(value, list):
            text += f" {label}={wording.ranges(value)}"
        elif value is not None:
            text += f" {label}={value}" if 0 <= value < 1 << 62 else ""  # Kafka's "none" is -1, or the highest number
        elif field == "replicas" and field in values:
            text += " cancel"  # of a reassignment that is under way (KIP-455)
    return text


def _errors(plan: _Plan, values: Mapping[str, Any]) -> tuple[str, ...]:
    for name in plan.errors:
        if values.get(name):
            return tuple([error_name(values[name]) for name in plan.errors if values.get(name)])
    return ()


def _entry(alike: Sequence[Item]) -> Words:
    topic, partition, details, errors, _, _, _ = alike[0]
    if len(alike) > 1:
        numbers = [item.partition for item in alike if item.partition is not None]
        place = f"{topic}[{wording.ranges(numbers)}]" if numbers else topic
    else:
        place = topic if partition is None else f"{topic}[{partition}]"
    if not errors:
        return place + details
    return [Piece(place), Piece("".join([f" {name}" for name in errors]), "error"), Piece(details)]


def _rest_of_errors(rest: Sequence[Item]) -> Words:
    names = Counter(name for item in rest for name in item.errors)
    if not names:
        return ""
    return [Piece(" (" + ", ".join(f"{count} {name}" for name, count in names.items()) + ")", "error")]

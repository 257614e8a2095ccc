"""Topics and their partitions on one line: `orders[0-2]`, `orders[0] 3 records 312 B @1200`.

Kafka's messages name partitions in one shape, whatever the API: a struct with a topic (name or id) holds a list of
partitions, numbers or structs. The shape is found in the grammar, so this serves every API that has it.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.shapes import INDEXES, Shape, shape_of
from dissector.views import record_kinds, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces
from structs import enumerations, wire
from structs.errors import error_name
from structs.records import RecordBatch, RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from structs.records import Batch

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
    details: tuple[str, ...]
    asks: bool  # for offsets by their time


def _plan(api_key: int | None, node: wire.Struct) -> _Plan:
    members = node.each_member()
    names = {member.name for member in members}
    details = _DETAILS.get(api_key if api_key is not None else -1, ())
    return _Plan(
        tuple(member.name for member in members if getattr(member.node.meaning, "name", "") == "error_code"),
        tuple(m.name for m in members if isinstance(m.node, wire.Records) or m.name == _SNAPSHOT),
        tuple(name for name in _OFFSETS if name in names),
        tuple(name for name in details if name in names),
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
        topic = topic_of(shape, values, names)
        raw = values.get(shape.name) or names.get(values.get(shape.topic_id, ""))  # the records' kinds go by that
        partitions = values.get(shape.partitions) if shape.partitions else None
        errors = _errors(plan, values)
        if not partitions or errors:
            index = values.get(shape.number) if not shape.partitions else None
            found.append(_item(plan, values, topic, index, errors, raw, is_topic=index is None))
        for partition in partitions or ():
            if inside is None:
                found.append(Item(topic, partition, "", (), 0, 0))
            else:
                number = partition.get(shape.number)
                found.append(_item(inside, partition, topic, number, _errors(inside, partition), raw))
    return found


def describe(found: Iterable[Item], limit: int = wording.LISTED) -> Pieces:
    """Return partitions as pieces: what went wrong first, those that are alike drawn together, the rest counted."""
    everything = list(found)
    if len(everything) < 2:
        return _entry(everything) if everything else []
    ordered = sorted(everything, key=lambda item: not item.errors)
    alike = [list(group) for _, group in groupby(ordered, key=_likeness)]
    entries = [(_entry(group), len(group)) for group in alike]  # with how many partitions each stands for
    pieces: Pieces = []
    records = sum(item.records for item in everything)
    if records and len(entries) > limit:
        amount = wording.size(sum(item.size for item in everything))
        noun = max((item.noun for item in everything if item.records), key=len)
        pieces.append(Piece(f"{wording.plural(records, noun)} {amount} in {len(everything)} partitions: "))
    for number, (entry, _) in enumerate(entries[:limit]):
        pieces += [Piece(", "), *entry] if number else entry
    rest = sum(count for _, count in entries[limit:])
    if rest:
        pieces.append(Piece(f" +{rest} more"))
        shown = sum(count for _, count in entries[:limit])
        pieces += _rest_of_errors(ordered[shown:])
    return pieces


def count_records(batches: Iterable[Batch]) -> tuple[int, str]:
    """Count the records that batch headers announce, and say what that counts: records, or messages.

    A compressed message of old counts as one: it holds an unknown number of records.
    """
    count, noun = 0, "record"
    for batch in batches:
        if isinstance(batch, RecordBatch):
            count += max(batch.records_count, 0)
        else:
            count += 1
            noun = "message" if batch.compression != "none" else noun
    return count, noun


def _item(
    plan: _Plan,
    values: Mapping[str, Any],
    topic: str,
    index: int | None,
    errors: tuple[str, ...],
    raw: Any,
    *,
    is_topic: bool = False,
) -> Item:
    details: list[str] = []
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
            details.append(wording.size(len(value)))
    if is_topic:
        details += _new_topic(values)
    else:
        details += _offset(plan, values, is_asked=not errors)
        if plan.details and not errors:
            details += _labelled(plan.details, values)
    if not details:
        return Item(topic, index, "", errors, count, size, noun)
    text = " ".join(details)
    return Item(topic, index, text if text[0] == "@" else f" {text}", errors, count, size, noun)


def _offset(plan: _Plan, values: Mapping[str, Any], *, is_asked: bool) -> list[str]:
    """Return the offset that a partition is about, or what was asked for in its place; nothing where there is none."""
    offset = next((name for name in plan.offsets if name in values), "") if plan.offsets else ""
    if offset and values[offset] >= 0:
        return [f"@{values[offset]}"]
    if offset == "committed_offset" and is_asked:
        return ["@none"]
    if values.get("old_style_offsets"):  # ListOffsets v0: as many as were asked for, newest first
        return [f"@{wording.listing(map(str, values['old_style_offsets']), len(values['old_style_offsets']))}"]
    if plan.asks and "offset" not in values and "timestamp" in values:
        return [_asked_for(values["timestamp"])]
    return []


def _records(records: RecordSet, topic: str | None) -> tuple[int, str, list[str]]:
    """Return how many records there are, what that counts, and what there is to say about them."""
    size = records.size
    if not size:
        return 0, "record", []
    is_short = record_kinds.is_short(records)
    batches = list(records) if is_short else records  # those of a long field are held one at a time
    count, noun = count_records(batches)
    details = [wording.plural(count, noun), wording.size(size)]
    first = batches[: wording.LISTED]
    codecs = {batch.compression for batch in first}
    if codecs != _PLAIN:
        details += sorted(codecs - _PLAIN)
    kinds = record_kinds.kinds(batches, topic, count) if is_short else ""
    if kinds:
        details.append(f"({kinds})")
    elif any(batch.is_control for batch in first):
        details.append("control")
    if records.error is not None:
        details.append(f"({records.error.kind})")
    return count, noun, details


def _asked_for(timestamp: int) -> str:
    return f"@{enumerations.name_of('list_offsets_timestamp', timestamp) or timestamp}"


def _new_topic(values: Mapping[str, Any]) -> list[str]:
    """Return what a topic is to be like (CreateTopics, CreatePartitions)."""
    count = values.get("num_partitions", values.get("count"))
    if not isinstance(count, int) or count < 0:
        return []
    factor = values.get("replication_factor", -1)
    return [f"({wording.plural(count, 'partition')}" + (f" x {factor})" if factor > 0 else ")")]


def _labelled(fields: Iterable[str], values: Mapping[str, Any]) -> Iterator[str]:
    for field in fields:
        value = values.get(field)
        label = _LABELS.get(field, field)
        if value is None and field == "replicas" and field in values:
            yield "cancel"  # of a reassignment that is under way (KIP-455)
        elif isinstance(value, bool):
            if value:
                yield label
        elif isinstance(value, list):
            yield f"{label}={wording.ranges(value)}"
        elif value is not None and 0 <= value < 1 << 62:  # Kafka's "none" is -1, or the highest number
            yield f"{label}={value}"


def _errors(plan: _Plan, values: Mapping[str, Any]) -> tuple[str, ...]:
    if not any(map(values.get, plan.errors)):
        return ()
    return tuple(error_name(values[name]) for name in plan.errors if values.get(name))


def _likeness(item: Item) -> tuple[Any, ...]:
    """Return what is the same in partitions that stand in one entry; those with records stand for themselves."""
    return (item.topic, item.errors, item.details, item.partition if item.records else None)


def _entry(alike: Sequence[Item]) -> Pieces:
    first = alike[0]
    if len(alike) == 1:
        place = first.topic if first.partition is None else f"{first.topic}[{first.partition}]"
    else:
        numbers = [item.partition for item in alike if item.partition is not None]
        place = f"{first.topic}[{wording.ranges(numbers)}]" if numbers else first.topic
    if not first.errors:
        return [Piece(place + first.details)]
    errors = "".join(f" {name}" for name in first.errors)
    return [Piece(place), Piece(errors, "error"), Piece(first.details)]


def _rest_of_errors(rest: Sequence[Item]) -> Pieces:
    names = Counter(name for item in rest for name in item.errors)
    if not names:
        return []
    return [Piece(" (" + ", ".join(f"{count} {name}" for name, count in names.items()) + ")", "error")]

"""What kinds of records a fetch brought: control records, and those of internal topics."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from dissector import payloads
from dissector.views import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structs.records import Batch, Record, RecordSet

_READ_AT_MOST: Final = 32 << 10  # bytes of a records field: more takes too long for a line
_KEYLESS: Final = frozenset({"__cluster_metadata", "__remote_log_metadata"})
_CONTROL: Final = {"ABORT": "abort marker", "COMMIT": "commit marker"}


def is_short(records: RecordSet) -> bool:
    """Say whether the records of a field can be read for a line."""
    return records.size <= _READ_AT_MOST


def kinds(batches: Iterable[Batch], topic: str | None, count: int) -> str:
    """Return the kinds and how many there are of each: "3 OffsetCommit, 2 GroupMetadata".

    `count` is that of all records: a single one has no number, "commit marker". Nothing is decompressed for that:
    where it would take it, and where there are no payloads, the string is empty.
    """
    loaded = [batch for batch in batches if payloads.has_payloads(topic, batch) and batch.compression == "none"]
    if not loaded:
        return ""
    counts: Counter[str] = Counter()
    for batch in loaded:
        counts.update(_kind(topic, batch, record) for record in batch.records)
    if counts.total() == count == 1:
        return next(iter(counts))
    named = (
        f"{count} {name}{'s' if count > 1 and name in _CONTROL.values() else ''}"
        for name, count in counts.most_common()
    )
    return wording.listing(named, len(counts))


def _kind(topic: str | None, batch: Batch, record: Record) -> str:
    is_tombstone = record.value is None
    if topic not in _KEYLESS and not batch.is_control:
        record = record._replace(value=None)  # the key tells
    key, value = payloads.decode_record(topic, batch, record)
    found: Any = next((payload.value for payload in (key, value) if payload is not None), None)
    values = found if isinstance(found, dict) else {}
    name = values.get("type_name")
    if name is None:
        return f"type {values['type']}" if "type" in values else "unreadable"
    if batch.is_control:
        return _CONTROL.get(name, str(name).lower().replace("_", " "))
    name = str(name).removesuffix("Record")
    return f"{name} tombstone" if is_tombstone else name

"""Control records: what brokers write into the log for themselves and for consumers, in batches of their own.

Source: Kafka's ControlRecordType, EndTransactionMarker (KIP-98) and ControlRecordUtils (KIP-595, KIP-630, KIP-853).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structs import registry, wire
from structs.buffers import Problem
from structs.records import layout

if TYPE_CHECKING:
    from structs.records.record import Record


class ControlType(NamedTuple):
    """A kind of control record: Kafka's name of it, and the schema of its value."""

    name: str
    schema: str


END_TXN_MARKER: Final = "EndTxnMarker"  # not flexible, and its version is no field of Kafka's schema

TYPES: Final = {
    0: ControlType("ABORT", END_TXN_MARKER),
    1: ControlType("COMMIT", END_TXN_MARKER),
    2: ControlType("LEADER_CHANGE", "LeaderChangeMessage"),
    3: ControlType("SNAPSHOT_HEADER", "SnapshotHeaderRecord"),
    4: ControlType("SNAPSHOT_FOOTER", "SnapshotFooterRecord"),
    5: ControlType("KRAFT_VERSION", "KRaftVersionRecord"),
    6: ControlType("KRAFT_VOTERS", "VotersRecord"),
}


class ControlRecord(NamedTuple):
    """What a control record says; `type` is None where the key does not tell, `name` where Kafka has none for it.

    Problems count their offsets from the first byte of the key or of the value, which their `field` begins with.
    """

    version: int | None
    type: int | None
    name: str | None
    value: dict[str, Any] | None
    error: Problem | None = None
    warnings: tuple[Problem, ...] = ()


def read_control(record: Record) -> ControlRecord:
    """Return what a record of a control batch says. Never raises on bad bytes."""
    key = wire.decode(layout.CONTROL_KEY, record.key or b"")
    if key.error is not None:
        return ControlRecord(None, None, None, None, _within("key", key.error))
    version, number = key.value["version"], key.value["type"]
    if number not in TYPES:
        return ControlRecord(version, number, None, None)
    name, schema = TYPES[number]
    data = record.value or b""
    value = wire.decode(_grammar(schema, data), data)
    error = None if value.error is None else _within("value", value.error)
    warnings = [_within("value", warning) for warning in value.warnings]
    if error is None and value.stop < len(data):
        message = f"{len(data) - value.stop} bytes after the last field"
        warnings.append(Problem("trailing_bytes", message, value.stop, "value"))
    return ControlRecord(version, number, name, value.value, error, tuple(warnings))


def _grammar(schema: str, value: bytes) -> wire.Struct:
    """Return the layout of a value: the version stands in its first two bytes."""
    if schema == END_TXN_MARKER:
        return layout.END_TXN_MARKER
    data = registry.data(schema)
    version = int.from_bytes(value[:2], "big", signed=True)
    return data.at(version if version in data.versions else 0)


def _within(part: str, problem: Problem) -> Problem:
    return problem._replace(field=f"{part}.{problem.field}".rstrip("."))

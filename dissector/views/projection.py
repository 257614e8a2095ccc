"""Bodies as JSON-ready values: the wire's values, with what they mean beside them.

Derived values never replace the wire's: `error_name` beside `error_code`, `topic_name` beside `topic_id`. Secrets are
`{"withheld": byte count}` unless they are asked for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from structs import wire
from structs.buffers import Problem, format_path
from structs.errors import error_name
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.messages import Message
    from structs.records import Batch, Record


class Projector:
    """Makes JSON-ready values of one message's body; `problems` collects what its record batches turn out to have."""

    def __init__(self, message: Message, topic_names: Mapping[str, str], *, show_secrets: bool = False) -> None:
        self._message = message
        self._topic_names = topic_names
        self._show_secrets = show_secrets
        self._path: list[str | int] = []
        self.problems: list[Problem] = []

    def body(self) -> dict[str, Any] | None:
        """Return the body, None where nothing of it could be decoded."""
        body = self._message.body
        if body is None or self._message.grammar is None:
            return None
        return self._struct(self._message.grammar, body)

    def _value(self, node: wire.Node, value: Any) -> Any:
        if value is None:
            return None
        if node.meaning is not None and node.meaning.name == "secret" and not self._show_secrets:
            return {"withheld": len(value.encode() if isinstance(value, str) else value)}
        if isinstance(node, wire.NullableStruct):
            node = node.inner
        if isinstance(node, wire.Struct):
            return self._struct(node, value)
        if isinstance(node, wire.Array):
            return self._array(node.element, value)
        if isinstance(value, RecordSet):
            return self._records(value)
        return plain(value, text=isinstance(node, wire.String))

    def _struct(self, node: wire.Struct, values: Mapping[str, Any]) -> dict[str, Any]:
        projected: dict[str, Any] = {}
        path = self._path
        for member in node.each_member():
            name = member.name
            if name not in values:
                continue  # a partial body
            value = values[name]
            path.append(name)
            projected[name] = self._value(member.node, value)
            path.pop()
            meaning = member.node.meaning
            if meaning is not None:
                derived = self._derived(meaning.name, name, value)
                if derived is not None and derived[0] not in values:
                    projected[derived[0]] = derived[1]
        unknown = values.get(wire.UNKNOWN_TAGS)
        if unknown:
            projected[wire.UNKNOWN_TAGS] = {str(tag): raw.hex() for tag, raw in unknown.items()}
        return projected

    def _array(self, element: wire.Node, values: list[Any]) -> list[Any]:
        path = self._path
        path.append(0)
        projected = []
        for index, value in enumerate(values):
            path[-1] = index
            projected.append(self._value(element, value))
        path.pop()
        return projected

    def _derived(self, meaning: str, name: str, value: Any) -> tuple[str, Any] | None:
        if meaning == "error_code":
            return f"{name.removesuffix('_code')}_name", error_name(value)
        if meaning == "topic_id":
            return f"{name.removesuffix('_id')}_name", self._topic_names.get(value)
        return None

    def _records(self, records: RecordSet) -> list[dict[str, Any]]:
        found = [problem for problem in (records.error, records.truncated) if problem is not None]
        projected = []
        for batch in records:
            projected.append(project_batch(batch))
            found.extend(batch.warnings)
            if batch.error is not None:
                found.append(batch.error)
        if found:
            start = self._start_of(records)
            field = format_path(self._path)
            for kind, text, offset, place in found:
                self.problems.append(Problem(kind, text, start + offset, field + place.removeprefix("batches")))
        return projected

    def _start_of(self, records: RecordSet) -> int:
        """Return where a records field begins, in bytes from the message's first."""
        span = self._message.spans().get(tuple(self._path))
        return span.stop - records.size if span is not None else self._message.frame.captured - records.size


def project_batch(batch: Batch) -> dict[str, Any]:
    """Return a batch as JSON-ready values: its header's fields, the codec's name, its records."""
    return {
        **batch.header(),
        "compression": batch.compression,
        "timestamp_type": batch.timestamp_type,
        "records": [project_record(record) for record in batch.records],
    }


def project_record(record: Record) -> dict[str, Any]:
    """Return a record as JSON-ready values."""
    return {
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": _content(record.key),
        "value": _content(record.value),
        "headers": [{"key": plain(key, text=True), "value": _content(value)} for key, value in record.headers],
    }


def plain(value: Any, *, text: bool) -> Any:
    """Return a scalar as JSON carries it; bytes are `{"hex": ...}` where text was expected, else plain hex."""
    if isinstance(value, bytes):
        return {"hex": value.hex()} if text else value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _content(raw: bytes | None) -> Any:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"hex": raw.hex()}

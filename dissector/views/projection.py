"""Bodies as JSON-ready values: the wire's values, with what they mean beside them.

Derived values never replace the wire's: `error_name` beside `error_code`, `topic_name` beside `topic_id`,
`metadata_decoded` beside the bytes of `metadata`. Secrets are `{"withheld": byte count}` unless they are asked for, and
so are bytes that hold some.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector import payloads
from dissector.secrets import is_secret
from dissector.views.places import Place, in_batch
from structs import enumerations, wire
from structs.buffers import format_path
from structs.errors import error_name
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.buffers import Problem
    from structs.embedded import Payload
    from structs.records import Batch, Record

# What it takes to project a field: nothing, a look whether it is text, a walk over what is in it, or more.
_AS_IS, _TEXT, _STRUCT, _STRUCTS, _ERROR_CODE, _MORE = range(6)
# Meanings beside which nothing stands in JSON, since the value is the name.
_BARE: Final = frozenset({"broker_id", "group_id", "producer_id", "topic_name", "transactional_id"})


class _Field(NamedTuple):
    """A field of a struct: what it takes to project it, the struct in it, the name of what stands beside it."""

    name: str
    kind: int
    member: wire.Member
    inner: wire.Struct | None
    beside: str


class Projector:
    """Makes JSON-ready values of one message's body; `problems` collects what is wrong in batches and payloads.

    `written` is what becomes of each record batch, as soon as it is read: by default it stays as it is.
    """

    def __init__(
        self,
        message: Message,
        exchange: Exchange,
        *,
        show_secrets: bool = False,
        written: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        self._message = message
        self._exchange = exchange
        self._show_secrets = show_secrets
        self._written = written
        self._path: list[str | int] = []
        self._scopes: list[tuple[wire.Struct, Mapping[str, Any]]] = []
        self._depth = 0
        self._place = Place("", message.frame.captured, message.spans, lambda: 0)
        self.problems: list[Problem] = []

    def body(self) -> dict[str, Any] | None:
        """Return the body, None where nothing of it could be decoded."""
        body = self._message.body
        if self._message.is_token:
            return self._token(self._message.frame.data)
        if body is None or self._message.grammar is None:
            return None
        return self._struct(self._message.grammar, body)

    def _token(self, data: bytes) -> dict[str, Any]:
        """Return a bare SASL token like a message of which it is the only field."""
        token = {"token": data.hex() if self._show_secrets else {"withheld": len(data)}}
        payload = payloads.decode_token(data, self._exchange, self._message.side) if data else None
        if payload is None:
            return token
        place = Place("token_decoded", len(data), dict, lambda: 0)
        return {**token, "token_decoded": self._payload(payload, place)}

    def _value(self, node: wire.Node, value: Any) -> Any:
        """Return the value of a field, an element, or a payload, whatever it means."""
        if value is None:
            return None
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
        self._scopes.append((node, values))
        for name, kind, member, inner, beside in _fields(node):
            try:
                value = values[name]
            except KeyError:
                continue  # a partial body
            if kind == _AS_IS or value is None or (kind == _TEXT and type(value) is str):
                projected[name] = value
            elif kind == _ERROR_CODE:
                projected[name] = value
                projected[beside] = error_name(value)
            else:
                path.append(name)
                if inner is None:
                    self._field(member, value, values, projected)
                elif kind == _STRUCT:
                    projected[name] = self._struct(inner, value)
                else:
                    projected[name] = self._structs(inner, value)
                path.pop()
        self._scopes.pop()
        unknown = values.get(wire.UNKNOWN_TAGS)
        if unknown:
            projected[wire.UNKNOWN_TAGS] = {str(tag): raw.hex() for tag, raw in unknown.items()}
        return projected

    def _structs(self, element: wire.Struct, values: list[Any]) -> list[Any]:
        path = self._path
        path.append(0)
        projected = []
        for index, value in enumerate(values):
            path[-1] = index
            projected.append(self._struct(element, value))
        path.pop()
        return projected

    def _field(self, member: wire.Member, value: Any, values: Mapping[str, Any], projected: dict[str, Any]) -> None:
        """Put a field into its projected struct, and beside it what it means."""
        name, node = member.name, member.node
        hidden = not self._show_secrets and is_secret(member, values)
        projected[name] = _withheld(value) if hidden else self._value(node, value)
        meaning = node.element.meaning if isinstance(node, wire.Array) else node.meaning
        if meaning is None:
            return
        derived = self._derived(meaning, name, value)
        if derived is not None and derived[0] not in values:
            projected[derived[0]] = derived[1]
        if value and isinstance(value, bytes):
            self._embedded(node, name, value, projected)

    def _array(self, element: wire.Node, values: list[Any]) -> list[Any]:
        if _kind(element) == _AS_IS:
            return list(values)
        path = self._path
        path.append(0)
        projected = []
        for index, value in enumerate(values):
            path[-1] = index
            projected.append(self._value(element, value))
        path.pop()
        return projected

    def _derived(self, meaning: wire.Meaning, name: str, value: Any) -> tuple[str, Any] | None:
        """Return the name and the value of what a field means beyond itself."""
        if meaning.name == "enumeration":
            if isinstance(value, list):
                return f"{name}_names", [enumerations.name_of(meaning.detail, item) for item in value]
            known = enumerations.name_of(meaning.detail, value)
            return None if known is None and meaning.detail in enumerations.SENTINELS else (f"{name}_name", known)
        if isinstance(value, list):
            return None
        if meaning.name == "topic_id":
            return f"{name.removesuffix('_id')}_name", self._exchange.topic_names.get(value)
        if meaning.name == "authorized_operations":
            return f"{name}_names", enumerations.operation_names(value)
        return None

    def _embedded(self, node: wire.Node, name: str, data: bytes, projected: dict[str, Any]) -> None:
        """Put the payload of a field beside it, if anything tells what it is."""
        label = payloads.label_of(node)
        if label is None:
            return
        scopes, depth, side = list(self._scopes), self._depth, self._message.side

        def decode(*, spans: bool = False) -> Payload | None:
            return payloads.decode(label, data, scopes, self._exchange, side, depth=depth, spans=spans)

        payload = decode()
        if payload is None:
            return
        if payloads.hides(label, payload) and not self._show_secrets:
            projected[name] = _withheld(data)
        place = self._place.inside(
            tuple(self._path), f"{format_path(self._path)}_decoded", len(data), lambda: _spans(decode(spans=True))
        )
        projected[f"{name}_decoded"] = self._payload(payload, place)

    def _payload(self, payload: Payload, place: Place) -> Any:
        """Return a payload as JSON-ready values, None if it could not be decoded; report what is wrong with it."""
        self.problems += [place.problem(warning) for warning in payload.warnings]
        if payload.error is not None:
            self.problems.append(place.problem(payload.error))
            return None
        if payload.grammar is None:
            return payload.value
        outer = self._place, self._path
        self._place, self._path = place, []
        self._depth += 1
        projected = self._value(payload.grammar, payload.value)
        self._depth -= 1
        self._place, self._path = outer
        return projected

    def _records(self, records: RecordSet) -> list[Any]:
        place, path = self._place, tuple(self._path)
        topic = payloads.topic_of(self._scopes, self._exchange.topic_names)
        found = [problem for problem in (records.error, records.truncated) if problem is not None]
        projected = []
        for batch in records:
            if payloads.has_payloads(topic, batch):
                start = _start_of(batch, lambda: place.content_of(path, records.size))
                values = self._batch(batch, topic, f"{format_path(path)}[{batch.index}]", start)
            else:
                values = project_batch(batch)
            projected.append(values if self._written is None else self._written(values))
            found += batch.warnings
            if batch.error is not None:
                found.append(batch.error)
        if found:
            within = place.inside(path, format_path(path), records.size, dict)
            for problem in found:
                self.problems.append(within.problem(problem._replace(field=problem.field.removeprefix("batches"))))
        return projected

    def _batch(self, batch: Batch, topic: str | None, field: str, start: Callable[[], int]) -> dict[str, Any]:
        """Return a batch whose records hold payloads: control records, or those of an internal topic."""
        projected = project_batch(batch)
        scopes, self._scopes = self._scopes, []  # nothing around a record says anything about what is in it
        for index, (record, values) in enumerate(zip(batch.records, projected["records"], strict=True)):
            key, value = payloads.decode_record(topic, batch, record)
            for name, payload, raw in (("key", key, record.key), ("value", value, record.value)):
                if payload is None or raw is None:
                    continue
                if payloads.hides(None, payload) and not self._show_secrets:
                    values[name] = _withheld(raw)
                name = f"{name}_decoded"
                path = self._place.field(f"{field}.records[{index}].{name}")
                values[name] = self._payload(payload, in_batch(path, len(raw), start))
        self._scopes = scopes
        return projected


def _kind(node: wire.Node) -> int:
    """Say what it takes to project a value of this type, whatever its meaning."""
    if isinstance(node, wire.String):
        return _TEXT
    is_float = isinstance(node, wire.Number) and node.code == "d"
    if isinstance(node, wire.Number | wire.Boolean | wire.Uuid) and not is_float:
        return _AS_IS
    if isinstance(node, wire.Struct | wire.NullableStruct):
        return _STRUCT
    if isinstance(node, wire.Array) and isinstance(node.element, wire.Struct):
        return _STRUCTS
    return _MORE


@cache
def _fields(node: wire.Struct) -> list[_Field]:
    """Return the fields of a struct, and what it takes to project each."""
    names = {member.name for member in node.each_member()}
    fields = []
    for name, member in ((member.name, member) for member in node.each_member()):
        kind = _kind(member.node) if _is_bare(member.node.meaning) else _MORE
        beside = ""
        if member.node.meaning is not None and member.node.meaning.name == "error_code":
            beside = f"{name.removesuffix('_code')}_name"
            kind = _AS_IS if beside in names else _ERROR_CODE
        inner = wire.struct_in(member.node) if kind in (_STRUCT, _STRUCTS) else None
        fields.append(_Field(name, kind, member, inner, beside))
    return fields


def _is_bare(meaning: wire.Meaning | None) -> bool:
    """Say whether nothing has to stand beside a field with this meaning, or instead of it."""
    return meaning is None or meaning.name in _BARE


def _start_of(batch: Batch, records_start: Callable[[], int]) -> Callable[[], int]:
    return lambda: records_start() + batch.position


def _spans(payload: Payload | None) -> Mapping[Any, Any]:
    return (payload.spans if payload is not None else None) or {}


def _withheld(value: str | bytes) -> dict[str, int]:
    return {"withheld": len(value.encode() if isinstance(value, str) else value)}


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
        "key": content(record.key),
        "value": content(record.value),
        "headers": [{"key": plain(key, text=True), "value": content(value)} for key, value in record.headers],
    }


def plain(value: Any, *, text: bool) -> Any:
    """Return a scalar as JSON carries it; bytes are `{"hex": ...}` where text was expected, else plain hex."""
    if isinstance(value, bytes):
        return {"hex": value.hex()} if text else value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def content(raw: bytes | None) -> Any:
    """Return what a record carries as JSON has it: text where it is UTF-8."""
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"hex": raw.hex()}

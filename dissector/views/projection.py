"""Bodies as JSON-ready values: the wire's values, with what they mean beside them.

Derived values never replace the wire's: `error_name` beside `error_code`, `topic_name` beside `topic_id`,
`metadata_decoded` beside the bytes of `metadata`. Secrets are `{"withheld": byte count}` unless they are asked for, and
so are bytes that hold some.

Most bodies have no fault and hold no payloads: `straight` writes the same of their bytes, and leaves the rest to this.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import orjson

from dissector import payloads
from dissector.secrets import is_secret
from dissector.views import straight
from dissector.views.besides import Beside, besides
from dissector.views.places import Place, in_batch
from dissector.views.record_values import project_batch, written_batch
from dissector.views.scalars import plain
from structs import embedded, wire
from structs.buffers import format_path
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.buffers import Problem
    from structs.embedded import Payload
    from structs.records import Batch

# What it takes to project a field: nothing, a look whether it is text, a walk over what is in it, or more.
_AS_IS, _TEXT, _STRUCT, _STRUCTS, _MORE = range(5)
NodeT = TypeVar("NodeT", bound=wire.Node)


class _Field(NamedTuple):
    """A field of a struct: what it takes to project it, the struct in it, the name of what stands beside it."""

    name: str
    kind: int
    member: wire.Member
    inner: wire.Struct | None
    beside: Beside | None


class Projector:
    """Makes JSON-ready values of the bodies of messages, one after the other.

    With `fragments`, record batches may be such that only orjson can write: a message of a million records need not be
    held as Python's objects.
    """

    def __init__(self, *, show_secrets: bool, fragments: bool) -> None:
        self._show_secrets = show_secrets
        self._project_batch = written_batch if fragments else project_batch
        self._fragments = fragments

    def project(self, message: Message, exchange: Exchange) -> tuple[Any, list[Problem]]:
        """Return a message's body, None where there is none, and what is wrong in the batches and payloads in it."""
        self._message = message
        self._exchange = exchange
        self._path: list[str | int] = []
        self._scopes: list[tuple[wire.Struct, Mapping[str, Any]]] = []
        self._depth = 0
        self._payload_place: Place | None = None  # of the payload at hand
        self._problems: list[Problem] = []
        if message.is_token:
            return self._token(message.frame.data), self._problems
        values, grammar = message.body, message.grammar
        made = None if values is None or grammar is None else self._struct(grammar, values)
        return made, self._problems

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
            return self._records(value, payloads.topic_of(self._scopes, self._exchange.topic_names))
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
            else:
                path.append(name)
                if inner is None:
                    self._field(member, value, values, projected)
                elif kind == _STRUCT:
                    projected[name] = self._struct(inner, value)
                else:
                    projected[name] = self._each(self._struct, inner, value)
                path.pop()
            if beside is not None and value is not None:
                derived = self._exchange.topic_names.get(value) if beside.of is None else beside.of(value)
                if derived is not None or not beside.is_optional:
                    projected[beside.name] = derived
        self._scopes.pop()
        unknown = values.get(wire.UNKNOWN_TAGS)
        if unknown:
            projected[wire.UNKNOWN_TAGS] = {str(tag): raw.hex() for tag, raw in unknown.items()}
        return projected

    def _each(self, make: Callable[[NodeT, Any], Any], element: NodeT, values: list[Any]) -> list[Any]:
        """Return what is made of each value of an array."""
        path = self._path
        path.append(0)
        projected = []
        for index, value in enumerate(values):
            path[-1] = index
            projected.append(make(element, value))
        path.pop()
        return projected

    def _field(self, member: wire.Member, value: Any, values: Mapping[str, Any], projected: dict[str, Any]) -> None:
        """Put a field into its projected struct, and beside it the payload that it holds."""
        name, node = member.name, member.node
        hidden = not self._show_secrets and is_secret(member, values)
        projected[name] = _withheld(value) if hidden else self._value(node, value)
        if value and isinstance(value, bytes):
            self._embedded(node, name, value, projected)

    def _array(self, element: wire.Node, values: list[Any]) -> list[Any]:
        return list(values) if _kind(element) == _AS_IS else self._each(self._value, element, values)

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
        self._problems += [place.problem(warning) for warning in payload.warnings]
        if payload.error is not None:
            self._problems.append(place.problem(payload.error))
            return None
        if payload.grammar is None:
            return payload.value
        outer = self._payload_place, self._path
        self._payload_place, self._path = place, []
        self._depth += 1
        projected = self._value(payload.grammar, payload.value)
        self._depth -= 1
        self._payload_place, self._path = outer
        return projected

    def _records(self, records: RecordSet, topic: str | None) -> list[Any]:
        """Return a `records` field of the body; `topic` is whose records these are, None where that is not known."""
        project = self._project_batch
        is_internal = topic is not None and embedded.is_internal(topic)
        projected: list[Any] = []
        found: list[Problem | None] = []
        if records.error is not None or records.truncated is not None:
            found += (records.error, records.truncated)
        for batch in records:
            made, error, warnings, _, _ = batch.contents
            if is_internal or (batch.attributes and batch.is_control):
                projected.append(self._batch(records, batch, topic))
            else:
                projected.append(project(batch, made))
            if warnings or error is not None:
                found += (*warnings, error)
        if found:
            self._report(records, found)
        return projected

    def _report(self, records: RecordSet, found: Iterable[Problem | None]) -> None:
        """Take note of what is wrong with batches; None stands for nothing."""
        path = tuple(self._path)
        within = self._place.inside(path, format_path(path), records.size, dict)
        for problem in found:
            if problem is not None:
                self._problems.append(within.problem(problem._replace(field=problem.field.removeprefix("batches"))))

    def _batch(self, records: RecordSet, batch: Batch, topic: str | None) -> Any:
        """Return a batch whose records hold payloads: control records, or those of an internal topic."""
        projected = project_batch(batch, batch.records)
        path, place = tuple(self._path), self._place
        field = f"{format_path(path)}[{batch.index}]"

        def start() -> int:
            return place.content_of(path, records.size) + batch.position

        scopes, self._scopes = self._scopes, []  # nothing around a record says anything about what is in it
        for index, (record, values) in enumerate(zip(batch.records, projected["records"], strict=True)):
            key, value = payloads.decode_record(topic, batch, record)
            for name, payload, raw in (("key", key, record.key), ("value", value, record.value)):
                if payload is None or raw is None:
                    continue
                if payloads.hides(None, payload) and not self._show_secrets:
                    values[name] = _withheld(raw)
                name = f"{name}_decoded"
                inside = place.field(f"{field}.records[{index}].{name}")
                values[name] = self._payload(payload, in_batch(inside, len(raw), start))
        self._scopes = scopes
        return orjson.Fragment(orjson.dumps(projected)) if self._fragments else projected

    @property
    def _place(self) -> Place:
        """Where the values at hand stand; asked for only where there are payloads, or problems."""
        message = self._message
        return self._payload_place or Place("", message.frame.captured, message.spans, lambda: 0)


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
    found = besides(node)
    fields = []
    for member in node.each_member():
        meaning = member.node.meaning
        kind = _kind(member.node) if meaning is None or meaning.name not in straight.LOADED else _MORE
        inner = wire.struct_in(member.node) if kind in (_STRUCT, _STRUCTS) else None
        fields.append(_Field(member.name, kind, member, inner, found.get(member.name)))
    return fields


def _spans(payload: Payload | None) -> Mapping[Any, Any]:
    return (payload.spans if payload is not None else None) or {}


def _withheld(value: str | bytes) -> dict[str, int]:
    return {"withheld": len(value.encode() if isinstance(value, str) else value)}

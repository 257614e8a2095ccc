"""The seam between messages and the payloads inside them: what is known around a payload picks its grammar.

A payload seldom says what it is. The fields around it do, or the request that a response answers, or what the
capture taught before and the exchange keeps (the group's protocol, topic names, the SASL mechanism).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dissector.secrets import holds_secrets
from structs import embedded, wire
from structs.records import compression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dissector.exchanges import Exchange
    from structs.embedded import Payload
    from structs.grammar import Side
    from structs.records import Batch, Record

    Scopes = Sequence[tuple[wire.Struct, Mapping[str, Any]]]

# The fields that name a group's protocol, as messages and records call them.
_PROTOCOL_FIELDS: Final = ("protocol_name", "protocol_data", "protocol", "name")
_MESSAGES: Final = frozenset({"request", "response"})
_SECRETS: Final = frozenset({"config_value", "secret"})
_TOKEN: Final = "sasl token"  # noqa: S105 (a label)
_SNAPSHOT: Final = "snapshot slice"
_HIDING: Final = _SECRETS | _MESSAGES | {_SNAPSHOT, "records"}


def label_of(node: wire.Node) -> str | None:
    """Return the label of the payload that a field holds, None if it holds none."""
    meaning = node.meaning
    return meaning.detail or None if meaning is not None and meaning.name in ("embedded", "secret") else None


def decode(
    label: str, data: bytes, scopes: Scopes, exchange: Exchange, side: Side, *, depth: int = 0, spans: bool = False
) -> Payload | None:
    """Decode the payload of a field; None if nothing tells what it is.

    `scopes` are the structs around the field with their grammars, the outermost first; `depth` counts the payloads
    among them.
    """
    context = _context(label, scopes, exchange, side)._replace(depth=depth)
    return embedded.decode(label, data, context, spans=spans)


def decode_token(data: bytes, exchange: Exchange, side: Side) -> Payload | None:
    """Decode a bare SASL token; None if nothing tells its mechanism."""
    return decode(_TOKEN, data, (), exchange, side)


def decode_record(
    topic: str | None, batch: Batch, record: Record, *, spans: bool = False
) -> tuple[Payload | None, Payload | None]:
    """Decode the key and the value of a record: control records, and those of internal topics."""
    if batch.is_control:
        return embedded.control_record(record.key, record.value, spans=spans)
    if topic is None:
        return None, None
    return embedded.record(topic, record.key, record.value, spans=spans)


def has_payloads(topic: str | None, batch: Batch) -> bool:
    """Say whether there is anything to decode in the records of a batch."""
    return batch.is_control or (topic is not None and embedded.is_internal(topic))


def topic_of(scopes: Scopes, topic_names: Mapping[str, str]) -> str | None:
    """Return the name of the topic whose records stand in the innermost struct, None where it is not known."""
    for grammar, values in reversed(scopes):
        for member in grammar.members:
            meaning = member.node.meaning.name if member.node.meaning is not None else ""
            value = values.get(member.name)
            name = topic_names.get(value) if meaning == "topic_id" and isinstance(value, str) else value
            if meaning in ("topic_name", "topic_id") and isinstance(name, str):
                return name
    return None


def hides(label: str | None, payload: Payload) -> bool:
    """Say whether the raw bytes of a payload hold secrets, so that they cannot be shown beside it.

    Where it could not be read whole, that it may hold some is enough; so it is where there is a request inside, or a
    part of a snapshot, which has the credentials of the cluster.
    """
    if label == _SNAPSHOT:
        return True
    if payload.grammar is None:
        return payload.error is not None and label in _MESSAGES
    if payload.error is not None:
        return _has(payload.grammar, _SECRETS | _MESSAGES)
    return holds_secrets(payload.grammar, payload.value) or _has(payload.grammar, _MESSAGES)


def may_hide(node: wire.Node) -> bool:
    """Say whether there may be a secret in a value that was not looked into; records may be those of the cluster."""
    return _has(node, _HIDING)


@cache
def _has(node: wire.Node, wanted: frozenset[str]) -> bool:
    """Say whether a value may hold one with such a meaning, or a payload with such a label."""
    is_wanted = node.meaning is not None and not wanted.isdisjoint(node.meaning)
    return is_wanted or any(_has(part, wanted) for part in node.parts)


def _context(label: str, scopes: Scopes, exchange: Exchange, side: Side) -> embedded.Context:
    context = embedded.Context(side=side)
    if label.startswith("group ") or label.endswith(" user data"):
        group = exchange.group
        kind = _nearest(scopes, "protocol_type") or (group.type if group is not None else None)
        name = _nearest(scopes, *_PROTOCOL_FIELDS) or (group.name if group is not None else None)
        return context._replace(protocol_type=kind, protocol=name)
    if label == "response":
        return context._replace(api=_enveloped(exchange))
    if label == "telemetry metrics":
        return context._replace(codec=compression.name(_nearest(scopes, "compression_type") or 0))
    if label == _SNAPSHOT:
        return context._replace(position=_nearest(scopes, "position") or 0)
    if label == _TOKEN:
        return context._replace(mechanism=exchange.mechanism)
    return context


def _nearest(scopes: Scopes, *fields: str) -> Any:
    """Return the first of these fields that the innermost struct has, or else the one around it."""
    for _, values in reversed(scopes):
        for field in fields:
            if values.get(field):
                return values[field]
    return None


def _enveloped(exchange: Exchange) -> tuple[int, int] | None:
    """Return the API key and version of the request inside an Envelope."""
    body = exchange.request.body if exchange.request is not None else None
    data = (body or {}).get("request_data") or b""
    return (
        (int.from_bytes(data[:2], "big", signed=True), int.from_bytes(data[2:4], "big", signed=True)) if data else None
    )

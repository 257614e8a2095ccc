"""What a message is about, in a few facts.

The grammar says most of it: topics with their partitions, groups, error codes and counts are found by their meaning,
so every API has something to show. `dissector.views.highlights` says what matters most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.shapes import shape_of
from dissector.views import highlights, partitions, style, verdicts, wording
from dissector.views.contents import Contents
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of
from dissector.views.style import Piece, Pieces
from structs import enumerations, registry, wire
from structs.errors import error_name
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.grammar import Side

MAX_FACTS: Final = 8
_FETCHES: Final = frozenset({1, 78})
_FIND_COORDINATOR: Final = 10
_JOIN_GROUP: Final = 11
_GET_TELEMETRY: Final = 71


def facts(message: Message, exchange: Exchange, asked: Sequence[Pieces] = ()) -> list[Pieces]:
    """Return what a message is about, the errors that it reports first; never an empty list.

    `asked` are the facts of the request that it answers: what only repeats them is left out.
    """
    if message.is_token:
        return [Contents(exchange, message.side).token(message.frame.data)]
    body = message.body
    if body is None or message.grammar is None:
        return [[Piece(wording.size(message.size))]]
    summary = _Summary(message.api_key, message.api_version, message.side, exchange)
    said = {style.paint(pieces, color=False).partition("/")[0] for pieces in asked}  # "session=12/3" is answered by 12
    found = [
        pieces
        for pieces in summary.facts(message.grammar, body)
        if (text := style.paint(pieces, color=False)) and text not in said
    ]
    if len(found) > MAX_FACTS:
        found[MAX_FACTS:] = [[Piece(f"+{len(found) - MAX_FACTS} more fields", "dim")]]
    if found:
        return found
    return [_nothing_said(message.grammar, message)]


def _nothing_said(grammar: wire.Struct, message: Message) -> Pieces:
    """Return words for a message in which everything is as usual."""
    if message.error is not None:
        return [Piece(wording.size(message.size))]
    if message.side == "response":
        return [Piece("nothing new" if message.api_key in _FETCHES else "ok", "dim")]
    return [Piece("defaults" if grammar.each_member() else "no fields", "dim")]


class _Summary:
    """The facts of one message, or of one inside another, at this depth."""

    def __init__(
        self, api_key: int | None, api_version: int | None, side: Side, exchange: Exchange, depth: int = 0
    ) -> None:
        self._api_key = api_key
        self._api_version = api_version
        self._is_response = side == "response"
        self._side: Side = side
        self._exchange = exchange
        self._names = exchange.topic_names
        self._contents = Contents(exchange, side, depth)

    def facts(self, grammar: wire.Struct, body: Mapping[str, Any]) -> Iterator[Pieces]:
        """Yield the facts of a body."""
        yield from self._problems(grammar, body)
        members = {member.name: member for member in grammar.each_member()}
        chosen = highlights.CHOSEN.get(self._api_key if self._api_key is not None else -1)
        if chosen is None:
            wanted = [name for name in members if name not in highlights.UNREMARKABLE]
        else:
            wanted = [name for name in chosen[self._is_response].split() if name in members]
        if "host" in wanted and "port" in wanted:
            yield [Piece(_endpoint(body))]
            wanted = [name for name in wanted if name not in ("host", "port", "node_id")]
        for name in wanted:
            if name in body:
                yield from self._told(name, grammar, body) or self._field(members[name], body[name])

    def _told(self, name: str, grammar: wire.Struct, body: Mapping[str, Any]) -> list[Pieces]:
        """Return what there is to say of a field beyond its value; an empty list if that says it all."""
        if name in highlights.MESSAGES and body[name]:
            return self._message(name, grammar, body)
        inside = self._contents.facts(self._api_key, name, (grammar, body)) if body[name] is not None else None
        if inside is not None:
            return inside or [[]]
        special = self._special(name, body)
        return [] if special is None else [[Piece(special)]]

    def _message(self, name: str, grammar: wire.Struct, body: Mapping[str, Any]) -> list[Pieces]:
        """Return the API of the message inside an Envelope, and what it is about."""
        payload = self._contents.decode(name, (grammar, body))
        if payload is None or payload.error is not None or not isinstance(payload.grammar, wire.Struct):
            kind = f" ({payload.error.kind})" if payload is not None and payload.error is not None else ""
            return [[Piece(f"{name}={wording.size(len(body[name]))}"), Piece(kind, "warning")]]
        key, version = self._contents.enveloped()
        nodes = {member.name: member.node for member in payload.grammar.members}
        api, inner = registry.api(key), nodes["body"]
        summary = _Summary(key, version, self._side, self._exchange, self._contents.depth + 1)
        told = list(summary.facts(inner, payload.value["body"])) if isinstance(inner, wire.Struct) else []
        return [[Piece(f"{api.name if api is not None else key} v{version}", "strong")], *told]

    def _special(self, name: str, body: Mapping[str, Any]) -> str | None:
        """Return words for a field that only makes sense beside others, None for one that speaks for itself."""
        if name == "session_id":
            return _session(body["session_id"], body.get("session_epoch"))
        if self._api_key == _FIND_COORDINATOR and name in ("key_type", "key", "coordinator_keys"):
            number = body.get("key_type", 0)
            kind = enumerations.name_of("coordinator_key_type", number) or number
            keys = [body[name]] if name == "key" else body[name] or [] if name == "coordinator_keys" else []
            named = (wording.elide(printable(key)) for key in keys)
            return f"{kind}={wording.listing(named, len(keys))}" if keys else ""
        if self._api_key == _JOIN_GROUP and name == "leader" and body["leader"] == body.get("member_id") != "":
            return "leader=self"
        if self._api_key == _GET_TELEMETRY and name == "requested_metrics":
            return {(): "no metrics", ("",): "all metrics"}.get(tuple(body[name] or ()))
        return None

    def _problems(self, grammar: wire.Struct, body: Mapping[str, Any]) -> Iterator[Pieces]:
        for member in grammar.each_member():
            if _meaning(member.node) == "error_code" and body.get(member.name):
                yield [Piece(error_name(body[member.name]), "error"), *verdicts.reason(body)]
        throttled = body.get("throttle_time_ms")
        if throttled:
            yield [Piece(f"throttled {throttled} ms", "warning")]

    def _field(self, member: wire.Member, value: Any) -> Iterator[Pieces]:
        node, name = member.node, member.name
        meaning = _meaning(node)
        if value is None:
            yield [Piece("" if self._is_response else highlights.if_null(self._api_key, name))]
        elif meaning == "error_code":
            return
        elif meaning in ("secret", "embedded") or (isinstance(value, bytes) and not isinstance(node, wire.String)):
            if value:
                yield [Piece(f"{_label(name)}={wording.size(len(value))}")]
        elif isinstance(value, RecordSet):
            count = wording.plural(*partitions.count_records(value))
            yield [Piece(f"{count} {wording.size(value.size)}")]
        elif isinstance(node, wire.Array):
            yield self._array(name, node.element, value)
        elif isinstance(node, wire.Struct | wire.NullableStruct):
            yield from self._struct(node, value, member.default)
        elif isinstance(value, bool):
            yield [
                Piece(
                    highlights.BOOLEAN_WORDS[name][value]
                    if name in highlights.BOOLEAN_WORDS
                    else _label(name)
                    if value
                    else ""
                )
            ]
        elif _is_telling(name, value, member.default):
            text = self._scalar(name, value, node)
            if text != "-1":  # Kafka's "none", where it stands for nothing else
                yield [Piece(f"{_label(name)}={text}")]

    def _scalar(self, name: str, value: Any, node: wire.Node) -> str:
        if isinstance(value, str | bytes):
            if _meaning(node) == "topic_id":
                value = self._names.get(value, value) if isinstance(value, str) else value
            text = wording.elide(printable(value), highlights.LONG.get(name, wording.LONGEST))
            return f'"{text}"' if " " in text else text
        return meaning_of(name, value, node) or str(value)

    def _struct(
        self, node: wire.Struct | wire.NullableStruct, value: Mapping[str, Any], default: Any
    ) -> Iterator[Pieces]:
        inner = node.inner if isinstance(node, wire.NullableStruct) else node
        if value == default:
            return
        if "host" in value and "port" in value:
            yield [Piece(_endpoint(value))]
            return
        if shape_of(inner) is not None:
            yield partitions.describe(partitions.items(self._api_key, inner, [value], self._names))
            return
        for member in inner.each_member():
            if member.name in value:
                yield from self._field(member, value[member.name])

    def _array(self, name: str, element: wire.Node, values: list[Any]) -> Pieces:
        label = highlights.LABELS.get(name, name)
        if not values:
            return [Piece("" if self._is_response else highlights.if_empty(self._api_key, self._api_version, name))]
        if not isinstance(element, wire.Struct):
            texts = (self._scalar(name, value, element) for value in values)
            return [Piece(f"{_label(name)}={wording.listing(texts, len(values))}")]
        if shape_of(element) is not None:
            found = list(partitions.items(self._api_key, element, values, self._names))
            if self._is_response and partitions.is_verdict(element) and not any(item.errors for item in found):
                return []
            described = partitions.describe(found)
            return [Piece("forgets "), *described] if name == "forgotten_topics_data" else described
        if (
            self._is_response
            and partitions.is_verdict(element)
            and not any(verdicts.has_error(element, v) for v in values)
        ):
            return []
        if (self._api_key, name) in highlights.COUNTED or not self._identity(element, values[0]):
            counted = wording.plural(len(values), wording.singular(label).replace("_", " "))
            return [Piece(counted), *verdicts.error_counts(element, values)]
        order = sorted(values, key=lambda value: not verdicts.first_error(element, value))
        pieces: Pieces = [Piece(f"{label}=" if label else "")]
        for number, value in enumerate(order[: wording.LISTED]):
            pieces += [Piece(", ")] if number else []
            pieces += self._element(element, value)
        if len(order) > wording.LISTED:
            pieces.append(Piece(f" +{len(order) - wording.LISTED} more"))
            pieces += verdicts.error_counts(element, order[wording.LISTED :])
        return pieces

    def _element(self, element: wire.Struct, value: Mapping[str, Any]) -> Pieces:
        """Return an element of a list by its name, its errors, and the partitions that it names."""
        pieces: Pieces = [Piece(self._identity(element, value))]
        error = verdicts.first_error(element, value)
        if error:
            pieces += [Piece(f" {error}", "error"), *verdicts.reason(value)]
        pieces += [Piece(f" {words[value[name]]}") for name, words in highlights.BOOLEAN_WORDS.items() if name in value]
        pieces += [Piece(f" {printable(value[name])}") for name in highlights.STATES if value.get(name)]
        if value.get("reason"):
            pieces.append(Piece(f' "{wording.elide(printable(value["reason"]), highlights.LONG["reason"])}"'))
        for member in element.each_member():
            inner = value.get(member.name)
            if not isinstance(member.node, wire.Array) or not inner:
                if isinstance(member.node, wire.Array) and member.name in value and not self._is_response:
                    found = list(self._field(member, inner))
                    pieces += [Piece(" "), *found[0]] if found and found[0] and found[0][0].text else []
                continue
            node = member.node.element
            if member.name == "partitions" and not isinstance(node, wire.Struct):
                pieces.append(Piece(f"[{wording.ranges(inner)}]"))
            elif isinstance(node, wire.Struct) and shape_of(node) is not None:
                described = partitions.describe(partitions.items(self._api_key, node, inner, self._names))
                pieces += [Piece(" "), *described]
            elif isinstance(node, wire.Struct):
                noun = wording.singular(member.name).replace("_", " ")
                pieces += [Piece(f" ({wording.plural(len(inner), noun)})")]
        return pieces

    def _identity(self, element: wire.Struct, value: Mapping[str, Any]) -> str:
        """Return what names an element, an empty string if nothing does."""
        if "host" in value and "port" in value and "client_id" not in value:
            return _endpoint(value) or printable(value.get("key") or "") or "?"
        members = {member.name: member.node for member in element.each_member()}
        name = next((name for name in highlights.IDENTITIES if value.get(name) is not None), "")
        if not name:
            return ""
        text = self._scalar(name, value[name], members[name])
        if name == "resource_name" and "resource_type" in members:  # not in the first version of ListConfigResources
            kind = self._scalar("resource_type", value.get("resource_type", 0), members["resource_type"])
            return f"{kind} {text}"
        level = value.get("max_version_level")
        return text if level is None else f"{text}:{level}"


def _is_telling(name: str, value: Any, default: Any) -> bool:
    if value in ("", b"", wire.ZERO_UUID):
        return False
    return value != default or (value == 0 and name in highlights.ZERO_TELLS)


def _session(session: int, epoch: int | None) -> str:
    """Return a fetch session (KIP-227); the response has no epoch."""
    if session == 0:
        return "session=new" if epoch == 0 else ""
    return f"session={session}" + ("" if epoch is None else " close" if epoch == -1 else f"/{epoch}")


def _endpoint(value: Mapping[str, Any]) -> str:
    """Return the address that a struct holds, with the node's id; empty where there is none."""
    host, port = value.get("host"), value.get("port")
    if not host:
        return ""
    text = f"{wording.elide(printable(host), 60)}:{port}"
    node = value.get("node_id", value.get("broker_id", -1))
    if node >= 0:
        text = f"{node}@{text}"
    key = value.get("key")
    return f"{wording.elide(printable(key))} at {text}" if key else text


def _meaning(node: wire.Node) -> str:
    return getattr(node.meaning, "name", "")


def _label(name: str) -> str:
    name = name.removeprefix("v3_and_below_")
    return highlights.LABELS.get(name, name)

"""What a message is about, in a few facts.

The grammar says most of it: topics with their partitions, groups, error codes and counts are found by their meaning,
so every API has something to show. `dissector.views.highlights` says what matters most.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.shapes import shape_of
from dissector.views import highlights, partitions, style, verdicts, wording
from dissector.views.contents import Contents, has_reading
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of
from dissector.views.style import Piece, Pieces
from structs import enumerations, registry, wire
from structs.errors import error_name
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.grammar import Side

MAX_FACTS: Final = 8
_FETCHES: Final = frozenset({1, 78})
_FIND_COORDINATOR: Final = 10
_JOIN_GROUP: Final = 11
_GET_TELEMETRY: Final = 71
_EMPTY: Final = ("", b"", wire.ZERO_UUID)

# API key -> the fields that only make sense beside others.
_SPECIAL: Final[Mapping[int, frozenset[str]]] = {
    _FIND_COORDINATOR: frozenset({"key_type", "key", "coordinator_keys"}),
    _JOIN_GROUP: frozenset({"leader"}),
    _GET_TELEMETRY: frozenset({"requested_metrics"}),
}


def facts(message: Message, exchange: Exchange, asked: Sequence[Pieces] = ()) -> list[Pieces]:
    """Return what a message is about, the errors that it reports first; never an empty list.

    `asked` are the facts of the request that it answers: what only repeats them is left out.
    """
    if message.is_token:
        return [Contents(exchange, message.side).token(message.frame.data)]
    body = message.body
    layout = message.head.layout
    if body is None or layout.grammar is None:
        return [[Piece(wording.size(message.size))]]
    summary = _Summary(layout.api_key, layout.api_version, layout.side, exchange)
    said = {style.plain(pieces).partition("/")[0] for pieces in asked}  # "session=12/3" is answered by 12
    found = [
        pieces for pieces in summary.facts(layout.grammar, body) if (text := style.plain(pieces)) and text not in said
    ]
    if len(found) > MAX_FACTS:
        found[MAX_FACTS:] = [[Piece(f"+{len(found) - MAX_FACTS} more fields", "dim")]]
    return found or [_nothing_said(layout.grammar, message)]


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

    def facts(self, grammar: wire.Struct, body: Mapping[str, Any]) -> list[Pieces]:
        """Return the facts of a body; some may be empty."""
        plan = _plan(grammar, self._api_key, self._side)
        found = self._problems(plan, body)
        if plan.has_endpoint:
            found.append([Piece(_endpoint(body))])
        for field, is_told in plan.fields:
            name = field.name
            if name in body:
                told = self._told(name, grammar, body) if is_told else None
                found += told or field.tell(self, field, body[name])
        return found

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
        told = summary.facts(inner, payload.value["body"]) if isinstance(inner, wire.Struct) else []
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

    def _problems(self, plan: _Plan, body: Mapping[str, Any]) -> list[Pieces]:
        found: list[Pieces] = [
            [Piece(error_name(body[name]), "error"), *verdicts.reason(body)] for name in plan.errors if body.get(name)
        ]
        throttled = body.get("throttle_time_ms")
        if throttled:
            found.append([Piece(f"throttled {throttled} ms", "warning")])
        return found

    def _nothing(self, _field: _Field, _value: Any) -> list[Pieces]:
        """Say nothing of an error code: those are said before all else."""
        return []

    def _sized(self, field: _Field, value: Any) -> list[Pieces]:
        """Say how large a field is of which the content is not shown here, or how many records it has."""
        if value is None:
            return self._null(field)
        if isinstance(value, RecordSet):
            count = wording.plural(*partitions.count_records(value))
            return [[Piece(f"{count} {wording.size(value.size)}")]]
        return [[Piece(f"{field.label}={wording.size(len(value))}")]] if value else []

    def _value(self, field: _Field, value: Any) -> list[Pieces]:
        """Say what a field holds, where that is not what it holds by default."""
        if value is None:
            return self._null(field)
        name = field.name
        if isinstance(value, bool):
            words = highlights.BOOLEAN_WORDS.get(name)
            return [[Piece(words[value])]] if words is not None else [[Piece(field.label)]] if value else []
        if (value == field.default and (value != 0 or name not in highlights.ZERO_TELLS)) or value in _EMPTY:
            return []
        text = self._scalar(name, value, field.node)
        return [] if text == "-1" else [[Piece(f"{field.label}={text}")]]  # Kafka's "none", where it is nothing else

    def _null(self, field: _Field) -> list[Pieces]:
        return [] if self._is_response else [[Piece(highlights.if_null(self._api_key, field.name))]]

    def _scalar(self, name: str, value: Any, node: wire.Node) -> str:
        if isinstance(value, str | bytes):
            if _meaning(node) == "topic_id":
                value = self._names.get(value, value) if isinstance(value, str) else value
            text = wording.elide(printable(value), highlights.LONG.get(name, wording.LONGEST))
            return f'"{text}"' if " " in text else text
        return meaning_of(name, value, node) or str(value)

    def _struct(self, field: _Field, value: Any) -> list[Pieces]:
        if value is None:
            return self._null(field)
        if value == field.default:
            return []
        if "host" in value and "port" in value:
            return [[Piece(_endpoint(value))]]
        assert field.struct is not None  # noqa: S101 (it is told by this where it is one)
        if shape_of(field.struct) is not None:
            return [partitions.describe(partitions.items(self._api_key, field.struct, [value], self._names))]
        inner = [each for each in _fields(field.struct).values() if each.name in value]
        return [told for each in inner for told in each.tell(self, each, value[each.name])]

    def _topics(self, field: _Field, values: Any) -> list[Pieces]:
        """Say of which partitions a list of topics is."""
        if not values:
            return self._array(field, values)
        assert field.struct is not None  # noqa: S101 (it is told by this where it is one)
        found = partitions.items(self._api_key, field.struct, values, self._names)
        if self._is_response and partitions.is_verdict(field.struct) and not any(item.errors for item in found):
            return []
        described = partitions.describe(found)
        return [[Piece("forgets "), *described] if field.name == "forgotten_topics_data" else described]

    def _array(self, field: _Field, values: Any) -> list[Pieces]:
        if values is None:
            return self._null(field)
        name, element = field.name, field.struct
        if not values:
            if self._is_response:
                return []
            return [[Piece(highlights.if_empty(self._api_key, self._api_version, name))]]
        if element is None:
            texts = (self._scalar(name, value, field.element) for value in values)
            return [[Piece(f"{field.label}={wording.listing(texts, len(values))}")]]
        label = highlights.LABELS.get(name, name)
        if (
            self._is_response
            and partitions.is_verdict(element)
            and not any(verdicts.has_error(element, v) for v in values)
        ):
            return []
        if (self._api_key, name) in highlights.COUNTED or not self._identity(element, values[0]):
            counted = wording.plural(len(values), wording.singular(label).replace("_", " "))
            return [[Piece(counted), *verdicts.error_counts(element, values)]]
        order = sorted(values, key=lambda value: not verdicts.first_error(element, value))
        pieces: Pieces = [Piece(f"{label}=" if label else "")]
        for number, value in enumerate(order[: wording.LISTED]):
            pieces += [Piece(", ")] if number else []
            pieces += self._element(element, value)
        if len(order) > wording.LISTED:
            pieces.append(Piece(f" +{len(order) - wording.LISTED} more"))
            pieces += verdicts.error_counts(element, order[wording.LISTED :])
        return [pieces]

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
        for field in _fields(element).values():
            if not isinstance(field.node, wire.Array):
                continue
            inner, node = value.get(field.name), field.struct
            if not inner:
                if field.name in value and not self._is_response:
                    found = field.tell(self, field, inner)
                    pieces += [Piece(" "), *found[0]] if found and found[0] and found[0][0].text else []
            elif node is None:
                pieces += [Piece(f"[{wording.ranges(inner)}]")] if field.name == "partitions" else []
            elif shape_of(node) is not None:
                described = partitions.describe(partitions.items(self._api_key, node, inner, self._names))
                pieces += [Piece(" "), *described]
            else:
                noun = wording.singular(field.name).replace("_", " ")
                pieces += [Piece(f" ({wording.plural(len(inner), noun)})")]
        return pieces

    def _identity(self, element: wire.Struct, value: Mapping[str, Any]) -> str:
        """Return what names an element, an empty string if nothing does."""
        if "host" in value and "port" in value and "client_id" not in value:
            return _endpoint(value) or printable(value.get("key") or "") or "?"
        members = _fields(element)
        name = next((name for name in highlights.IDENTITIES if value.get(name) is not None), "")
        if not name:
            return ""
        text = self._scalar(name, value[name], members[name].node)
        if name == "resource_name" and "resource_type" in members:  # not in the first version of ListConfigResources
            kind = self._scalar("resource_type", value.get("resource_type", 0), members["resource_type"].node)
            return f"{kind} {text}"
        level = value.get("max_version_level")
        return text if level is None else f"{text}:{level}"


class _Field(NamedTuple):
    """A field, and what tells of its values; `struct` is what it is, may be, or is a list of, `element` its type then.

    `label` is its name on a line.
    """

    name: str
    node: wire.Node
    element: wire.Node
    struct: wire.Struct | None
    default: Any
    label: str
    tell: Callable[[_Summary, _Field, Any], list[Pieces]]


class _Plan(NamedTuple):
    """What may be said of an API's bodies, in this order: errors, an address, and fields.

    Of each field it is known whether there may be something to say beyond its value.
    """

    errors: tuple[str, ...]
    has_endpoint: bool
    fields: tuple[tuple[_Field, bool], ...]


@cache
def _plan(grammar: wire.Struct, api_key: int | None, side: Side) -> _Plan:
    fields = _fields(grammar)
    errors = tuple(field.name for field in fields.values() if _meaning(field.node) == "error_code")
    chosen = highlights.CHOSEN.get(api_key if api_key is not None else -1)
    if chosen is None:
        wanted = [name for name in fields if name not in highlights.UNREMARKABLE]
    else:
        wanted = [name for name in chosen[side == "response"].split() if name in fields]
    has_endpoint = "host" in wanted and "port" in wanted
    if has_endpoint:
        wanted = [name for name in wanted if name not in ("host", "port", "node_id")]
    told = highlights.MESSAGES | {"session_id"} | _SPECIAL.get(api_key if api_key is not None else -1, frozenset())
    is_told = {name: name in told or has_reading(api_key, side, name) for name in wanted}
    return _Plan(errors, has_endpoint, tuple((fields[name], is_told[name]) for name in wanted))


@cache
def _fields(struct: wire.Struct) -> dict[str, _Field]:
    """Return the fields of a struct by their names."""
    return {member.name: _field(member) for member in struct.each_member()}


def _field(member: wire.Member) -> _Field:
    node, meaning = member.node, _meaning(member.node)
    tell: Callable[[_Summary, _Field, Any], list[Pieces]]
    element = node.element if isinstance(node, wire.Array) else node
    inner = element.inner if isinstance(element, wire.NullableStruct) and element is node else element
    struct = inner if isinstance(inner, wire.Struct) else None
    if meaning == "error_code":
        tell = _Summary._nothing
    elif meaning in ("secret", "embedded"):
        tell = _Summary._sized
    elif isinstance(node, wire.Array):
        tell = _Summary._topics if struct is not None and shape_of(struct) is not None else _Summary._array
    elif struct is not None:
        tell = _Summary._struct
    else:
        tell = _Summary._sized if isinstance(node, wire.Records | wire.Bytes) else _Summary._value
    return _Field(member.name, node, element, struct, member.default, _label(member.name), tell)


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

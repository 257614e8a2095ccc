"""What a message is about, in a few facts.

The grammar says most of it: topics with their partitions, groups, error codes and counts are found by their meaning,
so every API has something to show. `dissector.views.highlights` says what matters most.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.shapes import shape_of
from dissector.views import highlights, partitions, style, verdicts, wording
from dissector.views.contents import Contents, has_reading
from dissector.views.escape import printable
from dissector.views.field_words import Field, endpoint, label_of, meaning_name, repeated, scalar, session, spoken
from dissector.views.style import Piece, Pieces
from structs import enumerations, registry, wire
from structs.errors import error_name
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dissector.exchanges import Exchange
    from dissector.layouts import Layout
    from dissector.messages import Message
    from dissector.views.style import Words
    from structs.grammar import Side

MAX_FACTS: Final = 8
_FETCHES: Final = frozenset({1, 78})
_FIND_COORDINATOR: Final = 10
_JOIN_GROUP: Final = 11
_GET_TELEMETRY: Final = 71

# API key -> the fields that only make sense beside others.
_SPECIAL: Final[Mapping[int, frozenset[str]]] = {
    _FIND_COORDINATOR: frozenset({"key_type", "key", "coordinator_keys"}),
    _JOIN_GROUP: frozenset({"leader"}),
    _GET_TELEMETRY: frozenset({"requested_metrics"}),
}


def facts(message: Message, exchange: Exchange, asked: Sequence[Words] = ()) -> list[Pieces]:
    """Return what a message is about, the errors that it reports first; never an empty list.

    `asked` are the facts of the request that it answers: what only repeats them is left out.
    """
    return list(map(style.pieces_of, told(message, exchange, asked)))


def told(message: Message, exchange: Exchange, asked: Sequence[Words] = ()) -> list[Words]:
    """Return the same as words: text where it has no tone."""
    layout = message.head.layout
    if layout.header is None:
        return [Contents(exchange, message.side).token(message.frame.data)]
    body = message.body
    layout = message.head.layout  # may be another one now that the body was looked at
    if body is None or layout.grammar is None:
        return [wording.size(message.size)]
    found = _Summary(_plan_of(layout), exchange).facts(body)
    if asked and found:
        said = [style.plain(words).partition("/")[0] for words in asked]  # "session=12/3" is answered by 12
        found = [words for words in found if (words if type(words) is str else style.plain(words)) not in said]
    if len(found) > MAX_FACTS:
        found[MAX_FACTS:] = [[Piece(f"+{len(found) - MAX_FACTS} more fields", "dim")]]
    return found or [_nothing_said(layout.grammar, message)]


def _nothing_said(grammar: wire.Struct, message: Message) -> Words:
    """Return words for a message in which everything is as usual."""
    if message.error is not None:
        return wording.size(message.size)
    if message.side == "response":
        return [Piece("nothing new" if message.api_key in _FETCHES else "ok", "dim")]
    return [Piece("defaults" if grammar.each_member() else "no fields", "dim")]


class _Summary:
    """The facts of one message, or of one inside another, at this depth."""

    __slots__ = ("_depth", "_exchange", "_names", "_plan")

    def __init__(self, plan: _Plan, exchange: Exchange, depth: int = 0) -> None:
        self._plan = plan
        self._exchange = exchange
        self._names = exchange.topic_names
        self._depth = depth

    def facts(self, body: Mapping[str, Any]) -> list[Words]:
        """Return the facts of a body."""
        plan = self._plan
        found: list[Words] = [
            [Piece(error_name(body[name]), "error"), *verdicts.reason(body)] for name in plan.errors if body.get(name)
        ]
        if body.get("throttle_time_ms"):
            found.append([Piece(f"throttled {body['throttle_time_ms']} ms", "warning")])
        if plan.has_endpoint:
            found.append(endpoint(body))
        for field, is_told in plan.fields:
            name = field.name
            if name in body:
                told = self._told(name, body) if is_told else None
                found += told or field.tell(self, field, body[name])
        return found if all(found) else [words for words in found if words]

    def _told(self, name: str, body: Mapping[str, Any]) -> list[Words]:
        """Return what there is to say of a field beyond its value; an empty list if that says it all."""
        plan = self._plan
        if name == "session_id":
            return [session(body["session_id"], body.get("session_epoch"))]
        contents = Contents(self._exchange, plan.side, self._depth)
        if name in highlights.MESSAGES and body[name]:
            return self._message(contents, name, body)
        inside = contents.facts(plan.api_key, name, (plan.grammar, body)) if body[name] is not None else None
        if inside is not None:
            return inside or [""]
        special = self._special(name, body)
        return [] if special is None else [special]

    def _message(self, contents: Contents, name: str, body: Mapping[str, Any]) -> list[Words]:
        """Return the API of the message inside an Envelope, and what it is about."""
        payload = contents.decode(name, (self._plan.grammar, body))
        if payload is None or payload.error is not None or not isinstance(payload.grammar, wire.Struct):
            kind = f" ({payload.error.kind})" if payload is not None and payload.error is not None else ""
            return [[Piece(f"{name}={wording.size(len(body[name]))}"), Piece(kind, "warning")]]
        key, version = contents.enveloped()
        nodes = {member.name: member.node for member in payload.grammar.members}
        api, inner = registry.api(key), nodes["body"]
        told = []
        if isinstance(inner, wire.Struct):
            plan = _plan(inner, key, version, self._plan.side)
            told = _Summary(plan, self._exchange, self._depth + 1).facts(payload.value["body"])
        return [[Piece(f"{api.name if api is not None else key} v{version}", "strong")], *told]

    def _special(self, name: str, body: Mapping[str, Any]) -> str | None:
        """Return words for a field that only makes sense beside others, None for one that speaks for itself."""
        if self._plan.api_key == _FIND_COORDINATOR and name in ("key_type", "key", "coordinator_keys"):
            number = body.get("key_type", 0)
            kind = enumerations.name_of("coordinator_key_type", number) or number
            keys = [body[name]] if name == "key" else body[name] or [] if name == "coordinator_keys" else []
            named = (wording.elide(printable(key)) for key in keys)
            return f"{kind}={wording.listing(named, len(keys))}" if keys else ""
        if self._plan.api_key == _JOIN_GROUP and name == "leader" and body["leader"] == body.get("member_id") != "":
            return "leader=self"
        if self._plan.api_key == _GET_TELEMETRY and name == "requested_metrics":
            return {(): "no metrics", ("",): "all metrics"}.get(tuple(body[name] or ()))
        return None

    def _nothing(self, _field: Field, _value: Any) -> list[Words]:
        """Say nothing of an error code: those are said before all else."""
        return []

    def _sized(self, field: Field, value: Any) -> list[Words]:
        """Say how large a field is of which the content is not shown here, or how many records it has."""
        if value is None:
            return self._null(field)
        if isinstance(value, RecordSet):
            count = wording.plural(*partitions.count_records(value))
            return [f"{count} {wording.size(value.size)}"]
        return [f"{field.label}={wording.size(len(value))}"] if value else []

    def _value(self, field: Field, value: Any) -> Sequence[Words]:
        """Say what a field holds, where that is not what it holds by default."""
        if value is None:
            return self._null(field)
        if field.meaning == "topic_id":
            value = self._names.get(value, value)
        elif type(value) is int or type(value) is str:
            return repeated(field, value)
        return spoken(field, value)

    def _null(self, field: Field) -> list[Words]:
        return [] if self._plan.is_response else [highlights.if_null(self._plan.api_key, field.name)]

    def _scalar(self, name: str, value: Any, node: wire.Node) -> str:
        if isinstance(value, str) and meaning_name(node) == "topic_id":
            value = self._names.get(value, value)
        return scalar(name, value, node)

    def _struct(self, field: Field, value: Any) -> list[Words]:
        if value is None:
            return self._null(field)
        if value == field.default:
            return []
        if "host" in value and "port" in value:
            return [endpoint(value)]
        assert field.struct is not None  # noqa: S101 (it is told by this where it is one)
        if shape_of(field.struct) is not None:
            return [partitions.describe(partitions.items(self._plan.api_key, field.struct, [value], self._names))]
        inner = [each for each in _fields(field.struct).values() if each.name in value]
        return [words for each in inner for words in each.tell(self, each, value[each.name])]

    def _topics(self, field: Field, values: Any) -> list[Words]:
        """Say of which partitions a list of topics is."""
        if not values:
            return self._array(field, values)
        assert field.struct is not None  # noqa: S101 (it is told by this where it is one)
        plan = self._plan
        found = partitions.items(plan.api_key, field.struct, values, self._names)
        if plan.is_response and partitions.is_verdict(field.struct) and not any(item.errors for item in found):
            return []
        described = partitions.describe(found)
        return [style.joined(("forgets ", described), "") if field.name == "forgotten_topics_data" else described]

    def _array(self, field: Field, values: Any) -> list[Words]:
        if values is None:
            return self._null(field)
        name, element = field.name, field.struct
        if not values:
            if self._plan.is_response:
                return []
            return [highlights.if_empty(self._plan.api_key, self._plan.api_version, name)]
        if element is None:
            texts = (self._scalar(name, value, field.element) for value in values)
            return [f"{field.label}={wording.listing(texts, len(values))}"]
        label = highlights.LABELS.get(name, name)
        if (
            self._plan.is_response
            and partitions.is_verdict(element)
            and not any(verdicts.has_error(element, v) for v in values)
        ):
            return []
        if (self._plan.api_key, name) in highlights.COUNTED or not self._identity(element, values[0]):
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
                if field.name in value and not self._plan.is_response:
                    pieces += [Piece(f" {words}") for words in field.tell(self, field, inner) if words]
            elif node is None:
                pieces += [Piece(f"[{wording.ranges(inner)}]")] if field.name == "partitions" else []
            elif shape_of(node) is not None:
                described = partitions.describe(partitions.items(self._plan.api_key, node, inner, self._names))
                pieces += [Piece(" "), *style.pieces_of(described)]
            else:
                noun = wording.singular(field.name).replace("_", " ")
                pieces += [Piece(f" ({wording.plural(len(inner), noun)})")]
        return pieces

    def _identity(self, element: wire.Struct, value: Mapping[str, Any]) -> str:
        """Return what names an element, an empty string if nothing does."""
        if "host" in value and "port" in value and "client_id" not in value:
            return endpoint(value) or printable(value.get("key") or "") or "?"
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


class _Plan(NamedTuple):
    """What may be said of bodies of a grammar, in this order: errors, an address, and fields.

    Of each field it is known whether there may be something to say beyond its value.
    """

    grammar: wire.Struct
    api_key: int | None
    api_version: int | None
    side: Side
    is_response: bool
    errors: tuple[str, ...]
    has_endpoint: bool
    fields: tuple[tuple[Field, bool], ...]


@lru_cache(maxsize=1024)
def _plan(grammar: wire.Struct, api_key: int | None, api_version: int | None, side: Side) -> _Plan:
    fields = _fields(grammar)
    errors = tuple(field.name for field in fields.values() if meaning_name(field.node) == "error_code")
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
    chosen_fields = tuple((fields[name], is_told[name]) for name in wanted)
    return _Plan(grammar, api_key, api_version, side, side == "response", errors, has_endpoint, chosen_fields)


@lru_cache(maxsize=1024)
def _plan_of(layout: Layout) -> _Plan:
    assert layout.grammar is not None  # noqa: S101 (its body could be decoded)
    return _plan(layout.grammar, layout.api_key, layout.api_version, layout.side)


@cache
def _fields(struct: wire.Struct) -> dict[str, Field]:
    """Return the fields of a struct by their names."""
    return {member.name: _field(member) for member in struct.each_member()}


def _field(member: wire.Member) -> Field:
    node, meaning = member.node, meaning_name(member.node)
    tell: Callable[[_Summary, Field, Any], Sequence[Words]]
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
    return Field(member.name, node, meaning, element, struct, member.default, label_of(member.name), tell)

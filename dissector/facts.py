"""What an exchange is about: its topics and partitions, groups, transactions, errors, and throttling.

Fields are found by what they mean (`structs.grammar`), so every API that names a topic is covered by the same words. A
message is decoded only if its grammar has a field with the meaning that is asked for, or a payload that may have one;
one that cannot be decoded whole counts as far as it was read. What is forwarded in an Envelope counts as well.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector import payloads
from dissector.shapes import Shape, shape_of
from structs import registry, wire
from structs.errors import error_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.grammar import Side

_TOPIC_NAMES: Final = frozenset({"topic_name"})
_TOPIC_IDS: Final = frozenset({"topic_id"})
_GROUPS: Final = frozenset({"group_id"})
_TRANSACTIONS: Final = frozenset({"transactional_id"})
_ERRORS: Final = frozenset({"error_code"})
_THROTTLE: Final = "throttle_time_ms"

# A number that says what the names beside it are: its table in structs/enumerations -> number -> their meaning.
_KINDS: Final[Mapping[str, Mapping[int, str]]] = {
    "acl_resource_type": {2: "topic_name", 3: "group_id", 5: "transactional_id"},
    "config_resource_type": {2: "topic_name", 32: "group_id"},
    "coordinator_key_type": {0: "group_id", 1: "transactional_id"},
}
# Payloads that hold such fields: what members of groups subscribe to and get assigned, and requests in envelopes.
_INSIDE: Final[Mapping[str, frozenset[str]]] = {
    "consumer subscription": _TOPIC_NAMES,
    "group assignment": _TOPIC_NAMES,
    "group subscription": _TOPIC_NAMES,
    "request": _TOPIC_NAMES | _TOPIC_IDS | _GROUPS | _TRANSACTIONS,
    "response": _TOPIC_NAMES | _TOPIC_IDS | _GROUPS | _TRANSACTIONS | _ERRORS,
}
_NAMED: Final = frozenset({"resource_name", "resource_name_filter", "key", "coordinator_keys"})
_FIND_COORDINATOR: Final = 10  # its version 0 has no type of key: it knows groups only


def topics(exchange: Exchange) -> tuple[str, ...]:
    """Return the topics that an exchange names, in request and response, in the order of their appearance.

    An id stands as the topic's name where the capture has told it before the exchange settled, else as itself. Topics
    as the resources of configurations and ACLs count, and those to which members of groups subscribe, or which they
    are assigned; an incremental Fetch names only what changed (KIP-227).
    Decodes both messages, where their grammars have topics.
    """
    return tuple(dict.fromkeys(each_topic(exchange)))


def partitions(exchange: Exchange) -> tuple[tuple[str, int], ...]:
    """Return the partitions that an exchange names, as topic (as in `topics`) and number, in order of appearance.

    Decodes both messages, where their grammars have partitions below topics; payloads inside of them are left out.
    """
    return tuple(dict.fromkeys(each_partition(exchange)))


def groups(exchange: Exchange) -> tuple[str, ...]:
    """Return the ids of the groups that an exchange names; also where it looks for their coordinators.

    Decodes both messages, where their grammars have groups: of Produce, Fetch and Metadata neither.
    """
    return tuple(dict.fromkeys(each_group(exchange)))


def transactional_ids(exchange: Exchange) -> tuple[str, ...]:
    """Return the transactional ids that an exchange names; also where it looks for their coordinators.

    Decodes both messages, where their grammars have such ids; of a Produce without a transaction that is the request.
    """
    return tuple(dict.fromkeys(each_transactional_id(exchange)))


def errors(exchange: Exchange) -> tuple[str, ...]:
    """Return Kafka's names of the errors in a response, NONE left out; a code that Kafka lacks is "UNKNOWN(501)".

    Decodes the response only (no request has error codes).
    """
    return tuple(dict.fromkeys(each_error(exchange)))


def topic_errors(exchange: Exchange) -> tuple[tuple[str | None, str | None], ...]:
    """Return the topics that an exchange names, each with the errors that its response has there; None where are none.

    Errors that stand at no topic are those of all. Decodes what `topics` and `errors` decode.
    """
    placed: dict[str | None, dict[str, None]] = {}
    for topic, code in _placed_errors(exchange):
        placed.setdefault(topic, {})[error_name(code)] = None
    of_all = placed.pop(None, {})
    named: dict[str | None, None] = dict.fromkeys([*each_topic(exchange), *placed]) or {None: None}
    return tuple((topic, error) for topic in named for error in (placed.get(topic, {}) | of_all) or (None,))


def throttle_ms(exchange: Exchange) -> int | None:
    """Return for how long the client was throttled by a quota, in milliseconds; None where no response says it.

    Decodes nothing, but reads up to the field: it is the first of nearly all responses, and the last of Produce's.
    """
    if exchange.response is None:
        return None
    throttle: int | None = exchange.response.peek(_THROTTLE)
    return throttle


def may_name_topics(api_key: int | None, api_version: int | None) -> bool:
    """Say whether exchanges of an API's version can name topics: where not, `topics` finds none."""
    return _may_have(api_key, api_version, _TOPIC_NAMES | _TOPIC_IDS)


def may_name_groups(api_key: int | None, api_version: int | None) -> bool:
    """Say whether exchanges of an API's version can name groups: where not, `groups` finds none."""
    return (api_key, api_version) == (_FIND_COORDINATOR, 0) or _may_have(api_key, api_version, _GROUPS)


def each_topic(exchange: Exchange) -> Iterator[str]:
    """Yield what `topics` returns as it is found, repeated where it is: the response is decoded after the request."""
    for message in (exchange.request, exchange.response):
        yield from _texts(exchange, message, _TOPIC_NAMES)
        for topic_id in _found(exchange, message, _TOPIC_IDS):
            if topic_id != wire.ZERO_UUID:
                yield exchange.topic_names.get(topic_id, topic_id)


def each_partition(exchange: Exchange) -> Iterator[tuple[str, int]]:
    """Yield what `partitions` returns as it is found, repeated where it is."""
    for message in (exchange.request, exchange.response):
        if message is not None and message.grammar is not None and _has_partitions(message.grammar):
            body = message.body  # decides between the layouts, where the version has several
            if body is not None:
                yield from _partitions(message.grammar, body, exchange.topic_names)


def each_topic_id(exchange: Exchange) -> Iterator[str]:
    """Yield the ids of topics in an exchange as they are found, repeated where they are; decodes as `topics` does."""
    for message in (exchange.request, exchange.response):
        yield from (topic_id for topic_id in _found(exchange, message, _TOPIC_IDS) if topic_id != wire.ZERO_UUID)


def each_group(exchange: Exchange) -> Iterator[str]:
    """Yield what `groups` returns as it is found, repeated where it is."""
    for message in (exchange.request, exchange.response):
        yield from _texts(exchange, message, _GROUPS)
    request = exchange.request
    if request is not None and request.api_key == _FIND_COORDINATOR and request.api_version == 0:
        key = request.peek("key")
        if key:
            yield text(key)


def each_transactional_id(exchange: Exchange) -> Iterator[str]:
    """Yield what `transactional_ids` returns as it is found, repeated where it is."""
    for message in (exchange.request, exchange.response):
        yield from _texts(exchange, message, _TRANSACTIONS)


def each_error(exchange: Exchange) -> Iterator[str]:
    """Yield what `errors` returns as it is found, repeated where it is."""
    return (error_name(code) for code in _found(exchange, exchange.response, _ERRORS) if code)


def text(value: str | bytes) -> str:
    r"""Return what the wire has as text; bytes that are no UTF-8 are escaped ("\xff")."""
    return value if isinstance(value, str) else value.decode(errors="backslashreplace")


def _texts(exchange: Exchange, message: Message | None, wanted: frozenset[str]) -> Iterator[str]:
    return (text(value) for value in _found(exchange, message, wanted) if value)


def _found(exchange: Exchange, message: Message | None, wanted: frozenset[str]) -> Iterator[Any]:
    """Yield the values in a body that have such a meaning; null ones are left out."""
    if message is None or message.grammar is None or _plan(message.grammar, wanted) is None:
        return
    body = message.body  # decides between the layouts, where the version has several
    plan = _plan(message.grammar, wanted)
    if body is not None and plan is not None:
        yield from _walk(plan, body)
        if plan.opens:
            yield from _Payloads(exchange, message.side, wanted).walk(plan, body, ())


class _Plan(NamedTuple):
    """Which fields of a struct have a meaning that is asked for.

    `scalars` and `lists` have it themselves, `structs` and `arrays` hold structs that have such fields. `named` are
    fields whose meaning is said by the number in the field `kind`: by one of the numbers in `kinds`. `payloads` are
    fields whose bytes may hold such fields again, with their labels; `opens` says that there are some at any depth.
    """

    grammar: wire.Struct
    scalars: tuple[str, ...]
    lists: tuple[str, ...]
    structs: tuple[tuple[str, _Plan], ...]
    arrays: tuple[tuple[str, _Plan], ...]
    kind: str
    kinds: frozenset[int]
    named: tuple[str, ...]
    payloads: tuple[tuple[str, str], ...]
    opens: bool


@cache
def _may_have(api_key: int | None, api_version: int | None, wanted: frozenset[str]) -> bool:
    """Say whether some layout of an API's version has such meanings; of one that is not known, nobody can tell."""
    api = None if api_key is None else registry.api(api_key)
    if api is None or api_version is None or api_version not in api.versions:
        return True
    sides: tuple[Side, Side] = "request", "response"
    layouts = (registry.grammar(api.key, api_version, side) for side in sides)
    early = (layout for side in sides for _, layout in registry.variants(api.key, api_version, side))
    return any(_plan(layout, wanted) is not None for layout in chain(layouts, early))


@cache
def _plan(grammar: wire.Struct, wanted: frozenset[str]) -> _Plan | None:
    """Return where a struct has such meanings, None if nowhere."""
    scalars: list[str] = []
    lists: list[str] = []
    structs: list[tuple[str, _Plan]] = []
    arrays: list[tuple[str, _Plan]] = []
    kind, kinds = "", frozenset[int]()
    for member in grammar.each_member():
        is_array = isinstance(member.node, wire.Array)
        node = member.node.element if isinstance(member.node, wire.Array) else member.node
        struct = wire.struct_in(member.node)
        if struct is not None:
            plan = _plan(struct, wanted)
            if plan is not None:
                (arrays if is_array else structs).append((member.name, plan))
        elif node.meaning is not None and node.meaning.name in wanted:
            (lists if is_array else scalars).append(member.name)
        elif node.meaning is not None and node.meaning.detail in _KINDS and not is_array:
            kind = member.name
            kinds = frozenset(n for n, meaning in _KINDS[node.meaning.detail].items() if meaning in wanted)
    named = tuple(member.name for member in grammar.each_member() if kinds and member.name in _NAMED)
    inside = tuple(
        (member.name, label)
        for member in grammar.each_member()
        if (label := payloads.label_of(member.node)) is not None and not wanted.isdisjoint(_INSIDE.get(label, ()))
    )
    if not (scalars or lists or structs or arrays or named or inside):
        return None
    opens = bool(inside) or any(plan.opens for _, plan in (*structs, *arrays))
    return _Plan(
        grammar, tuple(scalars), tuple(lists), tuple(structs), tuple(arrays), kind, kinds, named, inside, opens
    )


def _walk(plan: _Plan, values: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a plan finds in a struct; fields that a partial body lacks are passed over."""
    for name in plan.scalars:
        if values.get(name) is not None:
            yield values[name]
    for name in plan.lists:
        yield from values.get(name) or ()
    if plan.named and values.get(plan.kind) in plan.kinds:
        for name in plan.named:
            value = values.get(name)
            yield from value if isinstance(value, list) else () if value is None else (value,)
    for name, inner in plan.structs:
        if values.get(name) is not None:
            yield from _walk(inner, values[name])
    for name, inner in plan.arrays:
        for element in values.get(name) or ():
            yield from _walk(inner, element)


def _placed_errors(exchange: Exchange) -> Iterator[tuple[str | None, int]]:
    """Yield the errors in a response, each with the topic of the struct that it stands in, or of one around that."""
    response = exchange.response
    body = None if response is None or response.grammar is None else response.body  # decides between the layouts
    plan = None if response is None or response.grammar is None else _plan(response.grammar, _ERRORS)
    if body is None or plan is None:
        return
    yield from _walk_topics(plan, body, None, exchange.topic_names)
    if plan.opens:
        yield from ((None, code) for code in _Payloads(exchange, "response", _ERRORS).walk(plan, body, ()) if code)


def _walk_topics(
    plan: _Plan, values: Mapping[str, Any], topic: str | None, topic_names: Mapping[str, str]
) -> Iterator[tuple[str | None, int]]:
    shape = shape_of(plan.grammar)
    if shape is not None:
        topic = _topic(shape, values, topic_names) or topic
    codes = (
        *(values.get(name) for name in plan.scalars),
        *(code for name in plan.lists for code in values.get(name) or ()),
    )
    yield from ((topic, code) for code in codes if code)
    for name, inner in (*plan.structs, *plan.arrays):
        for element in wire.structs_in(values.get(name)):
            yield from _walk_topics(inner, element, topic, topic_names)


class _Payloads:
    """Finds such values in the payloads inside of a message."""

    def __init__(self, exchange: Exchange, side: Side, wanted: frozenset[str], depth: int = 0) -> None:
        self._exchange = exchange
        self._side: Side = side
        self._wanted = wanted
        self._depth = depth

    def walk(self, plan: _Plan, values: Mapping[str, Any], scopes: payloads.Scopes) -> Iterator[Any]:
        """Yield what is found in the payloads of a struct, which stands in those of `scopes`."""
        scopes = (*scopes, (plan.grammar, values))
        for name, label in plan.payloads:
            if values.get(name):
                yield from self._open(label, values[name], scopes)
        for name, inner in plan.structs:
            if inner.opens and values.get(name) is not None:
                yield from self.walk(inner, values[name], scopes)
        for name, inner in plan.arrays:
            for element in values.get(name) or () if inner.opens else ():
                yield from self.walk(inner, element, scopes)

    def _open(self, label: str, data: bytes, scopes: payloads.Scopes) -> Iterator[Any]:
        payload = payloads.decode(label, data, scopes, self._exchange, self._side, depth=self._depth)
        if payload is None or not isinstance(payload.grammar, wire.Struct) or payload.value is None:
            return
        plan = _plan(payload.grammar, self._wanted)
        if plan is not None:
            yield from _walk(plan, payload.value)
            if plan.opens:
                inside = _Payloads(self._exchange, self._side, self._wanted, self._depth + 1)
                yield from inside.walk(plan, payload.value, scopes)


def _partitions(
    grammar: wire.Struct, values: Mapping[str, Any], topic_names: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield the partitions in a struct; what a partial body lacks is passed over."""
    shape = shape_of(grammar)
    topic = None if shape is None else _topic(shape, values, topic_names)
    if shape is not None and topic is not None:
        elements = values.get(shape.partitions) or () if shape.partitions else (values,)
        numbers = (element.get(shape.number) if isinstance(element, dict) else element for element in elements)
        yield from ((topic, number) for number in numbers if isinstance(number, int))
    for name, inner in _structs_with_partitions(grammar):
        for element in wire.structs_in(values.get(name)):
            yield from _partitions(inner, element, topic_names)


def _topic(shape: Shape, values: Mapping[str, Any], topic_names: Mapping[str, str]) -> str | None:
    name, topic_id = values.get(shape.name), values.get(shape.topic_id, wire.ZERO_UUID)
    if name:
        return text(name)
    return None if topic_id == wire.ZERO_UUID else topic_names.get(topic_id, topic_id)


def _has_partitions(grammar: wire.Struct) -> bool:
    shape = shape_of(grammar)
    return (shape is not None and bool(shape.partitions or shape.number)) or bool(_structs_with_partitions(grammar))


@cache
def _structs_with_partitions(grammar: wire.Struct) -> list[tuple[str, wire.Struct]]:
    """Return the fields of a struct that hold structs with partitions below topics."""
    inside = [(member.name, wire.struct_in(member.node)) for member in grammar.each_member()]
    return [(name, struct) for name, struct in inside if struct is not None and _has_partitions(struct)]

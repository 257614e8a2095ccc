"""Fields of bodies, by their paths: `request.acks`, `response.topics.partitions.error_code`.

Where a path leads is looked up once for each grammar. A message whose grammar has no such field is not decoded, and a
field that stands before everything whose size varies is read without decoding what follows it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector import facts, payloads
from dissector.filters import kinds
from dissector.secrets import is_secret
from structs import registry, wire
from structs.messages.variants import MESSAGES as VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.filters.kinds import Kind, Predicate
    from dissector.messages import Message
    from structs.grammar import Side

Path = tuple[str, ...]

# Fields in milliseconds that tell a time, since 1970.
_MOMENTS: Final = re.compile(r"(?:timestamp|append_time|start_time)_ms$")

_QUANTITY: Final = kinds.Quantity()
_MILLISECONDS: Final = kinds.Milliseconds()
_BOOLEAN: Final = kinds.Boolean()
_TEXT: Final = kinds.Text()
_BINARY: Final = kinds.Binary()
_ERROR: Final = kinds.ErrorCode()


class Place(NamedTuple):
    """Where a path leads in a grammar: the structs on the way (with whether they are in a list), and the field."""

    steps: tuple[tuple[str, bool], ...]
    member: wire.Member
    can_peek: bool

    @property
    def node(self) -> wire.Node:
        """The field's type; of a list that of its elements."""
        return inner_node(self.member.node)


def inner_node(node: wire.Node) -> wire.Node:
    """Return what a field holds: the element of a list, the struct behind a marker."""
    if isinstance(node, wire.Array):
        node = node.element
    return node.inner if isinstance(node, wire.NullableStruct) else node


def place_of(grammar: wire.Struct, path: Path) -> Place | None:
    """Return where a path leads, None if the grammar has no such field."""
    steps: list[tuple[str, bool]] = []
    struct: wire.Node = grammar
    for depth, name in enumerate(path):
        if not isinstance(struct, wire.Struct):
            return None
        member = next((member for member in struct.each_member() if member.name == name), None)
        if member is None:
            return None
        steps.append((name, isinstance(member.node, wire.Array)))
        struct = inner_node(member.node)
        if depth == len(path) - 1:
            can_peek = len(path) == 1 and not getattr(member.node, "nullable", False) and _is_near(grammar, name)
            return Place(tuple(steps), member, can_peek)
    return None


def _is_near(grammar: wire.Struct, name: str) -> bool:
    """Say whether everything up to a field is a scalar."""
    for member in grammar.members:
        if isinstance(member.node, wire.Array | wire.Struct | wire.NullableStruct | wire.Bytes):
            return False
        if member.name == name:
            return True
    return False


def kind_of(member: wire.Member) -> Kind | None:
    """Return how the values of a field compare; None where they do not (structs, records)."""
    node = inner_node(member.node)
    meaning, detail = node.meaning or ("", "")
    if meaning == "error_code":
        return _ERROR
    if meaning == "enumeration":
        return _enumeration(detail)
    if isinstance(node, wire.Number):
        is_duration = member.name.endswith("_ms") and _MOMENTS.search(member.name) is None
        return _MILLISECONDS if is_duration else _QUANTITY
    if isinstance(node, wire.Boolean):
        return _BOOLEAN
    if isinstance(node, wire.String | wire.Uuid):
        return _TEXT
    return _BINARY if isinstance(node, wire.Bytes) and not isinstance(node, wire.Records) else None


@cache
def _enumeration(table: str) -> Kind:
    return kinds.Enumeration(table)


def is_withheld(node: wire.Node) -> bool:
    """Say whether what a field holds is a secret, or may hold some; of configurations each value says that."""
    return payloads.may_hide(node) and (node.meaning is None or node.meaning.name != "config_value")


class Body:
    """A field of the bodies of one side, and the values that it has in an exchange.

    `compare` makes the predicate that is wanted of a field's type, None where none can be true; with None in its stead
    the values are wanted for being there, and those of secrets among them.
    """

    def __init__(self, side: Side, path: Path, compare: Callable[[Place], Predicate | None] | None) -> None:
        self._side: Side = side
        self._path = path
        self._compare = compare
        self._known: dict[wire.Struct, tuple[Place, Predicate | None] | None] = {}

    def read(self, exchange: Exchange) -> tuple[list[Any], Predicate | None]:
        """Return the values in an exchange, null ones as None, and the predicate for them."""
        message = exchange.request if self._side == "request" else exchange.response
        if message is None or message.grammar is None:
            return [], None
        found = self._find(message.grammar)
        variants = _variants(message) if (message.api_key, message.api_version, self._side) in VARIANTS else ()
        if found is None and all(self._find(grammar) is None for grammar in variants):
            return [], None
        if found is not None and found[0].can_peek and not variants:
            value = message.peek(self._path[0])
            return [] if value is None else _readable([value], found[0]), found[1]
        return self._decoded(message)

    def _decoded(self, message: Message) -> tuple[list[Any], Predicate | None]:
        body = message.body  # decides between the layouts, where the version has several
        found = self._find(message.grammar) if message.grammar is not None else None
        if found is None or body is None:
            return [], None
        place, predicate = found
        return _readable(_values(place, body, 0, hides=self._compare is not None), place), predicate

    def _find(self, grammar: wire.Struct) -> tuple[Place, Predicate | None] | None:
        if grammar not in self._known:
            place = place_of(grammar, self._path)
            predicate = None if place is None or self._compare is None else self._compare(place)
            self._known[grammar] = None if place is None else (place, predicate)
        return self._known[grammar]


def _variants(message: Message) -> list[wire.Struct]:
    """Return the early layouts that a message may have as well: which one it has is known when it is decoded."""
    assert message.api_key is not None  # noqa: S101 (what has variants has both)
    assert message.api_version is not None  # noqa: S101
    found = registry.variants(message.api_key, message.api_version, message.side)
    return [variant.grammar for variant in found]


def _readable(values: Iterable[Any], place: Place) -> list[Any]:
    """Return values as their kind has them: text that is not UTF-8 comes as bytes, and is escaped."""
    if isinstance(place.node, wire.String):
        return [facts.text(value) if isinstance(value, bytes) else value for value in values]
    return list(values)


def _values(place: Place, values: Mapping[str, Any], depth: int, *, hides: bool) -> Iterator[Any]:
    """Yield the values at a place in a body, each element of lists; a partial body may lack some."""
    name, is_list = place.steps[depth]
    value = values.get(name, _ABSENT)
    if value is _ABSENT:
        return
    is_last = depth == len(place.steps) - 1
    if is_last and hides and value is not None and is_secret(place.member, values):
        return
    if is_last:
        yield from value if is_list and value is not None else (value,)
    elif is_list:
        for element in value or ():
            yield from _values(place, element, depth + 1, hides=hides)
    elif value is not None:
        yield from _values(place, value, depth + 1, hides=hides)


_ABSENT: Final = object()

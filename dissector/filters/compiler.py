"""Trees to functions: what the words of a filter mean, and how it is evaluated.

What is said of a field with several values, or none:

- a comparison is true if it is for any of them: `topic == orders`; with none it is false
- `!=`, `not in` and `!~` are true if there is a value, and none is equal, among them, or like that
- `any` and `all` before the field say it otherwise
- `not` turns what stands behind it into its opposite, whatever is there
"""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.filters import bodies, catalogue
from dissector.filters.apis import key_of
from dissector.filters.errors import FilterError
from dissector.filters.fields import FIELDS, SYNONYMS, Cost
from dissector.filters.tree import Comparison, Junction, Negation, Presence
from structs import registry, wire
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dissector.exchanges import Exchange
    from dissector.filters.catalogue import Apis
    from dissector.filters.fields import Field
    from dissector.filters.kinds import Kind, Predicate
    from dissector.filters.tree import Node, Word
    from structs.grammar import Side

MAX_DEPTH: Final = 50
NULL: Final = "null"

_NEGATIVE: Final = frozenset({"!=", "not in", "!~"})
_SIDES: Final[dict[str, Side]] = {"request": "request", "response": "response"}


class Compiled(NamedTuple):
    """A part of a filter: whether it picks an exchange, and what that takes.

    `ahead` is what can be said of the headers alone: only exchanges for which it is true may be picked.
    """

    test: Callable[[Exchange], bool]
    cost: Cost
    ahead: Callable[[Exchange], bool] | None = None

    @property
    def on_headers(self) -> Callable[[Exchange], bool] | None:
        """What it says of headers, None for nothing."""
        return self.test if self.cost is Cost.HEADER else self.ahead


def compile_node(node: Node, apis: Apis = None, depth: int = 0) -> Compiled:
    """Return a part of a filter as a function; `apis` are those that it is about, if the parts around it say so."""
    if isinstance(node, Comparison):
        return _comparison(node, apis)
    if isinstance(node, Presence):
        return _presence(node, apis)
    if depth == MAX_DEPTH:
        raise FilterError(f"more than {MAX_DEPTH} levels of parentheses and not", 1)
    if isinstance(node, Negation):
        return _negation(compile_node(node.operand, apis, depth + 1))
    return _junction(node, apis, depth)


def _junction(node: Junction, apis: Apis, depth: int) -> Compiled:
    if node.word == "and":
        apis = _pinned(node.operands, apis)
    else:
        _refuse_values(node.operands)
    parts = [compile_node(operand, apis, depth + 1) for operand in node.operands]
    cost = max(part.cost for part in parts)
    ahead = _all([part.on_headers for part in parts]) if node.word == "and" else None
    tests = [part.test for part in sorted(parts, key=lambda part: part.cost)]  # stable: else as they were written
    if len(tests) == 2:
        first, second = tests
        if node.word == "and":
            return Compiled(lambda exchange: first(exchange) and second(exchange), cost, ahead)
        return Compiled(lambda exchange: first(exchange) or second(exchange), cost)
    if node.word == "and":
        return Compiled(lambda exchange: all(test(exchange) for test in tests), cost, ahead)
    return Compiled(lambda exchange: any(test(exchange) for test in tests), cost)


def _refuse_values(operands: Iterable[Node]) -> None:
    """Raise FilterError for `api == Produce or Fetch`: what stands behind "or" is no field, but one more value."""
    for before, operand in pairwise(operands):
        if not (isinstance(before, Comparison) and before.operator == "==" and isinstance(operand, Presence)):
            continue
        word = operand.field
        if operand.is_true and word.text not in FIELDS and word.text.partition(".")[0] not in _SIDES:
            first = before.values[0]
            either = f"{before.field.text} in ({repr(first.text) if first.is_quoted else first.text}, {word.text})"
            raise FilterError(f"unknown field {word.text}: for one of several values, write {either}", word.column)


def _all(tests: Iterable[Callable[[Exchange], bool] | None]) -> Callable[[Exchange], bool] | None:
    """Return what says whether all of these are true, None if there are none."""
    several = [test for test in tests if test is not None]
    if len(several) < 2:
        return several[0] if several else None
    return lambda exchange: all(test(exchange) for test in several)


def _pinned(operands: Iterable[Node], apis: Apis) -> Apis:
    """Return the APIs that a conjunction is about: those in its comparisons with APIs, if there are any."""
    for operand in operands:
        if isinstance(operand, Comparison) and operand.field.text == "api" and operand.operator in ("==", "in"):
            named = frozenset(key_of(word) for word in operand.values)
            apis = named if apis is None else apis & named
    return apis


def _negation(part: Compiled) -> Compiled:
    test = part.test
    return Compiled(lambda exchange: not test(exchange), part.cost)


def _comparison(node: Comparison, apis: Apis) -> Compiled:
    name, column = node.field.text, node.field.column
    body = _body_path(node.field, apis)
    if body is not None:
        return _body_comparison(node, *body, apis)
    field = _field(node.field)
    if field is None:
        raise FilterError(f"{name} is a message: compare its fields ({name}.size, ...) or write: has {name}", column)
    _refuse_null(node)
    predicate = field.kind.predicate(node.operator, node.values, column)
    if field.value is None:
        assert field.values is not None  # noqa: S101 (it has one of the two)
        values = field.values
        combine = _combination(node)
        return Compiled(lambda exchange: combine(predicate, values(exchange)), field.cost)
    read = field.value
    if node.operator in _NEGATIVE:
        return Compiled(lambda exchange: (value := read(exchange)) is not None and not predicate(value), field.cost)
    return Compiled(lambda exchange: (value := read(exchange)) is not None and bool(predicate(value)), field.cost)


def _combination(node: Comparison) -> Callable[[Predicate, Iterable[Any]], bool]:
    """Return how a comparison comes out for several values, from the predicate without the operator's negation."""
    is_negative = node.operator in _NEGATIVE
    for_all = node.quantifier == "all" or (node.quantifier is None and is_negative)
    if for_all:
        return _none_is if is_negative else _all_are
    return _any_is_not if is_negative else _any_is


def _any_is(predicate: Predicate, values: Iterable[Any]) -> bool:
    return any(predicate(value) for value in values)


def _any_is_not(predicate: Predicate, values: Iterable[Any]) -> bool:
    return any(not predicate(value) for value in values)


def _all_are(predicate: Predicate, values: Iterable[Any]) -> bool:
    found = False
    for value in values:
        found = True
        if not predicate(value):
            return False
    return found


def _none_is(predicate: Predicate, values: Iterable[Any]) -> bool:
    found = False
    for value in values:
        found = True
        if predicate(value):
            return False
    return found


def _presence(node: Presence, apis: Apis) -> Compiled:
    name = node.field.text
    if name in _SIDES:
        return Compiled(lambda exchange: getattr(exchange, name) is not None, Cost.HEADER)
    found = _body_path(node.field, apis)
    if found is not None:
        return _body_presence(node, *found)
    field = _field(node.field)
    assert field is not None  # noqa: S101 (the messages are handled above)
    is_true = field.kind.is_true if node.is_true else _is_there
    if field.value is None:
        assert field.values is not None  # noqa: S101 (it has one of the two)
        values = field.values
        return Compiled(lambda exchange: any(is_true(value) for value in values(exchange)), field.cost)
    read = field.value
    return Compiled(lambda exchange: (value := read(exchange)) is not None and is_true(value), field.cost)


def _is_there(_: Any) -> bool:
    return True


def _body_comparison(node: Comparison, side: Side, path: bodies.Path, apis: Apis) -> Compiled:
    name, column = node.field.text, node.field.column
    found = catalogue.members(side, path, apis)
    combine = _combination(node)
    if _is_null(node):
        everything = bodies.Body(side, path, None)
        return Compiled(lambda exchange: combine(_is_none, everything.read(exchange)[0]), _cost(side, path, found))
    if all(bodies.kind_of(member) is None for member in found):
        raise FilterError(f"{name} is no single value: compare a field in it, or write: has {name}", column)
    for member in found:
        if bodies.is_withheld(bodies.inner_node(member.node)):
            text = f"{name} is a secret, or holds some: filters do not compare these, only: has {name}"
            raise FilterError(text, column)

    _refuse_null(node)
    kinds = dict.fromkeys(kind for member in found if (kind := bodies.kind_of(member)) is not None)
    predicates = _predicates(node, kinds)
    body = bodies.Body(side, path, lambda place: predicates.get(bodies.kind_of(place.member)))

    def test(exchange: Exchange) -> bool:
        values, predicate = body.read(exchange)
        return combine(predicate or _never, [value for value in values if value is not None])

    return Compiled(test, _cost(side, path, found))


def _is_null(node: Comparison) -> bool:
    """Say whether a comparison is with null, the one value that is none."""
    return node.operator in ("==", "!=") and _says_null(node.values[0])


def _says_null(word: Word) -> bool:
    return word.text.lower() == NULL and not word.is_quoted


def _refuse_null(node: Comparison) -> None:
    """Raise FilterError for null where it would be taken for text of four letters."""
    name = node.field.text
    is_body = name.partition(".")[0] in _SIDES and name not in FIELDS
    hint = f"write {name} == null" if is_body else f"where there is none, write not has {name}"
    for word in node.values:
        if _says_null(word):
            raise FilterError(f'null is no value here: {hint}; as text it is "null"', word.column)


def _is_none(value: Any) -> bool:
    return value is None


def _predicates(node: Comparison, found: Iterable[Kind]) -> dict[Kind | None, Predicate]:
    """Return the predicate for each kind of value that a field has in some version; raise FilterError if none can be.

    Values of a kind for which the filter's make no sense are never equal to these.
    """
    predicates: dict[Kind | None, Predicate] = {}
    errors: list[FilterError] = []
    for kind in found:
        try:
            predicates[kind] = kind.predicate(node.operator, node.values, node.field.column)
        except FilterError as error:
            errors.append(error)
    if not predicates:
        raise errors[0]
    return predicates


def _never(_: Any) -> bool:
    return False


def _body_presence(node: Presence, side: Side, path: bodies.Path) -> Compiled:
    body = bodies.Body(side, path, None)
    is_enough = _is_something if node.is_true else _is_more_than_nothing

    def test(exchange: Exchange) -> bool:
        values, _ = body.read(exchange)
        return any(is_enough(value) for value in values)

    return Compiled(test, _cost(side, path, ()))


def _is_more_than_nothing(value: Any) -> bool:
    return value is not None and not (isinstance(value, RecordSet) and not value)


def _is_something(value: Any) -> bool:
    return isinstance(value, dict) or (bool(value) and value != wire.ZERO_UUID)


def _cost(side: Side, path: bodies.Path, found: Iterable[wire.Member]) -> Cost:
    if len(path) == 1 and all(isinstance(member.node, wire.Number | wire.Boolean) for member in found):
        return Cost.PEEK
    return Cost.REQUEST if side == "request" else Cost.RESPONSE


def _body_path(word: Word, apis: Apis) -> tuple[Side, bodies.Path] | None:
    """Return what a word names in bodies, None if it is no such path; raise FilterError if no body has it."""
    first, dot, rest = word.text.partition(".")
    side = _SIDES.get(first)
    if side is None or not dot or word.text in FIELDS:
        return None
    path = tuple(rest.split("."))
    if catalogue.members(side, path, apis):
        return side, path
    whose = f"{_names(apis)} {side}s have" if apis is not None else f"no {side} has"
    column = word.column + len(first) + 1
    if catalogue.leads_to_records(side, path, apis):
        raise FilterError(f"records have fields of their own: write records.{path[-1]}", column)
    near = catalogue.near(side, path, apis)
    hint = f": did you mean {' or '.join(near)}?" if near else _owned(side, path, apis)
    raise FilterError(f"{whose} {'no' if apis is not None else 'a'} field {rest}{hint}", column)


def _owned(side: Side, path: bodies.Path, apis: Apis) -> str:
    """Return whose field it is, where the filter is about other APIs."""
    owners = catalogue.owners(side, path) if apis is not None else []
    if not owners:
        return f": kafka-dissect fields {_names(apis).partition(' ')[0] if apis else 'API'} lists them"
    return f": {', '.join(owners[:4])}{' ...' if len(owners) > 4 else ''} {'has' if len(owners) == 1 else 'have'} one"


def _names(apis: frozenset[int]) -> str:
    names = [api.name for key in sorted(apis) if (api := registry.api(key)) is not None]
    return " and ".join(names) or "these"


def _field(word: Word) -> Field | None:
    """Return a field that all exchanges have, None for the messages themselves; raise FilterError for no field."""
    name = word.text
    if name in _SIDES:
        return None
    if name in FIELDS:
        return FIELDS[name]
    near = suggestions(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "kafka-dissect fields lists them"
    raise FilterError(f"unknown field {name}: {hint}", word.column)


def suggestions(name: str) -> list[str]:
    """Return the fields that may have been meant by a name that is none, two at the most."""
    name = name.lower().removeprefix("kafka.")  # as Wireshark has them
    if name in SYNONYMS or name in FIELDS:
        return [SYNONYMS.get(name, name)]
    first, dot, rest = name.partition(".")
    for side in get_close_matches(first, _SIDES, n=1) if dot else ():
        return catalogue.near(_SIDES[side], tuple(rest.split(".")), None)
    path = tuple(name.split("."))
    near = get_close_matches(name, FIELDS, n=2, cutoff=0.65)
    return near or list(dict.fromkeys(f for side in _SIDES.values() for f in catalogue.near(side, path, None)))[:2]

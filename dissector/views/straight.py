"""Straight code that makes JSON-ready values of bodies: what `projection` does, where there is nothing unusual.

    project(registry.grammar(3, 9, "response"))(values, topic_names, records)    # made when it is worth it
    print(source(registry.grammar(3, 9, "response")))                            # the code, for those who debug it

A struct beside whose fields nothing stands is taken as it is; others are a dict display each, lists of them are
comprehensions. Grammars with payloads and secrets are left to `projection`, and so are values that lack fields, have
tags that nobody declared, or bytes that should be text. The last two may pass unnoticed here: orjson refuses them.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dissector.views.besides import Beside, besides
from dissector.views.scalars import plain
from structs import generated, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structs.records import RecordSet

    #: What makes JSON-ready values of a `records` field; with the topic, None where that is not known.
    Records = Callable[[RecordSet, str | None], list[Any]]
    #: What makes those of a body, with the names of topics by their ids; it raises one of UNUSUAL.
    Project = Callable[[Mapping[str, Any], Mapping[str, str], Records | None], Any]

#: Meanings of fields that are withheld, or hold payloads.
LOADED: Final = frozenset({"config_value", "embedded", "secret"})
WARM: Final = 20  # bodies of one grammar that make it worth to write code for it

_INDENT: Final = "    "


class UnusualError(Exception):
    """A value that is left to `projection`."""


class UnsupportedError(Exception):
    """A grammar for which there is no straight code."""


#: What straight code raises for values that are left to `projection`: where a field lacks, or is null and must not be.
UNUSUAL: Final = (UnusualError, AttributeError, KeyError, TypeError)


def project(grammar: wire.Struct) -> Project:
    """Return the straight code for bodies of this grammar; what leaves them to `projection` until there were some."""
    try:
        return _made[grammar]
    except KeyError:
        _seen[grammar] += 1
        if _seen[grammar] > WARM:
            _made[grammar] = _load(grammar)
        return _leave


def source(grammar: wire.Struct) -> str:
    """Return the source text of a grammar's straight code; raise UnsupportedError."""
    return _Emitter().function(grammar)


def _leave(*_: object) -> Any:
    raise UnusualError


def _first(*names: str | None) -> str | None:
    return next((name for name in names if name is not None), None)


def _load(grammar: wire.Struct) -> Project:
    emitter = _Emitter()
    try:
        text = emitter.function(grammar)
    except UnsupportedError:
        return _leave
    generated.run(text, f"<projection {len(_made)}>", emitter.names)
    made: Project = emitter.names["project"]
    return made


class _Emitter:
    """Writes the function for one grammar; `names` are what its code calls.

    The other methods return expressions. `value` is one for a decoded value; `topics` are those that may give the topic
    of records, None each where it does not know: the first that does is right.
    """

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"first": _first, "leave": _leave, "nothing": {}, "plain": plain}
        self._depth = 0

    def function(self, grammar: wire.Struct) -> str:
        return f"def project(values, topic_names, records):\n    return {self._struct(grammar, 'values', ())}\n"

    def _value(self, node: wire.Node, value: str, topics: tuple[str, ...]) -> str:
        if _is_bare(node):
            return value
        if node.meaning is not None and node.meaning.name in LOADED:
            raise UnsupportedError(node.meaning.name)
        if isinstance(node, wire.Records):
            topic = topics[0] if len(topics) == 1 else f"first({', '.join(topics)})"
            return f"None if {value} is None else records({value}, {topic})"
        if isinstance(node, wire.NullableStruct):
            return f"None if {value} is None else {self._value(node.inner, value, topics)}"
        if isinstance(node, wire.Struct):
            return f"{self._each(node, f'({value},)', topics)}[0]"
        if isinstance(node, wire.Array):
            elements = self._each(node.element, value, topics)
            return f"None if {value} is None else {elements}" if node.nullable else elements
        if isinstance(node, wire.Bytes):
            made = f"{value}.hex()"
            return f"None if {value} is None else {made}" if node.nullable else made
        if isinstance(node, wire.Number):
            return f"plain({value}, text=False)"
        raise UnsupportedError(type(node).__name__)

    def _each(self, node: wire.Node, values: str, topics: tuple[str, ...]) -> str:
        """Return a comprehension over values of one type."""
        self._depth += 1
        variable = f"each_{self._depth}"
        made = self._struct(node, variable, topics) if isinstance(node, wire.Struct) else None
        text = f"[{made or self._value(node, variable, topics)} for {variable} in {values}]"
        self._depth -= 1
        return text

    def _struct(self, node: wire.Struct, values: str, topics: tuple[str, ...]) -> str:
        """Return a struct of which the variable `values` has the fields."""
        if _is_bare(node):
            return values
        topics = (*_topics(node, values), *topics)
        found = besides(node)
        margin = _INDENT * (self._depth + 2)
        entries = []
        for member in node.each_member():
            value = f"{values}[{member.name!r}]"
            entries.append(f"{member.name!r}: {self._value(member.node, value, topics)}")
            if member.name in found:
                entries.append(self._beside(found[member.name], member.node, value))
        lines = "".join(f"{margin}{entry},\n" for entry in entries)
        made = f"{{\n{lines}{margin[: -len(_INDENT)]}}}"
        # One field more is that of unknown tags.
        return made if node.tagged is None else f"({made} if len({values}) == {len(node.each_member())} else leave())"

    def _beside(self, beside: Beside, node: wire.Node, value: str) -> str:
        """Return the entry of what stands beside a field."""
        if beside.of is None:
            made = f"topic_names.get({value})"
        else:
            name = next((name for name, known in self.names.items() if known is beside.of), f"of_{len(self.names)}")
            self.names[name] = beside.of
            made = f"{name}({value})"
        entry = f"{beside.name!r}: {made}"
        is_nullable = isinstance(node, wire.Array) and node.nullable
        conditions = [f"{value} is not None"] if is_nullable else []
        conditions += [f"{made} is not None"] if beside.is_optional else []
        return f"**({{{entry}}} if {' and '.join(conditions)} else nothing)" if conditions else entry


@cache
def _is_bare(node: wire.Node) -> bool:
    """Say whether values of a type are JSON-ready as they are, and nothing stands beside any field in them."""
    if isinstance(node, wire.Struct):
        return not besides(node) and all(map(_is_bare, node.parts))
    if node.meaning is not None and node.meaning.name in LOADED:
        return False
    if isinstance(node, wire.Array | wire.NullableStruct):
        return all(map(_is_bare, node.parts))
    return isinstance(node, wire.Boolean | wire.String | wire.Uuid) or (
        isinstance(node, wire.Number) and node.code != "d"
    )


def _topics(node: wire.Struct, values: str) -> list[str]:
    """Return expressions for the topic that a struct is about; see `payloads.topic_of`."""
    topics = []
    for member in node.members:
        meaning = member.node.meaning.name if member.node.meaning is not None else ""
        value = f"{values}[{member.name!r}]"
        if meaning in ("topic_id", "topic_name"):
            topics.append(f"topic_names.get({value})" if meaning == "topic_id" else value)
    return topics


_made: Final[dict[wire.Struct, Project]] = {}
_seen: Final[Counter[wire.Struct]] = Counter()

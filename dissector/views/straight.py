"""Straight code that writes bodies as JSON while it reads them: what `projection` makes of them, where nothing is odd.

    writer(registry.grammar(3, 9, "response"))(data, start, elements, topic_names, records)    # (text, stop)
    print(source(registry.grammar(3, 9, "response")))                       # the code, for those who debug it

It is a decoder of `structs.compiler` that makes text of what it reads: a template for each struct, in which numbers
stand as they are. Grammars with payloads and secrets are left to `projection`, and so is whatever decoders leave to the
interpreter: text that is none, tags that nobody declared, nulls that must not be.
"""

from __future__ import annotations

from binascii import hexlify
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, Final

import orjson

from dissector.recordsets import holds_records
from dissector.views.besides import Beside, besides
from dissector.views.scalars import plain
from structs import compiler, generated, wire
from structs.compiler.emitter import Emitter

#: Writes a `records` field, of the bytes around it, where it starts and stops in them, and its topic, if that is known.
Records = Callable[[bytes, int, int, "str | None"], bytes]
#: Writes a body: of the bytes, where it starts, how many elements its arrays may have, the names of topics by their
#: ids, and what writes `records` fields. It gives the text, and where the body ends, or raises as decoders do.
Write = Callable[[bytes, int, int, Mapping[str, str], Records], tuple[bytes, int]]

#: Meanings of fields that are withheld, or hold payloads.
LOADED: Final = frozenset({"config_value", "embedded", "secret"})
WARM: Final = 20  # bodies of one grammar that make it worth to write code for it

#: What was made so far.
MADE: Final[dict[wire.Struct, Write]] = {}

_KEPT: Final = 1024  # values of a field of which it is remembered what stands beside them
_TOPICS: Final = ("topic_id", "topic_name")
_dumps: Final = orjson.dumps


def writer(grammar: wire.Struct) -> Write:
    """Return the straight code for bodies of this grammar; what leaves them to `projection` until there were some."""
    made = MADE.get(grammar)
    if made is None:
        _seen[grammar] += 1
        if _seen[grammar] > WARM:
            MADE[grammar] = _load(grammar)
        return compiler.leave
    return made


def source(grammar: wire.Struct) -> str:
    """Return the source text of a grammar's straight code; raise UnsupportedError."""
    return _Writer().function(grammar)


def _load(grammar: wire.Struct) -> Write:
    emitter = _Writer()
    try:
        text = emitter.function(grammar)
    except compiler.UnsupportedError:
        return compiler.leave
    namespace = {**compiler.NAMES, **emitter.names}
    generated.run(text, f"<writer {len(MADE)}>", namespace)
    made: Write = namespace["write"]
    return made


class _Writer(Emitter):
    """Writes the function for one grammar; `names` are what its code calls beside what decoders do.

    Variables and elements of arrays hold what is written, but for numbers, text, UUIDs, and arrays of numbers or text.
    """

    signature: ClassVar = "write(data, position, elements, topic_names, written_records)"
    called = (*Emitter.called, "dumps", "first", "hexed", "listed", "plain", "topic_names", "write", "written_records")

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, Any] = {
            "dumps": _dumps,
            "first": _first,
            "hexed": _hexed,
            "listed": _listed,
            "plain": plain,
        }
        self._topics: list[list[str]] = []  # of each struct around, expressions that may give the topic of records

    def value(self, node: wire.Node, name: str, path: list[str]) -> str:
        """Write what reads a value; raise UnsupportedError for those that are left to `projection`."""
        if node.meaning is not None and node.meaning.name in LOADED:
            raise compiler.UnsupportedError(node.meaning.name)
        return super().value(node, name, path)

    def struct(self, node: wire.Struct, path: list[str]) -> str:
        """Write what reads a struct; its topic must stand before its records."""
        behind = False
        for member in node.members:
            if behind and _meaning(member) in _TOPICS:
                raise compiler.UnsupportedError("a topic behind its records")
            behind = behind or holds_records(member.node)
        self._topics.append([])
        made = super().struct(node, path)
        self._topics.pop()
        return made

    def member(self, member: wire.Member, path: list[str]) -> str:
        """Write what reads a field, and take note of a topic; see `payloads.topic_of`."""
        value = super().member(member, path)
        if _meaning(member) in _TOPICS:
            self._topics[-1].append(f"topic_names.get({value})" if _meaning(member) == "topic_id" else value)
        return value

    def display(self, node: wire.Struct, fields: list[tuple[wire.Member, str]]) -> str:
        """Return the expression for a struct: a template with what it takes."""
        found = besides(node)
        forms, values = [], []
        for member, value in fields:
            form, argument = _written(member.node, value)
            form = f'"{member.name}":{form}'
            values.append(argument)
            if member.name in found:
                form_beside, argument = self._beside(found[member.name], member.node, value)
                form += form_beside
                values.append(argument)
            forms.append(form)
        template = repr(f"{{{','.join(forms)}}}".encode())
        if not values:
            return template
        return f"{self.constant(template, 'template')} % ({', '.join(values)}{',' if len(values) == 1 else ''})"

    def element(self, node: wire.Node, value: str) -> str:
        """Return the expression for an element as text."""
        if isinstance(node, wire.String):
            return value  # what orjson makes of each keeps some KB to itself, however short it is
        form, argument = _written(node, value)
        return argument if form == "%b" else f"b'{form}' % {argument}"

    def default(self, member: wire.Member) -> str:
        """Return the expression for a tagged field that is not there."""
        if isinstance(member.node, wire.Struct):
            return repr(_dumps(_ready(member.node, member.default)))
        if member.default and isinstance(member.default, list | dict):
            raise compiler.UnsupportedError(f"a default of {member.default!r}")
        return super().default(member)

    def open(self, variable: str, size: str) -> None:
        """Write what hands on the place of a `records` field."""
        topics = [topic for struct in reversed(self._topics) for topic in struct]
        topic = topics[0] if len(topics) == 1 else f"first({', '.join(topics)})"
        self.line(f"if position + {size} > len(data):")
        self.line("    raise FaultyError")
        self.line(f"{variable} = written_records(data, position, (position := position + {size}), {topic})")

    def _beside(self, beside: Beside, node: wire.Node, value: str) -> tuple[str, str]:
        """Return what stands beside a field, as `_written` does."""
        if beside.of is None:
            return f',"{beside.name}":%b', f"dumps(topic_names.get({value}))"
        entries = _entries(beside)
        name = next((name for name, known in self.names.items() if known is entries), None)
        if name is None:
            name = self.name(beside.name)
            self.names[name] = entries
        return "%b", f"{name}.of({value})" if isinstance(node, wire.Array) else f"{name}[{value}]"


class _Entries(dict[Any, bytes]):
    """What follows a field, by the field's value: what stands beside it."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def __missing__(self, value: Any) -> bytes:
        text = self.of(value)
        if len(self) < _KEPT:
            self[value] = text
        return text

    def of(self, value: Any) -> bytes:
        """Return what follows the field, of a value that is not remembered."""
        name, make, is_optional = self._beside
        assert make is not None  # noqa: S101 (names of topics are asked for elsewhere)
        made = None if value is None else make(value)
        is_left_out = value is None or (made is None and is_optional)
        return b"" if is_left_out else b",%b:%b" % (_dumps(name), _dumps(made))


_entries: Final = cache(_Entries)


def _written(node: wire.Node, value: str) -> tuple[str, str]:
    """Return what stands for a value in a template, and the expression of what is put there."""
    if isinstance(node, wire.Number):
        return ("%d", value) if node.code != "d" else ("%b", f"dumps(plain({value}, text=False))")
    if isinstance(node, wire.Boolean):
        return "%b", f"(b'true' if {value} else b'false')"
    if isinstance(node, wire.Uuid):
        return '"%b"', f"{value}.encode()"
    if isinstance(node, wire.String):
        return "%b", f"dumps({value})"
    if isinstance(node, wire.Array):
        if isinstance(node.element, wire.Number):
            if node.element.code == "d":
                raise compiler.UnsupportedError("an array of numbers that JSON may lack")
            return "%b", f"dumps({value})"
        if isinstance(node.element, wire.String):
            return "%b", f"dumps({value})"
        return ("%b", f"listed({value})") if node.nullable else ("[%b]", f"b','.join({value})")
    if isinstance(node, wire.Records | wire.NullableStruct):
        return "%b", f"({value} or b'null')"
    return "%b", f"hexed({value})" if isinstance(node, wire.Bytes) else value


def _ready(node: wire.Struct, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a default as JSON-ready values."""
    found = besides(node)
    ready: dict[str, Any] = {}
    for member in node.each_member():
        value = values[member.name]
        ready[member.name] = _ready(member.node, value) if isinstance(member.node, wire.Struct) else value
        beside = found.get(member.name)
        if beside is not None:
            if beside.of is None or isinstance(value, list):
                raise compiler.UnsupportedError(f"a default of {value!r}")
            ready[beside.name] = beside.of(value)
            if beside.is_optional and ready[beside.name] is None:
                del ready[beside.name]
    return ready


def _meaning(member: wire.Member) -> str:
    return member.node.meaning.name if member.node.meaning is not None else ""


def _first(*names: str | None) -> str | None:
    return next((name for name in names if name is not None), None)


def _hexed(value: bytes | None) -> bytes:
    return b"null" if value is None else b'"%b"' % hexlify(value)


def _listed(values: list[bytes] | None) -> bytes:
    return b"null" if values is None else b"[%b]" % b",".join(values)


_seen: Final[Counter[wire.Struct]] = Counter()

"""Straight code that writes bodies as JSON while it reads them: what `projection` makes of them, where nothing is odd.

    writer(registry.grammar(3, 9, "response"))(data, start, elements, topic_names, records)    # the text
    print(source(registry.grammar(3, 9, "response")))                       # the code, for those who debug it

It is a decoder of `structs.compiler` that makes text of what it reads: a template for each struct, in which numbers
stand as they are. What is about one topic and one partition, as many bodies are, has code of its own in front: there
is one template for all of it. Grammars with payloads and secrets are left to `projection`, and so is whatever decoders
leave to the interpreter: text that is none, tags that nobody declared, nulls that must not be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import orjson

from dissector.recordsets import holds_records
from dissector.views import straight_runtime
from dissector.views.besides import Beside, besides
from structs import compiler, generated, wire
from structs.compiler.emitter import Emitter

#: Writes a `records` field, of the bytes around it, where it starts and stops in them, and its topic, if that is known.
Records = Callable[[bytes, int, int, "str | None"], bytes]
#: Writes a body: of the bytes, where it starts, how many elements its arrays may have, the names of topics by their
#: ids, and what writes `records` fields. It gives the text of what is there up to the last byte, or raises as decoders
#: do.
Write = Callable[[bytes, int, int, Mapping[str, str], Records], bytes]

#: Meanings of fields that are withheld, or hold payloads.
LOADED: Final = frozenset({"config_value", "embedded", "secret"})
WARM: Final = 20  # bodies of one grammar that make it worth to write code for it

#: What was made so far.
MADE: Final[dict[wire.Struct, Write]] = {}

_TOPICS: Final = ("topic_id", "topic_name")
_dumps: Final = orjson.dumps


def writer(grammar: wire.Struct) -> Write:
    """Return the straight code for bodies of this grammar; what leaves them to `projection` until there were some."""
    made = MADE.get(grammar)
    if made is None:
        _seen[grammar] += 1
        if _seen[grammar] > WARM:
            MADE[grammar] = _load(grammar)
        return _leave
    return made


def source(grammar: wire.Struct) -> str:
    """Return the source text of a grammar's straight code; raise UnsupportedError."""
    return _Writer().function(grammar)


def _load(grammar: wire.Struct) -> Write:
    emitter = _Writer()
    try:
        text = emitter.function(grammar)
    except compiler.UnsupportedError:
        return _leave
    namespace = {**compiler.NAMES, **emitter.names}
    generated.run(text, f"<writer {len(MADE)}>", namespace)
    made: Write = namespace["write"]
    return made


def _leave(*_: object) -> bytes:
    """Leave all bytes to `projection`."""
    raise wire.SeldomError


class _Writer(Emitter):
    """Writes the function for one grammar; `names` are what its code calls beside what decoders do.

    Variables and elements of arrays hold what is written, but for numbers, text, UUIDs, and arrays of numbers or text.
    """

    signature: ClassVar = "write(data, position, elements, topic_names, written_records)"
    called = (*Emitter.called, *straight_runtime.NAMES, "begin", "topic_names", "write", "written_records")

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, Any] = dict(straight_runtime.NAMES)
        self._topics: list[list[str]] = []  # of each struct around, expressions that may give the topic of records
        self._templates: dict[str, tuple[str, list[str]]] = {}  # by expression, its template and what that takes
        self._single: list[wire.Array] = []  # arrays that are taken to have one element
        self._counts: list[tuple[str, int]] = []  # of such, variables that are read but not looked at, and what is one

    def function(self, grammar: wire.Node) -> str:
        """Return the source of the function for a grammar; raise UnsupportedError."""
        self.line("size = len(data)")
        self._single = _arrays_of_one(grammar)
        if self._single:
            self._body_of_one(grammar)
        self._body(grammar)
        return self.source(f"def {self.signature}:")

    def _body(self, grammar: wire.Node) -> None:
        value = self.value(grammar, "value", [])
        self._flush()
        self.line("if position != size:")
        self.line("    raise SeldomError")
        self.line(f"return {value}")

    def _body_of_one(self, grammar: wire.Node) -> None:
        """Write what reads a body whose arrays in `_single` have one element each, and goes on where they have not."""
        self.line("begin = position")
        self.line("try:")
        indent, self._indent = self._indent, self._indent + 1
        self.line("if elements >= size:")  # else they are to be counted: each takes a byte
        self._indent += 1
        self._body(grammar)
        self._indent = indent
        self.line("except LEFT:")
        self.line("    if begin is None:")
        self.line("        raise")
        self.line("position = begin")
        self._single = []

    def _one(self, node: wire.Array, name: str, path: list[str]) -> str:
        """Write what reads the element of an array in `_single`."""
        count = self._fixed("B" if node.compact else node.code, f"{name}_count")
        self._counts.append((count, 1 + node.compact))
        form, values = self._written(node.element, self.value(node.element, f"{name}_element", path))
        self._templates[f"[{form}]"] = f"[{form}]", values
        return f"[{form}]"

    def _flush(self, *, stays: bool = False) -> None:
        """Write what reads all that waits for it; what looks at the counts that are read comes first thereafter."""
        super()._flush(stays=stays)
        counts, self._counts = self._counts, []
        for count, one in counts:
            self._single.pop(0)
            self.line(f"if {count} == {one}:")
            self._indent += 1
            if not self._single:
                self.line("begin = None")

    def value(self, node: wire.Node, name: str, path: list[str]) -> str:
        """Write what reads a value; raise UnsupportedError for those that are left to `projection`."""
        if node.meaning is not None and node.meaning.name in LOADED:
            raise compiler.UnsupportedError(node.meaning.name)
        if any(node is array for array in self._single):
            return self._one(node, name, path)
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
            form, taken = self._written(member.node, value)
            form = f'"{member.name}":{form}'
            values += taken
            if member.name in found:
                form_beside, argument = self._beside(found[member.name], member.node, value)
                form += form_beside
                values.append(argument)
            forms.append(form)
        form = f"{{{','.join(forms)}}}"
        made = _filled(form, values)
        self._templates[made] = form, values
        return made

    def element(self, node: wire.Node, value: str) -> str:
        """Return the expression for an element as text."""
        if isinstance(node, wire.String):
            return value  # what orjson makes of each keeps some KB to itself, however short it is
        form, values = self._written(node, value)
        return values[0] if form == "%b" else _filled(form, values)

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
        self.line(f"if position + {size} > size:")
        self.line("    raise FaultyError")
        self.line(f"{variable} = written_records(data, position, (position := position + {size}), {topic})")

    def _written(self, node: wire.Node, value: str) -> tuple[str, list[str]]:
        """Return what stands for a value in a template, and the expressions of what is put there."""
        if value in self._templates:
            return self._templates[value]
        form, argument = _written(node, value)
        return form, [argument]

    def _beside(self, beside: Beside, node: wire.Node, value: str) -> tuple[str, str]:
        """Return what stands for what is beside a field in a template, and the expression of what is put there."""
        if beside.of is None:
            return f',"{beside.name}":%b', f"dumps(topic_names.get({value}))"
        entries = straight_runtime.entries(beside)
        name = next((name for name, known in self.names.items() if known is entries), None)
        if name is None:
            name = self.name(beside.name)
            self.names[name] = entries
        return "%b", f"{name}.of({value})" if isinstance(node, wire.Array) else f"{name}[{value}]"


def _arrays_of_one(grammar: wire.Node) -> list[wire.Array]:
    """Return the arrays that have one element where a body is about one topic and one partition."""
    topics = next((array for array in _arrays_of_structs(grammar) if _names_topic(array.element)), None)
    return [] if topics is None else [topics, *_arrays_of_structs(topics.element)[:1]]


def _arrays_of_structs(node: wire.Node) -> list[wire.Array]:
    nodes = [member.node for member in node.members] if isinstance(node, wire.Struct) else []
    return [node for node in nodes if isinstance(node, wire.Array) and isinstance(node.element, wire.Struct)]


def _names_topic(node: wire.Node) -> bool:
    return isinstance(node, wire.Struct) and any(_meaning(member) in _TOPICS for member in node.members)


def _filled(form: str, values: list[str]) -> str:
    """Return the expression that puts values into a template."""
    template = repr(form.encode())
    return f"{template} % ({', '.join(values)}{',' if len(values) == 1 else ''})" if values else template


def _written(node: wire.Node, value: str) -> tuple[str, str]:
    """Return what stands for a value in a template, and the expression of what is put there."""
    if isinstance(node, wire.Number):
        return ("%d", value) if node.code != "d" else ("%b", f"dumps(plain({value}, text=False))")
    if isinstance(node, wire.Boolean):
        return "%b", f"(b'true' if {value} else b'false')"
    if isinstance(node, wire.Uuid):
        return '"%b"', f"{value}.encode()"
    if isinstance(node, wire.String):
        meaning = None if node.meaning is None else node.meaning.name
        return "%b", f"kept({value})" if meaning in _TOPICS else f"(dumps({value}) if {value} else empty[{value}])"
    if isinstance(node, wire.Array):
        if isinstance(node.element, wire.Number):
            if node.element.code == "d":
                raise compiler.UnsupportedError("an array of numbers that JSON may lack")
            return "%b", f"dumps({value})"
        if isinstance(node.element, wire.String):
            return "%b", f"dumps({value})"
        joined = f"b','.join({value})"
        return ("%b", f"(b'null' if {value} is None else b'[%b]' % {joined})") if node.nullable else ("[%b]", joined)
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


_seen: Final[Counter[wire.Struct]] = Counter()

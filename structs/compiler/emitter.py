"""Writes the source text of a decoder: straight code for one grammar."""

from __future__ import annotations

import keyword
import math
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structs import wire
from structs.compiler import runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

_UUID: Final = "16s"
_WIDTH: Final = 120
_COMMA: Final = "\0"  # between the entries of a dict that may get a line each
_FEW_ELEMENTS: Final = 4  # up to so many are read faster one by one
_DEPTH: Final = 12  # arrays inside one another; Python itself nests no more than 20 loops
#: What generated code calls, beside the builtins.
CALLED: Final = ("FaultyError", "SeldomError", "Struct", "few", "long_text", "many", "span", "uuid", "varint")
_RESERVED: Final = {
    *keyword.kwlist,
    *CALLED,
    *("_", "any", "data", "decode", "elements", "len", "opened", "position", "range", "spans", "tag"),
}


class UnsupportedError(Exception):
    """A grammar with a node that has no straight code."""


class _Read(NamedTuple):
    """A value of fixed width that waits to be read together with its neighbours."""

    code: str  # the struct module's
    variable: str
    path: str  # of the field, where its span is wanted


class Emitter:
    """Writes one decoder.

    The decoder is a function of the bytes, a position, and how many elements its arrays may have; it gives back the
    value and the position behind it. With `spans` it takes a dict besides, which it fills with the span of every field;
    without, what `records` fields are opened with.
    """

    def __init__(self, *, spans: bool) -> None:
        self._spans = spans
        self._lines: list[str] = []
        self._indent = 1
        self._loops = 0
        self._run: list[_Read] = []
        self._unpackers: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._used: set[str] = set(_RESERVED)

    def function(self, grammar: wire.Node) -> str:
        """Return the source of the decoder of a grammar; raise UnsupportedError."""
        value = self._value(grammar, "value", [])
        self._flush()
        self._line("if position > len(data):")
        self._line("    raise FaultyError")
        self._line(f"return {value}, position")
        made = [f"{name} = {made}\n" for made, name in (*self._unpackers.items(), *self._numbers.items())]
        arguments = "data, position, elements, spans" if self._spans else "data, position, elements, opened=None"
        return "".join([*made, f"def decode({arguments}):\n", *self._lines])

    def _line(self, text: str) -> None:
        """Write a line; a dict that makes it too long gets a line for each of its entries."""
        margin = "    " * self._indent
        line = margin + text.replace(_COMMA, ", ")
        if len(line) <= _WIDTH or _COMMA not in text:
            self._lines.append(f"{line}\n")
            return
        head, _, rest = text.partition("{")
        entries, _, tail = rest.rpartition("}")
        entries = "".join(f"{margin}    {entry},\n" for entry in entries.split(_COMMA))
        self._lines.append(f"{margin}{head}{{\n{entries}{margin}}}{tail}\n")

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self._line(head)
        self._indent += 1
        before = len(self._lines)
        yield
        self._flush()
        if len(self._lines) == before:
            self._line("pass")
        self._indent -= 1

    def _name(self, wanted: str) -> str:
        """Return a variable that nothing else uses."""
        name, number = wanted, 1
        while name in self._used or not name.isidentifier():
            number += 1
            name = f"{wanted}_{number}" if wanted.isidentifier() else f"field_{number}"
        self._used.add(name)
        return name

    # What stands side by side and has a fixed width is read in one go.

    def _fixed(self, code: str, wanted: str, path: list[str] | None = None) -> str:
        variable = self._name(wanted)
        self._run.append(_Read(code, variable, _tuple(path) if self._spans and path else ""))
        return variable

    def _flush(self) -> None:
        if not self._run:
            return
        run, self._run = self._run, []
        sizes = [struct.calcsize(f">{read.code}") for read in run]
        if len(run) == 1 and run[0].code in "B?":
            self._line(f"{run[0].variable} = data[position]{' != 0' if run[0].code == '?' else ''}")
        else:
            unpack = self._unpacker("".join(read.code for read in run), "unpack_from")
            targets = ", ".join(read.variable for read in run) + ("," if len(run) == 1 else "")
            self._line(f"{targets} = {unpack}(data, position)")
        offset = 0
        for read, size in zip(run, sizes, strict=True):
            if read.path:
                self._line(f"spans[{read.path}] = span((position + {offset}, position + {offset + size}))")
            offset += size
        self._line(f"position += {offset}")

    def _unpacker(self, codes: str, method: str) -> str:
        made = f'Struct(">{_folded(codes)}").{method}'
        if made not in self._unpackers:
            self._unpackers[made] = self._name(f"{method.removesuffix('_from')}_{len(self._unpackers)}")
        return self._unpackers[made]

    # Every method from here on writes what reads a value, and returns the expression that gives it afterwards.

    def _value(self, node: wire.Node, name: str, path: list[str]) -> str:
        if type(node) is wire.Number:
            return self._fixed(node.code, name, path)
        if type(node) is wire.Boolean:
            return self._fixed("?", name, path)
        if type(node) is wire.Uuid:
            return f"uuid({self._fixed(_UUID, name, path)})"
        if type(node) is wire.Struct and not self._spans:
            return self._struct(node, path)
        return self._spanned(node, name, path)

    def _spanned(self, node: wire.Node, name: str, path: list[str]) -> str:
        start = ""
        if self._spans and path:
            self._flush()
            start = self._name("start")
            self._line(f"{start} = position")
        value = self._composite(node, name, path)
        if start:
            self._flush()
            self._line(f"spans[{_tuple(path)}] = span(({start}, position))")
        return value

    def _composite(self, node: wire.Node, name: str, path: list[str]) -> str:
        if type(node) is wire.Struct:
            return self._struct(node, path)
        if type(node) is wire.NullableStruct:
            return self._nullable_struct(node, name, path)
        if type(node) is wire.String:
            return self._text(node, name)
        if type(node) in (wire.Bytes, wire.Records):
            return self._bytes(node, name)
        if type(node) is wire.Array:
            return self._array(node, name, path)
        raise UnsupportedError(f"{type(node).__name__} has no straight code")

    def _text(self, node: wire.String, name: str) -> str:
        length, variable = self._length(node, name), self._name(name)
        if node.compact:  # nearly all are short
            self._line(f"if 0 < {length} < 128:")
            self._line(f"    {variable} = data[position : (position := position + {length} - 1)].decode()")
            self._line(f"elif {length}:")
            self._line(f"    {variable}, position = long_text(data, position, {length})")
        else:
            self._line(f"if {length} >= 0:")
            self._line(f"    {variable} = data[position : (position := position + {length})].decode()")
        self._null(node, variable, length)
        return variable

    def _bytes(self, node: wire.Bytes, name: str) -> str:
        length, variable = self._length(node, name), self._name(name)
        if node.compact:
            self._long(length)
        size = f"{length} - 1" if node.compact else length
        with self._block(f"if {length}:" if node.compact else f"if {length} >= 0:"):
            if type(node) is wire.Records and not self._spans:
                self._open(variable, size)
            else:
                self._line(f"{variable} = data[position : (position := position + {size})]")
        self._null(node, variable, length)
        return variable

    def _open(self, variable: str, size: str) -> None:
        """Write what hands on the place of a `records` field, or copies its bytes where nobody takes it."""
        self._line("if opened is None:")
        self._line(f"    {variable} = data[position : (position := position + {size})]")
        self._line(f"elif position + {size} <= len(data):")
        self._line(f"    {variable} = opened(data, position, (position := position + {size}))")
        self._line("else:")
        self._line("    raise FaultyError")

    def _length(self, node: wire.Prefixed, name: str, suffix: str = "length") -> str:
        """Write what reads the length in front; of a compact one the first byte, which counts one more."""
        length = self._fixed("B" if node.compact else node.code, f"{name}_{suffix}")
        self._flush()
        return length

    def _long(self, number: str) -> None:
        """Write what reads on a varint whose first byte says that it has more."""
        self._line(f"if {number} > 127:")
        self._line(f"    {number}, position = varint(data, position, {number})")

    def _null(self, node: wire.Prefixed, variable: str, length: str) -> None:
        """Write what follows the branch of a value that is there; a null where none may stand is a fault."""
        if node.nullable:
            self._line("else:" if node.compact else f"elif {length} == -1:")
            self._line(f"    {variable} = None")
        if not (node.nullable and node.compact):
            self._line("else:")
            self._line("    raise FaultyError")

    def _array(self, node: wire.Array, name: str, path: list[str]) -> str:
        if not node.element.minimum_size:
            raise UnsupportedError("elements without bytes")
        self._loops += 1
        if self._loops > _DEPTH:
            raise UnsupportedError("too many arrays inside one another")
        count, variable = self._length(node, name, "count"), self._name(name)
        if node.compact:
            self._long(count)
        with self._block(f"if {count}:" if node.compact else f"if {count} >= 0:"):
            self._line(f"elements -= {count}")
            self._line("if elements < 0:")
            self._line("    raise SeldomError")  # a compact count is one more, and the interpreter counts exactly
            self._elements(node, variable, count, path)
        self._null(node, variable, count)
        self._loops -= 1
        return variable

    def _elements(self, node: wire.Array, variable: str, count: str, path: list[str]) -> None:
        """Write what reads elements, the count of which is known: one more than they are if it is compact."""
        element = node.element
        if not self._spans and type(element) is wire.Number:
            self._numbers_of(element, variable, count, compact=node.compact)
            return
        shape = None if self._spans else _shape(element)
        if shape is not None:
            with self._block(f"if {count} > {_FEW_ELEMENTS + node.compact}:"):
                self._run_of(shape, variable, f"({count} - 1)" if node.compact else count, element)
            with self._block("else:"):
                self._loop(node, variable, count, path)
        else:
            self._loop(node, variable, count, path)

    def _loop(self, node: wire.Array, variable: str, count: str, path: list[str]) -> None:
        self._line(f"{variable} = []")
        index = ""
        if self._spans:
            index = self._name("index")
            self._line(f"{index} = 0")
        with self._block(f"while {count} > 1:" if node.compact else f"while {count}:"):
            self._line(f"{count} -= 1")
            value = self._value(node.element, f"{variable}_element", [*path, index])
            self._flush()
            self._line(f"{variable}.append({value})")
            if index:
                self._line(f"{index} += 1")

    def _numbers_of(self, element: wire.Number, variable: str, count: str, *, compact: bool) -> None:
        """Write what reads nothing but numbers: there are few, or a helper reads them."""
        made = f'few("{element.code}")'
        few = self._numbers[made] = self._numbers.get(made) or self._name(f"few_{element.code}")
        size, more = struct.calcsize(f">{element.code}"), int(compact)
        less = " - 1" if compact else ""
        self._line(f"if {more} < {count} < {runtime.FEW + more}:")
        self._line(f"    {variable} = [*{few}[{count}{less}](data, position)]")
        self._line(f"    position += {count} * {size}{f' - {size}' if compact else ''}")
        self._line(f"elif {count} == {more}:")
        self._line(f"    {variable} = []")
        self._line("else:")
        self._line(f'    {variable}, position = many(data, position, {count}{less}, "{element.code}")')

    def _run_of(self, members: list[tuple[str, str]], variable: str, count: str, element: wire.Node) -> None:
        """Write what reads elements of one shape: the struct module walks over all of them."""
        assert isinstance(element, wire.Struct)  # noqa: S101 (it has a shape)
        codes = "".join(code for _, code in members) + ("" if element.tagged is None else "x")
        size = struct.calcsize(f">{codes}")
        unpack, run = self._unpacker(codes, "iter_unpack"), self._name("run")
        self._line(f"{run} = data[position : (position := position + {count} * {size})]")
        if element.tagged is not None:  # each ends with the number of its tagged fields
            self._line(f"if any({run}[{size - 1}::{size}]):")
            self._line("    raise SeldomError")
        names = {name: self._name(name) for name, _ in members}
        fields = _COMMA.join(
            f"{name!r}: uuid({names[name]})" if code == _UUID else f"{name!r}: {names[name]}" for name, code in members
        )
        targets = ", ".join(names.values()) + ("," if len(names) == 1 else "")
        self._line(f"{variable} = [{{{fields}}} for {targets} in {unpack}({run})]")

    def _struct(self, node: wire.Struct, path: list[str]) -> str:
        fields = [
            (member.name, self._value(member.node, member.name, [*path, repr(member.name)])) for member in node.members
        ]
        if node.tagged is not None:
            fields += self._tagged(node.tagged, path)
        return "{" + _COMMA.join(f"{name!r}: {value.replace(_COMMA, ', ')}" for name, value in fields) + "}"

    def _tagged(self, tagged: dict[int, wire.Member], path: list[str]) -> list[tuple[str, str]]:
        count = self._fixed("B", "tags")
        self._flush()
        if not tagged:
            self._line(f"if {count}:")
            self._line("    raise SeldomError")
            return []
        variables = {}
        for tag, member in tagged.items():
            variables[tag] = self._name(member.name)
            self._line(f"{variables[tag]} = {_literal(member.default)}")
        self._loops += 1
        size, stop, previous = self._name("tag_size"), self._name("tag_stop"), self._name("previous_tag")
        with self._block(f"if {count}:"):
            self._line(f"if {count} > 127:")
            self._line("    raise SeldomError")
            self._line(f"{previous} = -1")
            with self._block(f"for _ in range({count}):"):
                self._line("tag = data[position]")
                self._line(f"{size} = data[position + 1]")
                self._line("position += 2")
                self._line(f"if tag <= {previous}:")
                self._line("    raise FaultyError")
                self._line(f"{previous} = tag")
                self._long(size)
                self._line(f"{stop} = position + {size}")
                word = "if"
                for tag, member in tagged.items():
                    if tag > 127:
                        raise UnsupportedError("a tag of two bytes")
                    with self._block(f"{word} tag == {tag}:"):
                        value = self._value(member.node, member.name, [*path, repr(member.name)])
                        self._flush()
                        self._line(f"{variables[tag]} = {value}")
                    word = "elif"
                self._line("else:")
                self._line("    raise SeldomError")
                self._line(f"if position != {stop}:")
                self._line("    raise FaultyError")
        self._loops -= 1
        return [(member.name, variables[tag]) for tag, member in tagged.items()]

    def _nullable_struct(self, node: wire.NullableStruct, name: str, path: list[str]) -> str:
        marker = self._fixed("B", f"{name}_marker")
        self._flush()
        variable = self._name(name)
        if node.is_tagged:
            self._long(marker)
        with self._block(f"if {marker}:" if node.is_tagged else f"if {marker} < 128:"):
            value = self._struct(node.inner, path)
            self._flush()
            self._line(f"{variable} = {value}")
        self._line("else:")
        self._line(f"    {variable} = None")
        return variable


def _shape(element: wire.Node) -> list[tuple[str, str]] | None:
    """Return the names and format codes of a struct's fields, None where not all of them have a fixed width."""
    if type(element) is not wire.Struct or element.tagged or not element.members:
        return None
    members: list[tuple[str, str]] = []
    for member in element.members:
        node = member.node
        if type(node) is wire.Number:
            members.append((member.name, node.code))
        elif type(node) is wire.Boolean:
            members.append((member.name, "?"))
        elif type(node) is wire.Uuid:
            members.append((member.name, _UUID))
        else:
            return None
    return members


def _tuple(path: list[str]) -> str:
    return ", ".join(path) + ("," if len(path) == 1 else "")


def _folded(codes: str) -> str:
    """Return a format as people write it: "4i" for "iiii"."""
    text, rest = "", codes
    while rest:
        if rest[0].isdigit():
            text, rest = text + rest[:3], rest[3:]
            continue
        count = len(rest) - len(rest.lstrip(rest[0]))
        text += f"{count}{rest[0]}" if count > 1 else rest[0]
        rest = rest[count:]
    return text


def _literal(value: Any) -> str:
    """Return an expression that makes the value anew whenever it is evaluated."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_literal(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(part) for part in value) + "]"
    if (
        value is None
        or isinstance(value, bool | int | str | bytes)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return repr(value)
    raise UnsupportedError(f"a default of {value!r}")

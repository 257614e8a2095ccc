"""Writes the source text of a decoder: straight code for one grammar."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from structs import wire
from structs.compiler import runtime
from structs.compiler.lines import COMMA, Lines
from structs.compiler.widths import UUID, code_of, codes_of, folded, following, length_of, size_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FEW_ELEMENTS: Final = 4  # up to so many are read faster one by one
_DEPTH: Final = 12  # arrays inside one another; Python itself nests no more than 20 loops
_RESERVED: Final = ("any", "data", "decode", "elements", "len", "opened", "position", "range", "size", "spans", "tag")
#: What generated code calls, beside the builtins.
CALLED: Final = ("FaultyError", "SeldomError", "Struct", "few", "long_text", "many", "second", "span", "uuid", "varint")


class UnsupportedError(Exception):
    """A grammar with a node that has no straight code."""


class _Read(NamedTuple):
    """A value of fixed width that waits to be read together with its neighbours."""

    code: str  # the struct module's
    variable: str
    path: str  # of the field, where its span is wanted


class Emitter(Lines):
    """Writes one decoder.

    The decoder is a function of the bytes, a position, and how many elements its arrays may have; it gives back the
    value and the position behind it. With `spans` it takes a dict besides, which it fills with the span of every field;
    without, what `records` fields are opened with.
    """

    signature: ClassVar[str] = "decode(data, position, elements, opened=None)"
    called: ClassVar[tuple[str, ...]] = CALLED

    def __init__(self, *, spans: bool = False) -> None:
        super().__init__((*self.called, *_RESERVED))
        self._spans = spans
        self._loops = 0
        self._run: list[_Read] = []
        self._next: list[tuple[str, str]] = []  # codes and names of what is worth to be read ahead
        self._known: list[_Read] = []  # what was, in front of what comes next

    def function(self, grammar: wire.Node) -> str:
        """Return the source of the decoder of a grammar; raise UnsupportedError."""
        self.line("size = len(data)")
        value = self.value(grammar, "value", [])
        self._flush()
        if not (type(grammar) is wire.Struct and grammar.tagged == {}):  # else the byte at the end was there to be read
            self.line("if position > size:")
            self.line("    raise FaultyError")
        self.line(f"return {value}, position")
        signature = self.signature.replace("opened=None", "spans") if self._spans else self.signature
        return self.source(f"def {signature}:")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write lines inside of a statement, with all that is read there."""
        with super().block(head):
            yield
            self._flush()

    # What stands side by side and has a fixed width is read in one go.

    def _fixed(self, code: str, wanted: str, path: list[str] | None = None) -> str:
        if self._known:
            return self._known.pop(0).variable
        variable = self.name(wanted)
        self._run.append(_Read(code, variable, _tuple(path) if self._spans and path else ""))
        return variable

    def _flush(self, *, stays: bool = False) -> None:
        """Write what reads the run, and steps over it unless the position `stays` where it is."""
        if not self._run:
            return
        run, self._run = self._run, []
        sizes = [size_of(read.code) for read in run]
        if len(run) == 1 and run[0].code in "B?":
            self.line(f"{run[0].variable} = data[position]{' != 0' if run[0].code == '?' else ''}")
        else:
            unpack = self._unpacker((read.code for read in run), "unpack_from")
            targets = ", ".join(read.variable for read in run) + ("," if len(run) == 1 else "")
            self.line(f"{targets} = {unpack}(data, position)")
        offset = 0
        for read, size in zip(run, sizes, strict=True):
            if read.path:
                self.line(f"spans[{read.path}] = span((position + {offset}, position + {offset + size}))")
            offset += size
        if not stays:
            self.line(f"position += {offset}")

    def _unpacker(self, codes: Iterable[str], method: str) -> str:
        return self.constant(f'Struct(">{folded(codes)}").{method}', method.removesuffix("_from"))

    # The methods without an underscore say what becomes of what is read: others may make something else of it.

    def display(self, _node: wire.Struct, fields: list[tuple[wire.Member, str]]) -> str:
        """Return the expression for a struct, of those of its fields."""
        return "{" + COMMA.join(f"{member.name!r}: {value.replace(COMMA, ', ')}" for member, value in fields) + "}"

    def element(self, _node: wire.Node, value: str) -> str:
        """Return the expression for what an array has as an element, of that of its value."""
        return value

    def default(self, member: wire.Member) -> str:
        """Return the expression for a tagged field that is not there; raise UnsupportedError."""
        return _literal(member.default)

    def open(self, variable: str, size: str) -> None:
        """Write what hands on the place of a `records` field, or copies its bytes where nobody takes it."""
        self.line("if opened is None:")
        self.line(f"    {variable} = data[position : (position := position + {size})]")
        self.line(f"elif position + {size} <= size:")
        self.line(f"    {variable} = opened(data, position, (position := position + {size}))")
        self.line("else:")
        self.line("    raise FaultyError")

    def value(self, node: wire.Node, name: str, path: list[str]) -> str:
        """Write what reads a value, and return the expression that gives it afterwards."""
        code = code_of(node)
        if code is not None:
            variable = self._fixed(code, name, path)
            return f"uuid({variable})" if code == UUID else variable
        if type(node) is wire.Struct and not self._spans:
            return self.struct(node, path)
        return self._spanned(node, name, path)

    def _spanned(self, node: wire.Node, name: str, path: list[str]) -> str:
        start = ""
        if self._spans and path:
            self._flush()
            start = self.name("start")
            self.line(f"{start} = position")
        value = self._composite(node, name, path)
        if start:
            self._flush()
            self.line(f"spans[{_tuple(path)}] = span(({start}, position))")
        return value

    def _composite(self, node: wire.Node, name: str, path: list[str]) -> str:
        if type(node) is wire.Struct:
            return self.struct(node, path)
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
        if node.compact:
            return self._compact_text(node, name)
        (length, ahead), variable = self._length(node, name), self.name(name)
        with self.block(f"if {length} > 0:"), self._before(ahead):
            self.line(f"{variable} = data[position : (position := position + {length})].decode()")
        self._empty(node, variable, length, "''")
        self._known = ahead
        return variable

    def _compact_text(self, node: wire.String, name: str) -> str:
        """Write what reads text, and steps over it and what was read with its length at once."""
        read = 0 if self._known else 1 + size_of(read.code for read in self._run)  # bytes, up to that of the length
        (length, _), variable = self._length(node, name, stays=True), self.name(name)
        start, stop = _plus("position", read), _plus(f"position + {length}", read - 1)
        self.line(f"if {length} > 127:")
        self.line(f"    {variable}, position = long_text(data, {start}, {length})")
        self.line(f"elif {length} > 1:")
        self.line(f"    {variable} = data[{start} : (position := {stop})].decode()")
        self._empty(node, variable, length, "''", read)
        return variable

    def _bytes(self, node: wire.Bytes, name: str) -> str:
        (length, _), variable = self._length(node, name), self.name(name)
        if node.compact:
            with self.block(f"if {length} > 127:"):  # a varint of two bytes is nearly as frequent as one of one
                self.line(f"{length} += second[data[position]]")
                self.line("position += 1")
                self.line(f"if {length} < 0:")
                self.line(f"    {length}, position = varint(data, position - 1, data[position - 2])")
        size = f"{length} - 1" if node.compact else length
        with self.block(f"if {length}:" if node.compact else f"if {length} >= 0:"):
            if type(node) is wire.Records and not self._spans:
                self.open(variable, size)
            else:
                self.line(f"{variable} = data[position : (position := position + {size})]")
        self._null(node, variable, length)
        return variable

    def _length(self, node: wire.Prefixed, name: str, *, stays: bool = False) -> tuple[str, list[_Read]]:
        """Write what reads the length in front; of a compact one the first byte, which counts one more.

        Where a call reads it, that reads ahead what follows if the value is empty: these bytes are there in any case.
        The position may be left for the caller to step on (`stays`).
        """
        length = self._fixed(*length_of(node, name))
        ahead: list[_Read] = []
        if [read.code for read in self._run] not in ([], ["B"]):
            ahead = [_Read(code, self.name(wanted), "") for code, wanted in self._next]
            self._run += ahead
        self._next = []
        self._flush(stays=stays)
        return length, ahead

    @contextmanager
    def _before(self, ahead: list[_Read]) -> Iterator[None]:
        """Write what reads a value that stands before what was read ahead; that is read anew."""
        if ahead:
            self.line(f"position -= {size_of(read.code for read in ahead)}")
        yield
        self._run += ahead
        self._flush()

    def _long(self, number: str) -> None:
        """Write what reads on a varint whose first byte says that it has more."""
        self.line(f"if {number} > 127:")
        self.line(f"    {number}, position = varint(data, position, {number})")

    def _empty(self, node: wire.Prefixed, variable: str, length: str, empty: str, read: int = 0) -> None:
        """Write what follows the branch of a value with something in it; `read` bytes are still to be stepped over."""
        self.line(f"elif {length}:" if node.compact else f"elif not {length}:")
        self.line(f"    {variable} = {empty}")
        if read:
            self.line(f"    position += {read}")
        self._null(node, variable, length, read)

    def _null(self, node: wire.Prefixed, variable: str, length: str, read: int = 0) -> None:
        """Write what follows the branch of a value that is there; a null where none may stand is a fault."""
        if node.nullable:
            self.line("else:" if node.compact else f"elif {length} == -1:")
            self.line(f"    {variable} = None")
            if read:
                self.line(f"    position += {read}")
        if not (node.nullable and node.compact):
            self.line("else:")
            self.line("    raise FaultyError")

    def _array(self, node: wire.Array, name: str, path: list[str]) -> str:
        if not node.element.minimum_size:
            raise UnsupportedError("elements without bytes")
        self._loops += 1
        if self._loops > _DEPTH:
            raise UnsupportedError("too many arrays inside one another")
        (count, ahead), variable = self._length(node, name), self.name(name)
        with self.block(f"if {count} > {int(node.compact)}:"), self._before(ahead):
            if node.compact:
                self._long(count)
            with self.block("if elements < size:"):  # else they cannot be too many: each takes a byte
                self.line(f"elements -= {count}")
                self.line("if elements < 0:")
                self.line("    raise SeldomError")  # a compact count is one more, and the interpreter counts exactly
            self._elements(node, variable, count, path)
        self._empty(node, variable, count, "[]")
        self._known = ahead
        self._loops -= 1
        return variable

    def _elements(self, node: wire.Array, variable: str, count: str, path: list[str]) -> None:
        """Write what reads elements, the count of which is known: one more than they are if it is compact."""
        element = node.element
        if not self._spans and type(element) is wire.Number:
            self._numbers_of(element, variable, count, compact=node.compact)
            return
        codes = None if self._spans or not isinstance(element, wire.Struct) else codes_of(element)
        if codes is not None:
            with self.block(f"if {count} > {_FEW_ELEMENTS + node.compact}:"):
                self._run_of(element, codes, variable, f"({count} - 1)" if node.compact else count)
            with self.block("else:"):
                self._loop(node, variable, count, path)
        else:
            self._loop(node, variable, count, path)

    def _loop(self, node: wire.Array, variable: str, count: str, path: list[str]) -> None:
        self.line(f"{variable} = []")
        index = ""
        if self._spans:
            index = self.name("index")
            self.line(f"{index} = 0")
        with self.block("while True:"):
            value = self.value(node.element, f"{variable}_element", [*path, index])
            self._flush()
            self.line(f"{variable}.append({self.element(node.element, value)})")
            self.line(f"if {count} == {1 + node.compact}:")
            self.line("    break")
            self.line(f"{count} -= 1")
            if index:
                self.line(f"{index} += 1")

    def _numbers_of(self, element: wire.Number, variable: str, count: str, *, compact: bool) -> None:
        """Write what reads nothing but numbers: there are few, or a helper reads them."""
        few = self.constant(f'few("{element.code}")', "few")
        size, more = size_of(element.code), int(compact)
        less = " - 1" if compact else ""
        self.line(f"if {count} < {runtime.FEW + more}:")
        self.line(f"    {variable} = [*{few}[{count}{less}](data, position)]")
        self.line(f"    position += {count} * {size}{f' - {size}' if compact else ''}")
        self.line("else:")
        self.line(f'    {variable}, position = many(data, position, {count}{less}, "{element.code}")')

    def _run_of(self, element: wire.Struct, codes: list[str], variable: str, count: str) -> None:
        """Write what reads elements of these codes: the struct module walks over all of them."""
        names = [self.name(member.name) for member in element.members]
        fields = [
            (member, f"uuid({name})" if code == UUID else name)
            for member, name, code in zip(element.members, names, codes, strict=True)
        ]
        if element.tagged is not None:
            codes = [*codes, "x"]
        size = size_of(codes)
        unpack, run = self._unpacker(codes, "iter_unpack"), self.name("run")
        self.line(f"{run} = data[position : (position := position + {count} * {size})]")
        if element.tagged is not None:  # each ends with the number of its tagged fields
            self.line(f"if any({run}[{size - 1}::{size}]):")
            self.line("    raise SeldomError")
        targets = ", ".join(names) + ("," if len(names) == 1 else "")
        self.line(f"{variable} = [{self.display(element, fields)} for {targets} in {unpack}({run})]")

    def member(self, member: wire.Member, path: list[str]) -> str:
        """Do that for a field of a struct."""
        return self.value(member.node, member.name, [*path, repr(member.name)])

    def struct(self, node: wire.Struct, path: list[str]) -> str:
        """Do that for a struct."""
        fields = []
        for number, member in enumerate(node.members):
            self._next = [] if self._spans else following(node, number)
            fields.append((member, self.member(member, path)))
        self._next = []
        if node.tagged is not None:
            fields += self._tagged(node.tagged, path)
        return self.display(node, fields)

    def _tagged(self, tagged: dict[int, wire.Member], path: list[str]) -> list[tuple[wire.Member, str]]:
        if not tagged and not self._run and not self._known:
            self.line("if data[position]:")
            self.line("    raise SeldomError")
            self.line("position += 1")
            return []
        count = self._fixed("B", "tags")
        self._flush()
        if not tagged:
            self.line(f"if {count}:")
            self.line("    raise SeldomError")
            return []
        variables = {}
        for tag, member in tagged.items():
            variables[tag] = self.name(member.name)
            self.line(f"{variables[tag]} = {self.default(member)}")
        self._loops += 1
        size, stop, previous = self.name("tag_size"), self.name("tag_stop"), self.name("previous_tag")
        with self.block(f"if {count}:"):
            self.line(f"if {count} > 127:")
            self.line("    raise SeldomError")
            self.line(f"{previous} = -1")
            with self.block(f"for _ in range({count}):"):
                self.line("tag = data[position]")
                self.line(f"{size} = data[position + 1]")
                self.line("position += 2")
                self.line(f"if tag <= {previous}:")
                self.line("    raise FaultyError")
                self.line(f"{previous} = tag")
                self._long(size)
                self.line(f"{stop} = position + {size}")
                word = "if"
                for tag, member in tagged.items():
                    if tag > 127:
                        raise UnsupportedError("a tag of two bytes")
                    with self.block(f"{word} tag == {tag}:"):
                        value = self.member(member, path)
                        self._flush()
                        self.line(f"{variables[tag]} = {value}")
                    word = "elif"
                self.line("else:")
                self.line("    raise SeldomError")
                self.line(f"if position != {stop}:")
                self.line("    raise FaultyError")
        self._loops -= 1
        return [(member, variables[tag]) for tag, member in tagged.items()]

    def _nullable_struct(self, node: wire.NullableStruct, name: str, path: list[str]) -> str:
        marker = self._fixed("B", f"{name}_marker")
        self._flush()
        variable = self.name(name)
        if node.is_tagged:
            self._long(marker)
        with self.block(f"if {marker}:" if node.is_tagged else f"if {marker} < 128:"):
            value = self.struct(node.inner, path)
            self._flush()
            self.line(f"{variable} = {value}")
        self.line("else:")
        self.line(f"    {variable} = None")
        return variable


def _plus(expression: str, number: int) -> str:
    """Return the expression for the sum of another one and a number."""
    return f"{expression} {'-' if number < 0 else '+'} {abs(number)}" if number else expression


def _tuple(path: list[str]) -> str:
    return ", ".join(path) + ("," if len(path) == 1 else "")


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

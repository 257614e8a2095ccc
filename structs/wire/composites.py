"""Values made of other values: arrays, structs with their tagged fields, nullable structs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from structs.buffers import UNREAD, Span, WireError
from structs.wire.node import Node
from structs.wire.prefixed import Prefixed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structs.buffers import Reader, Writer

UNKNOWN_TAGS: Final = "_unknown_tags"
_MAX_TAG: Final = 0xFFFFFFFF


class Array(Prefixed):
    """Elements behind an int32 or a compact count."""

    def __init__(self, element: Node, *, compact: bool, nullable: bool) -> None:
        super().__init__(compact=compact, nullable=nullable)
        self.element = element

    @property
    def parts(self) -> tuple[Node, ...]:
        """The element."""
        return (self.element,)

    def read(self, reader: Reader) -> list[Any] | None:
        """Return a list."""
        count = self.read_length(reader)
        if count < 0:
            return None
        element, path, spans = self.element, reader.path, reader.spans
        left = reader.limit - reader.position
        if not element.minimum_size and count > left:
            reader.fail("malformed", f"count of {count} for elements without bytes")
        # A count beyond what the bytes can hold is no cost: the reading ends where they do, and says so.
        reader.charge(min(count, left // max(element.minimum_size, 1) + 1))
        values: list[Any] = []
        read = element.read
        depth = len(path)
        path.append(0)
        try:
            for index in range(count):
                path[depth] = index
                start = reader.position
                values.append(read(reader))
                if spans is not None:
                    spans[tuple(path)] = Span(start, reader.position)
        except WireError as error:
            if error.partial is not UNREAD:
                values.append(error.partial)
            error.partial = values
            raise
        path.pop()
        return values

    def write(self, value: Any, writer: Writer) -> None:
        """Append a list or a tuple."""
        if value is None:
            self.write_null(writer)
            return
        if not isinstance(value, list | tuple):
            writer.fail(f"{value!r} is not a list")
        self.write_length(len(value), writer)
        writer.path.append(0)
        for index, item in enumerate(value):
            writer.path[-1] = index
            self.element.write(item, writer)
        writer.path.pop()


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a struct: its name, its type, and the value that stands for its absence."""

    name: str
    node: Node
    default: Any

    def absent(self) -> Any:
        """Return the default, as a value of its own."""
        return _fresh(self.default)


def _fresh(value: Any) -> Any:
    """Return a copy that shares no dict and no list with the value."""
    if isinstance(value, dict):
        return {name: _fresh(part) for name, part in value.items()}
    return [_fresh(part) for part in value] if isinstance(value, list) else value


class Struct(Node):
    """Fields one after the other; in flexible versions a section of tagged fields closes it.

    `tagged` maps each declared tag to its member; None where the version is not flexible.
    """

    def __init__(self, members: list[Member], tagged: Mapping[int, Member] | None) -> None:
        super().__init__()
        self.members = members
        self.tagged = None if tagged is None else dict(sorted(tagged.items()))
        self._readers = [(member.name, member.node.read) for member in members]
        self._names = {UNKNOWN_TAGS, *(member.name for member in self.each_member())}
        self.minimum_size = sum(member.node.minimum_size for member in members) + (tagged is not None)
        sizes = [member.node.fixed_size for member in members]
        self.fixed_size = None if tagged is not None or None in sizes else sum(filter(None, sizes))

    @property
    def parts(self) -> tuple[Node, ...]:
        """The members' nodes, in wire order, the tagged ones last."""
        return tuple(member.node for member in self.each_member())

    def each_member(self) -> list[Member]:
        """Return the members in wire order, the tagged ones last."""
        return [*self.members, *(self.tagged or {}).values()]

    def read(self, reader: Reader) -> dict[str, Any]:
        """Return a dict in wire order, the tagged fields last."""
        values: dict[str, Any] = {}
        path, spans = reader.path, reader.spans
        depth = len(path)
        path.append("")
        try:
            for name, read in self._readers:
                path[depth] = name
                start = reader.position
                values[name] = read(reader)
                if spans is not None:
                    spans[tuple(path)] = Span(start, reader.position)
            path.pop()
            if self.tagged is not None:
                self._read_tagged(self.tagged, values, reader)
        except WireError as error:
            if error.partial is not UNREAD:
                values[str(path[depth])] = error.partial
            error.partial = values
            raise
        return values

    def _read_tagged(self, tagged: Mapping[int, Member], values: dict[str, Any], reader: Reader) -> None:
        count = reader.unsigned_varint()
        previous = -1
        for _ in range(count):
            start = reader.position
            tag = reader.unsigned_varint()
            size = reader.unsigned_varint()
            if tag <= previous:
                reader.warn("malformed", f"tag {tag} after tag {previous}: tags must ascend", start)
            previous = tag
            if tag in tagged:
                self._read_known_tag(tagged[tag], size, values, reader)
            else:
                self._read_unknown_tag(tag, size, values, reader)
        for member in tagged.values():  # in the order of their tags, whatever the order on the wire
            values[member.name] = values.pop(member.name) if count and member.name in values else member.absent()
        if count and UNKNOWN_TAGS in values:
            values[UNKNOWN_TAGS] = values.pop(UNKNOWN_TAGS)

    @staticmethod
    def _read_known_tag(member: Member, size: int, values: dict[str, Any], reader: Reader) -> None:
        start, outer = reader.position, reader.limit
        stop = start + size
        reader.path.append(member.name)
        reader.limit = min(stop, outer)
        values[member.name] = member.node.read(reader)
        reader.limit = outer
        if reader.spans is not None:
            reader.spans[tuple(reader.path)] = Span(start, reader.position)
        left = stop - reader.position
        if left:
            reader.warn("trailing_bytes", f"{left} bytes behind a tagged field", reader.position)
            reader.advance(left)
        reader.path.pop()

    @staticmethod
    def _read_unknown_tag(tag: int, size: int, values: dict[str, Any], reader: Reader) -> None:
        reader.path += (UNKNOWN_TAGS, tag)
        reader.charge(1)
        start = reader.position
        raw = bytes(reader.take(size))
        values.setdefault(UNKNOWN_TAGS, {})[tag] = raw
        if reader.spans is not None:
            reader.spans[tuple(reader.path)] = Span(start, reader.position)
        del reader.path[-2:]

    def write(self, value: Any, writer: Writer) -> None:
        """Append a mapping: fields that it leaves out take their defaults, fields of other versions are refused."""
        if not isinstance(value, Mapping):
            writer.fail(f"{value!r} is not a mapping of fields")
        path = writer.path
        depth = len(path)
        path.append("")
        if not value.keys() <= self._names:
            path[depth] = str(next(name for name in value if name not in self._names))
            writer.fail("this version has no such field")
        for member in self.members:
            path[depth] = member.name
            member.node.write(value.get(member.name, member.default), writer)
        path.pop()
        if self.tagged is not None:
            self._write_tagged(self.tagged, value, writer)
        elif value.get(UNKNOWN_TAGS):
            path.append(UNKNOWN_TAGS)
            writer.fail("this version has no tagged fields")

    def _write_tagged(self, tagged: Mapping[int, Member], value: Mapping[str, Any], writer: Writer) -> None:
        unknown = value.get(UNKNOWN_TAGS)
        sections = self._unknown_sections(tagged, unknown, writer) if unknown else {}
        for tag, member in tagged.items():
            if member.name in value:
                written = _section(member, value[member.name], writer)
                if written != _section(member, member.default, writer):  # what comes out as the default is left out
                    sections[tag] = written
        writer.unsigned_varint(len(sections))
        for tag, raw in sorted(sections.items()):
            writer.unsigned_varint(tag)
            writer.unsigned_varint(len(raw))
            writer.data += raw

    @staticmethod
    def _unknown_sections(tagged: Mapping[int, Member], unknown: Any, writer: Writer) -> dict[int, bytes]:
        writer.path.append(UNKNOWN_TAGS)
        if not isinstance(unknown, Mapping):
            writer.fail(f"{unknown!r} is not a mapping of tags to bytes")
        for tag, raw in unknown.items():
            writer.path.append(tag)
            if not isinstance(tag, int) or not 0 <= tag <= _MAX_TAG:
                writer.fail(f"{tag!r} is not a tag")
            if tag in tagged:
                writer.fail(f"tag {tag} is no unknown tag: it is {tagged[tag].name}")
            if not isinstance(raw, bytes | bytearray | memoryview):
                writer.fail(f"{raw!r} is not bytes")
            writer.path.pop()
        writer.path.pop()
        return dict(unknown)


def _section(member: Member, value: Any, writer: Writer) -> bytes:
    """Return what a tagged field is written as."""
    outer, start = writer.data, len(writer.data)
    writer.path.append(member.name)
    member.node.write(value, writer)
    writer.path.pop()
    section = bytes(outer[start:])
    del outer[start:]
    return section


class NullableStruct(Node):
    """A struct behind a marker that says whether it is there (KIP-893).

    Untagged, the marker is an int8, negative for null; in a tagged field it is an unsigned varint, 0 for null.
    """

    def __init__(self, inner: Struct, *, tagged: bool) -> None:
        super().__init__()
        self.inner = inner
        self.is_tagged = tagged

    @property
    def parts(self) -> tuple[Node, ...]:
        """The struct."""
        return (self.inner,)

    def read(self, reader: Reader) -> dict[str, Any] | None:
        """Return a dict, or None."""
        present = reader.unsigned_varint() > 0 if self.is_tagged else reader.data[reader.advance(1)] < 0x80
        return self.inner.read(reader) if present else None

    def write(self, value: Any, writer: Writer) -> None:
        """Append a mapping, or None."""
        absent, present = (0, 1) if self.is_tagged else (0xFF, 1)
        writer.data.append(absent if value is None else present)
        if value is not None:
            self.inner.write(value, writer)


def struct_in(node: Node) -> Struct | None:
    """Return the struct that a value is, may be, or has as its elements; None if it is made of no structs."""
    while not isinstance(node, Struct):
        if not node.parts:
            return None
        (node,) = node.parts
    return node


def structs_in(value: Any) -> Iterable[dict[str, Any]]:
    """Return the structs that a value of such a node is or has as its elements, however deep the arrays are."""
    if isinstance(value, dict):
        return (value,)
    if not isinstance(value, list) or not value:
        return ()
    return value if isinstance(value[0], dict) else chain.from_iterable(map(structs_in, value))

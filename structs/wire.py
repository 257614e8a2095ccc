"""Kafka's encodings as construct classes.

Every class here is a `construct.Construct`: it parses and builds by itself, and can be composed with other
constructs. Among one another they do not talk through streams but through a `Reader` (a buffer and a position), so
that every error carries the field's indexed path and its offset, every length is held against the bytes that
really exist, and the byte range of each field can be had on request.

Parsed values are plain: dict, list, int, bool, float, str, bytes and None. A UUID is the 22 characters that Kafka
prints; a string that is not valid UTF-8 stays bytes; tagged fields that nobody declared stand under `UNKNOWN_TAGS`.

Source: the Kafka protocol guide's primitive types; KIP-482 (compact types, tagged fields); KIP-893 (nullable structs).
"""

from __future__ import annotations

import base64
import binascii
import copy
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import construct

from structs.buffers import UNREAD, Buffer, Path, Problem, Reader, Span, WireError, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

UNKNOWN_TAGS: Final = "_unknown_tags"
MAX_STRING_LENGTH: Final = 0x7FFF  # Kafka's Java readers refuse more, also where the length is a varint


class Meaning(NamedTuple):
    """What a value stands for beyond its encoding; `detail` names the payload inside an embedded field."""

    name: str
    detail: str = ""


class Node(construct.Construct):
    """A piece of a grammar: what the construct library calls a construct, over a Reader and a Writer.

    `meaning` says what the value stands for, where the encoding alone does not (see `structs.grammar`).
    """

    meaning: Meaning | None = None
    minimum_size = 1  # no value of this type takes fewer bytes

    def read(self, reader: Reader) -> Any:
        """Return the value at the reader's position and step over it; raise WireError."""
        raise NotImplementedError

    def write(self, value: Any, writer: Writer) -> None:
        """Append the value's bytes; raise WireError if this type cannot carry it."""
        raise NotImplementedError

    def marked(self, meaning: Meaning | None) -> Self:
        """Return this node with a meaning attached."""
        node = copy.copy(self)
        node.meaning = meaning
        return node

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        start = stream.tell()
        reader = Reader(stream.read())
        value = self.read(reader)
        stream.seek(start + reader.position)
        return value

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        writer = Writer()
        self.write(obj, writer)
        stream.write(bytes(writer.data))
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        raise construct.SizeofError(f"a {type(self).__name__} has no fixed size", path=path)


class Number(Node):
    """A big-endian number of fixed width; `code` is its format character of the struct module."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._packer = struct.Struct(">" + code)
        self.minimum_size = self._packer.size

    def read(self, reader: Reader) -> Any:
        """Return an int or a float."""
        return self._packer.unpack_from(reader.data, reader.advance(self._packer.size))[0]

    def write(self, value: Any, writer: Writer) -> None:
        """Append an int or a float."""
        try:
            writer.data += self._packer.pack(value)
        except (struct.error, OverflowError, TypeError):
            writer.fail(f"{value!r} does not fit into {self._packer.size} bytes of format {self.code!r}")

    def _sizeof(self, context: Any, path: str) -> int:
        return self._packer.size


class Boolean(Node):
    """One byte; anything but zero is true."""

    def read(self, reader: Reader) -> bool:
        """Return a bool."""
        return reader.data[reader.advance(1)] != 0

    def write(self, value: Any, writer: Writer) -> None:
        """Append 1 or 0."""
        if not isinstance(value, bool | int):
            writer.fail(f"{value!r} is not a boolean")
        writer.data.append(1 if value else 0)

    def _sizeof(self, context: Any, path: str) -> int:
        return 1


class Uuid(Node):
    """Sixteen bytes, as the 22 characters of URL-safe base64 that Kafka's tools print."""

    minimum_size = 16

    def read(self, reader: Reader) -> str:
        """Return 22 characters."""
        return base64.urlsafe_b64encode(reader.take(16)).decode("ascii").rstrip("=")

    def write(self, value: Any, writer: Writer) -> None:
        """Append the 16 bytes that 22 characters stand for."""
        try:
            raw = base64.b64decode(value + "==", altchars=b"-_", validate=True)
        except (TypeError, ValueError, binascii.Error):
            raw = b""
        if len(raw) != 16:
            writer.fail(f"{value!r} is not a UUID of 22 URL-safe base64 characters")
        writer.data += raw

    def _sizeof(self, context: Any, path: str) -> int:
        return 16


ZERO_UUID: Final = "A" * 22


class Varint(Node):
    """A zigzag number of `bits` bits, as record batches use them (Kafka's ByteUtils)."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits

    def read(self, reader: Reader) -> int:
        """Return a signed int."""
        data, position, limit = reader.data, reader.position, reader.limit
        value = shift = 0
        while position < limit:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >> self.bits:
                    reader.fail("malformed", f"varint overflows {self.bits} bits")
                reader.position = position
                return (value >> 1) ^ -(value & 1)
            shift += 7
            if shift >= self.bits:
                reader.fail("malformed", f"varint is longer than {(self.bits + 6) // 7} bytes")
        return reader.fail("truncated", f"varint does not end within the {limit - reader.position} bytes left")

    def write(self, value: Any, writer: Writer) -> None:
        """Append a signed int."""
        if not isinstance(value, int) or not -(1 << self.bits - 1) <= value < 1 << self.bits - 1:
            writer.fail(f"{value!r} is not a signed number of {self.bits} bits")
        writer.unsigned_varint(value << 1 if value >= 0 else (-value << 1) - 1)


class Prefixed(Node):
    """What has a length in front of it: strings, bytes and arrays.

    `compact` lengths are unsigned varints of the length plus one, 0 for null (KIP-482); the others are big-endian
    numbers of the width `code`, negative for null.
    """

    code = "i"

    def __init__(self, *, compact: bool, nullable: bool) -> None:
        super().__init__()
        self.compact = compact
        self.nullable = nullable
        self._packer = struct.Struct(">" + self.code)
        self.minimum_size = 1 if compact else self._packer.size

    def read_length(self, reader: Reader) -> int:
        """Return the length in front, -1 for null."""
        start = reader.position
        if self.compact:
            length = reader.unsigned_varint() - 1
        else:
            length = self._packer.unpack_from(reader.data, reader.advance(self._packer.size))[0]
        if length < 0:
            if length < -1:
                reader.warn("malformed", f"length {length}, read as null", start)
                length = -1
            if not self.nullable:
                reader.warn("unexpected_null", "null in a field that is not nullable", start)
        return length

    def write_length(self, length: int, writer: Writer) -> None:
        """Append the length of what follows."""
        if self.compact:
            writer.unsigned_varint(length + 1)
            return
        try:
            writer.data += self._packer.pack(length)
        except struct.error:
            writer.fail(f"a length of {length} does not fit into {self._packer.size} bytes")

    def write_null(self, writer: Writer) -> None:
        """Append a null."""
        if not self.nullable:
            writer.fail("null in a field that is not nullable")
        self.write_length(-1, writer)


class String(Prefixed):
    """UTF-8 text behind an int16 or a compact length."""

    code = "h"

    def read(self, reader: Reader) -> str | bytes | None:
        """Return text; the raw bytes if they are not UTF-8."""
        length = self.read_length(reader)
        if length < 0:
            return None
        start = reader.position
        raw = reader.take(length)
        if length > MAX_STRING_LENGTH:
            reader.warn("malformed", f"string of {length} bytes, Kafka allows {MAX_STRING_LENGTH}", start)
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            reader.warn("malformed", "string is not UTF-8", start)
            return bytes(raw)

    def write(self, value: Any, writer: Writer) -> None:
        """Append text, or bytes as they are."""
        if value is None:
            self.write_null(writer)
            return
        if not isinstance(value, str | bytes):
            writer.fail(f"{value!r} is neither text nor bytes")
        raw = value.encode("utf-8") if isinstance(value, str) else value
        self.write_length(len(raw), writer)
        writer.data += raw


class Bytes(Prefixed):
    """Raw bytes behind an int32 or a compact length."""

    def read(self, reader: Reader) -> bytes | None:
        """Return bytes."""
        length = self.read_length(reader)
        return None if length < 0 else bytes(reader.take(length))

    def write(self, value: Any, writer: Writer) -> None:
        """Append bytes."""
        if value is None:
            self.write_null(writer)
            return
        if not isinstance(value, bytes | bytearray | memoryview):
            writer.fail(f"{value!r} is not bytes")
        self.write_length(len(value), writer)
        writer.data += value


class Records(Bytes):
    """A `records` field: the bytes of record batches, which `structs.records` reads."""

    def read(self, reader: Reader) -> bytes | None:
        """Return bytes; where they end early, those that are there are the error's partial value."""
        length = self.read_length(reader)
        if length < 0:
            return None
        start = reader.position
        try:
            return bytes(reader.take(length))
        except WireError as error:
            error.partial = bytes(reader.data[start : reader.limit])
            raise


class Array(Prefixed):
    """Elements behind an int32 or a compact count."""

    def __init__(self, element: Node, *, compact: bool, nullable: bool) -> None:
        super().__init__(compact=compact, nullable=nullable)
        self.element = element

    def read(self, reader: Reader) -> list[Any] | None:
        """Return a list."""
        count = self.read_length(reader)
        if count < 0:
            return None
        element, path, spans = self.element, reader.path, reader.spans
        if not element.minimum_size and count > reader.limit - reader.position:
            reader.fail("malformed", f"count of {count} for elements without bytes")
        values: list[Any] = []
        path.append(0)
        try:
            for index in range(count):
                path[-1] = index
                start = reader.position
                values.append(element.read(reader))
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
        return copy.deepcopy(self.default)


class Struct(Node):
    """Fields one after the other; in flexible versions a section of tagged fields closes it.

    `tagged` maps each declared tag to its member; None where the version is not flexible.
    """

    def __init__(self, members: list[Member], tagged: Mapping[int, Member] | None) -> None:
        super().__init__()
        self.members = members
        self.tagged = None if tagged is None else dict(sorted(tagged.items()))
        self.minimum_size = sum(member.node.minimum_size for member in members) + (tagged is not None)
        self._names = {member.name for member in self.each_member()}

    def each_member(self) -> list[Member]:
        """Return the members in wire order, the tagged ones last."""
        return [*self.members, *(self.tagged or {}).values()]

    def read(self, reader: Reader) -> dict[str, Any]:
        """Return a dict in wire order, the tagged fields last."""
        values: dict[str, Any] = {}
        path, spans = reader.path, reader.spans
        depth = len(path)
        try:
            for member in self.members:
                path.append(member.name)
                start = reader.position
                values[member.name] = member.node.read(reader)
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
        for member in tagged.values():
            values[member.name] = member.absent()
        unknown: dict[int, bytes] = {}
        previous = -1
        for _ in range(reader.unsigned_varint()):
            start = reader.position
            tag = reader.unsigned_varint()
            size = reader.unsigned_varint()
            if tag <= previous:
                reader.warn("malformed", f"tag {tag} after tag {previous}: tags must ascend", start)
            previous = tag
            known = tagged.get(tag)
            if known is None:
                reader.path.append(UNKNOWN_TAGS)
                unknown[tag] = bytes(reader.take(size))
                reader.path.pop()
            else:
                self._read_known_tag(known, size, values, reader)
        if unknown:
            values[UNKNOWN_TAGS] = unknown

    @staticmethod
    def _read_known_tag(member: Member, size: int, values: dict[str, Any], reader: Reader) -> None:
        path, spans, outer = reader.path, reader.spans, reader.limit
        path.append(member.name)
        start = reader.position
        stop = start + size
        if stop <= outer:
            reader.limit = stop
        values[member.name] = member.node.read(reader)
        if stop > outer:
            reader.fail("malformed", f"tagged field is said to take {size} bytes, {outer - start} were left")
        if spans is not None:
            spans[tuple(path)] = Span(start, reader.position)
        if reader.position < stop:
            reader.warn("trailing_bytes", f"{stop - reader.position} bytes behind a tagged field", reader.position)
            reader.position = stop
        reader.limit = outer
        path.pop()

    def write(self, value: Any, writer: Writer) -> None:
        """Append a mapping: fields that it leaves out take their defaults, fields of other versions are refused."""
        try:
            keys = set(value.keys()) - self._names
        except AttributeError:
            writer.fail(f"{value!r} is not a mapping of fields")
        unknown_tags = value.get(UNKNOWN_TAGS, {}) if UNKNOWN_TAGS in keys else {}
        keys.discard(UNKNOWN_TAGS)
        if keys:
            writer.path.append(min(keys))
            writer.fail("this version has no such field")
        for member in self.members:
            writer.path.append(member.name)
            member.node.write(value.get(member.name, member.default), writer)
            writer.path.pop()
        if self.tagged is not None:
            self._write_tagged(self.tagged, value, unknown_tags, writer)
        elif unknown_tags:
            writer.path.append(UNKNOWN_TAGS)
            writer.fail("this version has no tagged fields")

    @staticmethod
    def _write_tagged(tagged: Mapping[int, Member], value: Any, unknown: Mapping[int, bytes], writer: Writer) -> None:
        sections: dict[int, bytes] = {}
        for tag, member in tagged.items():
            content = value.get(member.name, member.default)
            if content == member.default:
                continue
            path = [*writer.path, member.name]
            section = Writer()
            section.path = [*path]
            member.node.write(content, section)
            usual = Writer()
            usual.path = [*path]
            member.node.write(member.default, usual)
            if section.data != usual.data:  # a struct given in part may come out as the default
                sections[tag] = bytes(section.data)
        for tag, raw in unknown.items():
            if tag in tagged:
                writer.fail(f"tag {tag} is no unknown tag: it is {tagged[tag].name}")
            sections[tag] = raw
        writer.unsigned_varint(len(sections))
        for tag, raw in sorted(sections.items()):
            writer.unsigned_varint(tag)
            writer.unsigned_varint(len(raw))
            writer.data += raw


class NullableStruct(Node):
    """A struct behind a marker that says whether it is there (KIP-893).

    Untagged, the marker is an int8, negative for null; in a tagged field it is an unsigned varint, 0 for null.
    """

    def __init__(self, inner: Struct, *, tagged: bool) -> None:
        super().__init__()
        self.inner = inner
        self.is_tagged = tagged

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


@dataclass(slots=True)
class Decoded:
    """What a grammar made of a buffer: the value (partial beside an error), where reading stopped, what was wrong."""

    value: Any
    stop: int
    error: Problem | None = None
    warnings: list[Problem] = field(default_factory=list)
    spans: dict[Path, Span] | None = None


def decode(grammar: Node, data: Buffer, start: int = 0, *, spans: bool = False) -> Decoded:
    """Read `data` from `start` through a grammar and never raise for bad bytes.

    Offsets in errors, warnings and spans count from the first byte of `data`. Trailing bytes are left to the caller,
    who knows whether anything follows (`stop` says where they begin).
    """
    reader = Reader(data, start, spans=spans)
    try:
        value = grammar.read(reader)
    except WireError as error:
        partial = None if error.partial is UNREAD else error.partial
        return Decoded(partial, reader.position, error.problem, reader.warnings, reader.spans)
    return Decoded(value, reader.position, None, reader.warnings, reader.spans)

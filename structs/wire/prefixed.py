"""Values with a length in front of them: strings and bytes, and what arrays build on."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from structs.buffers import WireError
from structs.wire.node import Node
from structs.wire.primitives import Packer

if TYPE_CHECKING:
    from structs.buffers import Reader, Writer

MAX_STRING_LENGTH: Final = 0x7FFF  # Kafka's Java readers refuse more, also where the length is a varint


class Prefixed(Node):
    """What has a length in front of it: strings, bytes and arrays.

    `compact` lengths are unsigned varints of the length plus one, 0 for null (KIP-482); the others are big-endian
    numbers of the width `code`, negative for null. A null is read wherever it stands, as brokers have sent it in
    fields that are not nullable, but built only where it may stand.
    """

    code = "i"

    def __init__(self, *, compact: bool, nullable: bool) -> None:
        super().__init__()
        self.compact = compact
        self.nullable = nullable
        self._packer = Packer(">" + self.code)
        self.minimum_size = 1 if compact else self._packer.size

    def read_length(self, reader: Reader) -> int:
        """Return the length in front, -1 for null."""
        if self.compact:
            start = reader.position
            length = reader.unsigned_varint() - 1
        else:
            packer = self._packer
            start = reader.advance(packer.size)
            length = packer.unpack_from(reader.data, start)[0]
        return length if length >= 0 else self._read_null(length, start, reader)

    def _read_null(self, length: int, start: int, reader: Reader) -> int:
        if self.nullable:
            if length < -1:  # as Kafka reads it
                reader.warn("malformed", f"length {length}, read as null", start)
        elif length < -1:
            reader.position = start
            reader.fail("malformed", f"length {length}")
        else:
            reader.warn("unexpected_null", "null in a field that is not nullable", start)
        return -1

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
        start = reader.advance(length)
        raw = reader.data[start : start + length]
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
        try:
            raw = value if isinstance(value, bytes) else value.encode("utf-8")
        except AttributeError:
            writer.fail(f"{value!r} is neither text nor bytes")
        except UnicodeEncodeError as error:
            writer.fail(f"{value!r} is not UTF-8: {error.reason}")
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
            reader.position = reader.limit
            raise

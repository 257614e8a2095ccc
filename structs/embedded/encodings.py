"""Encodings that Kafka's own messages do not have, but payloads inside them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from structs.wire import Node

if TYPE_CHECKING:
    from structs.buffers import Reader, Writer

_UINT16: Final = struct.Struct(">H")
_INT32: Final = struct.Struct(">i")


class UnsignedVarint(Node):
    """A LEB128 number of at most 32 bits."""

    def read(self, reader: Reader) -> int:
        """Return an int."""
        return reader.unsigned_varint()

    def write(self, value: Any, writer: Writer) -> None:
        """Append an int."""
        if not isinstance(value, int) or not 0 <= value < 1 << 32:
            writer.fail(f"{value!r} is not an unsigned number of 32 bits")
        writer.unsigned_varint(value)


class Constant(Node):
    """A value that takes no bytes: what the bytes before it amount to."""

    minimum_size = 0
    fixed_size = 0

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def read(self, reader: Reader) -> Any:  # noqa: ARG002 (nothing is read)
        """Return the value."""
        return self.value

    def write(self, value: Any, writer: Writer) -> None:
        """Append nothing."""
        if value != self.value:
            writer.fail(f"{value!r} is not {self.value!r}")


class JavaText(Node):
    """Text as Java's DataOutput.writeUTF writes it: modified UTF-8 behind an unsigned int16."""

    minimum_size = 2

    def read(self, reader: Reader) -> str | bytes:
        """Return text; the raw bytes if they are no modified UTF-8."""
        (size,) = _UINT16.unpack_from(reader.data, reader.advance(2))
        start = reader.position
        raw = bytes(reader.take(size))
        try:
            return _from_modified(raw)
        except UnicodeDecodeError:
            reader.warn("malformed", "string is not modified UTF-8", start)
            return raw

    def write(self, value: Any, writer: Writer) -> None:
        """Append text, or bytes as they are."""
        if not isinstance(value, str | bytes):
            writer.fail(f"{value!r} is neither text nor bytes")
        raw = _to_modified(value) if isinstance(value, str) else value
        if len(raw) > 0xFFFF:
            writer.fail(f"a string of {len(raw)} bytes does not fit, 65535 do")
        writer.data += _UINT16.pack(len(raw)) + raw


class JavaChars(Node):
    """Text as Java's DataOutput.writeChars writes it: UTF-16 behind an int32 that counts its code units."""

    minimum_size = 4

    def read(self, reader: Reader) -> str | bytes:
        """Return text; the raw bytes if they are no UTF-16."""
        start = reader.position
        (count,) = _INT32.unpack_from(reader.data, reader.advance(4))
        if count < 0:
            reader.position = start
            reader.fail("malformed", f"length {count}")
        raw = bytes(reader.take(2 * count))
        try:
            return raw.decode("utf-16-be")
        except UnicodeDecodeError:
            reader.warn("malformed", "string is not UTF-16", start)
            return raw

    def write(self, value: Any, writer: Writer) -> None:
        """Append text, or bytes as they are."""
        if not isinstance(value, str | bytes):
            writer.fail(f"{value!r} is neither text nor bytes")
        raw = value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else value
        writer.data += _INT32.pack(len(raw) // 2) + raw


def _from_modified(raw: bytes) -> str:
    """Read CESU-8 in which the character 0 takes two bytes."""
    text = raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    if text.isascii():
        return text
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be")


def _to_modified(text: str) -> bytes:
    units = text.encode("utf-16-be", "surrogatepass")
    points = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return b"".join(chr(point).encode("utf-8", "surrogatepass") if point else b"\xc0\x80" for point in points)

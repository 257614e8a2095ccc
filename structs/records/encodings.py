"""The encodings that only records have: lengths as zigzag varints (Kafka's DefaultRecord, KIP-98)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structs.wire import Array, Bytes, Node, Prefixed, Varint

if TYPE_CHECKING:
    from structs.buffers import Reader, Writer

_LENGTH: Final = Varint(32)


class _VarintLength(Prefixed):
    """A zigzag varint in front, -1 for null; other negative lengths are malformed."""

    code = "b"  # the shortest varint takes one byte

    def read_length(self, reader: Reader) -> int:
        """Return the length in front, -1 for null."""
        start = reader.position
        length = _LENGTH.read(reader)
        if length < (-1 if self.nullable else 0):
            reader.position = start
            reader.fail("malformed", f"length {length}")
        return length

    def write_length(self, length: int, writer: Writer) -> None:
        """Append the length of what follows."""
        _LENGTH.write(length, writer)


class VarBytes(_VarintLength, Bytes):
    """Bytes behind a zigzag varint length."""


class HeaderKey(VarBytes):
    """Text behind a zigzag varint length; the raw bytes if they are not UTF-8."""

    def read(self, reader: Reader) -> Any:
        """Return text, or bytes."""
        raw = super().read(reader)
        try:
            return None if raw is None else raw.decode()
        except UnicodeDecodeError:
            return raw

    def write(self, value: Any, writer: Writer) -> None:
        """Append text, or bytes as they are."""
        super().write(value.encode() if isinstance(value, str) else value, writer)


class VarArray(_VarintLength, Array):
    """Elements behind a zigzag varint count."""


class Sized(Node):
    """A value that must fill the bytes that a varint in front of it announces."""

    def __init__(self, content: Node) -> None:
        super().__init__()
        self.content = content
        self.minimum_size = 1 + content.minimum_size

    def read(self, reader: Reader) -> Any:
        """Return the content's value."""
        start = reader.position
        size = _LENGTH.read(reader)
        stop = reader.position + size
        if size < 0 or stop > reader.limit:
            left = reader.limit - reader.position
            reader.position = start
            reader.fail("truncated" if size > 0 else "malformed", f"length {size}, {left} bytes are left")
        outer, reader.limit = reader.limit, stop
        value = self.content.read(reader)
        reader.limit = outer
        if reader.position != stop:
            reader.fail("malformed", f"{stop - reader.position} bytes left over in a record of {size}")
        return value

    def write(self, value: Any, writer: Writer) -> None:
        """Append the size and the content."""
        outer, writer.data = writer.data, bytearray()
        self.content.write(value, writer)
        content, writer.data = writer.data, outer
        _LENGTH.write(len(content), writer)
        writer.data += content

"""Values of one shape: numbers, booleans, UUIDs, and the zigzag numbers of record batches."""

from __future__ import annotations

import base64
import binascii
import struct
from typing import TYPE_CHECKING, Any, Final

from structs.wire.node import Node

if TYPE_CHECKING:
    from structs.buffers import Reader, Writer

ZERO_UUID: Final = "A" * 22


class Packer(struct.Struct):
    """A struct.Struct that can be copied deeply and pickled, and with it the grammars that hold it."""

    def __reduce__(self) -> tuple[type[Packer], tuple[str]]:
        return Packer, (self.format,)


class Number(Node):
    """A big-endian number of fixed width; `code` is its format character of the struct module."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._packer = Packer(">" + code)
        self.minimum_size = self.fixed_size = self._packer.size

    def read(self, reader: Reader) -> Any:
        """Return an int or a float."""
        start = reader.position
        stop = start + self.minimum_size
        if stop > reader.limit:
            reader.advance(self.minimum_size)  # raises; the call is spared where nothing is wrong
        reader.position = stop
        return self._packer.unpack_from(reader.data, start)[0]

    def write(self, value: Any, writer: Writer) -> None:
        """Append an int or a float."""
        try:
            writer.data += self._packer.pack(value)
        except (struct.error, OverflowError, TypeError):
            writer.fail(f"{value!r} does not fit into {self._packer.size} bytes of format {self.code!r}")


class Boolean(Node):
    """One byte; anything but zero is true."""

    fixed_size = 1

    def read(self, reader: Reader) -> bool:
        """Return a bool."""
        return reader.data[reader.advance(1)] != 0

    def write(self, value: Any, writer: Writer) -> None:
        """Append 1 or 0."""
        if not isinstance(value, int) or value not in (0, 1):
            writer.fail(f"{value!r} is not a boolean")
        writer.data.append(value)


class Uuid(Node):
    """Sixteen bytes, as the 22 characters of URL-safe base64 that Kafka's tools print."""

    minimum_size = fixed_size = 16

    def read(self, reader: Reader) -> str:
        """Return 22 characters."""
        return _uuid_text(reader.take(16))

    def write(self, value: Any, writer: Writer) -> None:
        """Append the 16 bytes that 22 characters stand for."""
        try:
            raw = base64.b64decode(value + "==", altchars=b"-_", validate=True)
        except (TypeError, ValueError, binascii.Error):
            raw = b""
        if len(raw) != 16 or _uuid_text(raw) != value:  # the last character has four bits to spare
            writer.fail(f"{value!r} is not a UUID of 22 URL-safe base64 characters")
        writer.data += raw


def _uuid_text(raw: bytes | bytearray | memoryview) -> str:
    return base64.urlsafe_b64encode(raw)[:22].decode("ascii")


class Varint(Node):
    """A zigzag number of `bits` bits, as record batches use them (Kafka's ByteUtils)."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits

    def read(self, reader: Reader) -> int:
        """Return a signed int."""
        number = reader.unsigned_varint(self.bits)
        return (number >> 1) ^ -(number & 1)

    def write(self, value: Any, writer: Writer) -> None:
        """Append a signed int."""
        if not isinstance(value, int) or not -(1 << self.bits - 1) <= value < 1 << self.bits - 1:
            writer.fail(f"{value!r} is not a signed number of {self.bits} bits")
        writer.unsigned_varint(value << 1 if value >= 0 else (-value << 1) - 1)

"""The layouts of record data as construct grammars: record batches (magic 2), messages (magic 0 and 1).

These say what the bytes are. `record.py`, `batch.py` and `message.py` read the same bytes with straight code where
speed counts; tests hold them to these grammars, and malformed bytes are explained by them.

Source: KIP-98 (magic 2), KIP-32 (magic 1), Kafka's DefaultRecordBatch, DefaultRecord and LegacyRecord.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from structs.wire import Array, Bytes, Member, Node, Number, Prefixed, Struct, Varint

if TYPE_CHECKING:
    import construct

    from structs.buffers import Reader, Writer

Int8: Final = Number("b")
Int16: Final = Number("h")
Int32: Final = Number("i")
Int64: Final = Number("q")
UInt32: Final = Number("I")
VarInt: Final = Varint(32)
VarLong: Final = Varint(64)


def fields(*named: construct.Renamed) -> Struct:
    """Return a struct of fields written as `"name" / Type`."""
    return Struct([Member(field.name, field.subcon, None) for field in named], None)


def packer(layout: Struct) -> struct.Struct:
    """Return what unpacks a layout of nothing but numbers in one call."""
    codes = [member.node.code for member in layout.members if isinstance(member.node, Number)]
    if len(codes) != len(layout.members):
        raise TypeError("only a layout of numbers has a fixed format")
    return struct.Struct(">" + "".join(codes))


class _VarintLength(Prefixed):
    """A zigzag varint in front, -1 for null; other negative lengths are malformed."""

    code = "b"  # the shortest varint takes one byte

    def read_length(self, reader: Reader) -> int:
        """Return the length in front, -1 for null."""
        start = reader.position
        length = VarInt.read(reader)
        if length < (-1 if self.nullable else 0):
            reader.position = start
            reader.fail("malformed", f"length {length}")
        return length

    def write_length(self, length: int, writer: Writer) -> None:
        """Append the length of what follows."""
        VarInt.write(length, writer)


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
        size = VarInt.read(reader)
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
        VarInt.write(len(content), writer)
        writer.data += content


RecordBatchHeader: Final = fields(
    "base_offset" / Int64,
    "batch_length" / Int32,
    "partition_leader_epoch" / Int32,
    "magic" / Int8,
    "crc" / UInt32,
    "attributes" / Int16,
    "last_offset_delta" / Int32,
    "base_timestamp" / Int64,
    "max_timestamp" / Int64,
    "producer_id" / Int64,
    "producer_epoch" / Int16,
    "base_sequence" / Int32,
    "records_count" / Int32,
)

RecordHeader: Final = fields(
    "key" / HeaderKey(compact=False, nullable=False),
    "value" / VarBytes(compact=False, nullable=True),
)

Record: Final = Sized(
    fields(
        "attributes" / Int8,
        "timestamp_delta" / VarLong,
        "offset_delta" / VarInt,
        "key" / VarBytes(compact=False, nullable=True),
        "value" / VarBytes(compact=False, nullable=True),
        "headers" / VarArray(RecordHeader, compact=False, nullable=False),
    )
)

MessageV0: Final = fields(
    "offset" / Int64,
    "message_size" / Int32,
    "crc" / UInt32,
    "magic" / Int8,
    "attributes" / Int8,
    "key" / Bytes(compact=False, nullable=True),
    "value" / Bytes(compact=False, nullable=True),
)

MessageV1: Final = fields(
    "offset" / Int64,
    "message_size" / Int32,
    "crc" / UInt32,
    "magic" / Int8,
    "attributes" / Int8,
    "timestamp" / Int64,
    "key" / Bytes(compact=False, nullable=True),
    "value" / Bytes(compact=False, nullable=True),
)

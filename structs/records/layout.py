"""The layouts of record data, in the notation of all declarations; the version is Kafka's magic number.

These say what the bytes are. `record.py`, `batch.py` and `message.py` read the same bytes with straight code, for
speed; tests hold them to these grammars, and bytes that are malformed are explained by them.

Source: KIP-32 (magic 1), KIP-98 (magic 2), Kafka's LegacyRecord, DefaultRecordBatch and DefaultRecord.
"""

from __future__ import annotations

import struct
from typing import Final

from structs import wire
from structs.grammar import Array, Binary, Bytes, Data, Int8, Int16, Int32, Int64, Layout, Scalar, Struct, UInt32
from structs.records import encodings


class VarArray(Array):
    """A list behind a zigzag varint count."""

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        return encodings.VarArray(self.element.node(layout), compact=False, nullable=False)


VarInt: Final = Scalar(wire.Varint(32), 0)
VarLong: Final = Scalar(wire.Varint(64), 0)
VarBytes: Final = Binary(encodings.VarBytes)
HeaderKey: Final = Binary(encodings.HeaderKey)

Message: Final = Data(
    "Message",
    "offset" / Int64,
    "message_size" / Int32,
    "crc" / UInt32,
    "magic" / Int8,
    "attributes" / Int8,
    "timestamp" / Int64("1+"),
    "key" / Bytes(nullable=True, default=None),
    "value" / Bytes(nullable=True, default=None),
    versions="0-1",
)

RecordBatchHeader: Final = Data(
    "RecordBatchHeader",
    "base_offset" / Int64,
    "batch_length" / Int32,
    "partition_leader_epoch" / Int32(default=-1),
    "magic" / Int8(default=2),
    "crc" / UInt32,
    "attributes" / Int16,
    "last_offset_delta" / Int32,
    "base_timestamp" / Int64(default=-1),
    "max_timestamp" / Int64(default=-1),
    "producer_id" / Int64(default=-1),
    "producer_epoch" / Int16(default=-1),
    "base_sequence" / Int32(default=-1),
    "records_count" / Int32,
    versions="2",
)

RecordHeader: Final = Struct(
    "key" / HeaderKey,
    "value" / VarBytes(nullable=True),
)

Record: Final = Data(
    "Record",
    "attributes" / Int8,
    "timestamp_delta" / VarLong,
    "offset_delta" / VarInt,
    "key" / VarBytes(nullable=True, default=None),
    "value" / VarBytes(nullable=True, default=None),
    "headers" / VarArray(RecordHeader),
    versions="2",
)

ControlRecordKey: Final = Data(
    "ControlRecordKey",
    "version" / Int16,
    "type" / Int16,
    versions="0",
)

EndTxnMarker: Final = Data(
    "EndTxnMarker",
    "version" / Int16,
    "coordinator_epoch" / Int32,
    versions="0",
)

MESSAGES: Final = (Message.at(0), Message.at(1))
RECORD_BATCH_HEADER: Final = RecordBatchHeader.at(2)
CONTROL_KEY: Final = ControlRecordKey.at(0)
END_TXN_MARKER: Final = EndTxnMarker.at(0)
RECORD: Final = encodings.Sized(Record.at(2))


def packer(layout: wire.Struct) -> struct.Struct:
    """Return what reads and writes the numbers at the front of a layout in one call."""
    codes = ""
    for member in layout.members:
        if not isinstance(member.node, wire.Number):
            break
        codes += member.node.code
    return struct.Struct(f">{codes}")

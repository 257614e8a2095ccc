"""Messages of magic 0 and 1: a record each, or a compressed message set wrapped in one message.

Source: Kafka's LegacyRecord and AbstractLegacyRecordBatch; KIP-31 (relative offsets), KIP-32 (timestamps).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from structs import wire
from structs.buffers import Problem, Reader, WireError
from structs.records import compression, layout
from structs.records.batch import NO_TIMESTAMP_TYPE, PREFIX, TIMESTAMP_TYPE, Batch, Contents
from structs.records.record import Record

if TYPE_CHECKING:
    from structs.records.limits import Limits
    from structs.records.record_set import RecordSet

BufferT = TypeVar("BufferT", bytes, memoryview)

SIZE_AT: Final = 8
CRC_AT: Final = 12
CHECKED_FROM: Final = 16  # the checksum covers what follows it: magic up to the end
MAGIC_AT: Final = 16
HEADS: Final = tuple(layout.packer(message) for message in layout.MESSAGES)  # by magic
_LENGTH: Final = struct.Struct(">i")
MAX_WARNINGS: Final = 100  # per batch: a broken message set must not turn into millions of them


class Message(NamedTuple, Generic[BufferT]):
    """The fields of one message, as on the wire; `timestamp` is None in magic 0; key and value are not copied."""

    offset: int
    message_size: int
    crc: int
    magic: int
    attributes: int
    timestamp: int | None
    key: BufferT | None
    value: BufferT | None


class LegacyMessage(Batch):
    """A message of magic 0 or 1, and the batch of the records that it wraps if it is compressed."""

    __slots__ = ("attributes", "crc", "magic", "message_size", "offset", "timestamp")
    header_fields = ("offset", "message_size", "crc", "magic", "attributes", "timestamp")

    def __init__(self, data: bytes, start: int, stop: int, index: int, field: RecordSet) -> None:
        super().__init__(data, start, stop, index, field)
        head = HEADS[data[start + MAGIC_AT]].unpack_from(data, start)
        self.offset, self.message_size, self.crc, self.magic, self.attributes, *rest = head
        self.timestamp: int | None = rest[0] if rest else None

    def header(self) -> dict[str, Any]:
        """Return the header's fields as on the wire, in wire order; magic 0 has no timestamp."""
        fields = super().header()
        if not self.magic:
            del fields["timestamp"]
        return fields

    @property
    def declared_size(self) -> int:
        """How many bytes the message says that it has."""
        return PREFIX + int(self.message_size)

    @property
    def timestamp_type(self) -> str:
        """CreateTime or LogAppendTime; NoTimestampType in magic 0."""
        return super().timestamp_type if self.magic else NO_TIMESTAMP_TYPE

    def read(self, limits: Limits) -> Contents:
        """Read the records, whether that was done before or not."""
        unwrapping = _Unwrapping(self, limits)
        records = unwrapping.read(self.data)
        error = unwrapping.error
        undecoded = 0 if error is None else self.size - HEADS[self.magic].size
        decompressed = limits.decompressed - unwrapping.budget
        self._contents = contents = Contents(records, error, tuple(unwrapping.warnings), undecoded, decompressed)
        return contents

    def _decompress(self, limits: Limits) -> bytes | Problem:
        found = wire.decode(layout.MESSAGES[self.magic], self.data)
        if found.error is not None:
            return found.error
        return self.decompress(found.value["value"] or b"", self.attributes, limits.decompressed, [])[0]


class _Unwrapping:
    """The reading of one message down to its records; stops at the first error."""

    def __init__(self, batch: LegacyMessage, limits: Limits) -> None:
        self.batch = batch
        self.limits = limits
        self.budget = limits.decompressed
        self.depth = 0
        self.count = 0
        self.warnings: list[Problem] = []
        self.error: Problem | None = None

    def read(self, data: memoryview) -> list[Record]:
        """Return the records of the one message in `data`."""
        try:
            message = self._message(data, 0, len(data))
        except WireError as error:
            self.error = self._located(error.problem)
            return []
        if message.attributes & compression.MASK:
            return self._unwrap(message)
        key = None if message.key is None else bytes(message.key)
        value = None if message.value is None else bytes(message.value)
        return [Record(message.offset, message.timestamp, key, value, (), message.attributes)]

    def _unwrap(self, wrapper: Message[Any]) -> list[Record]:
        """Return the records inside a compressed message."""
        if self.depth >= self.limits.depth:
            reason = f"compressed messages inside one another, the limit is {self.limits.depth}"
            self.error = self.batch.problem("limit", reason, 0, "records")
            return []
        if wrapper.key is not None:
            self._warn("unexpected_key", f"a compressed message has a key of {len(wrapper.key)} bytes", 0, "key")
        data, spent = self.batch.decompress(wrapper.value or b"", wrapper.attributes, self.budget, self.warnings)
        self.budget -= spent
        if isinstance(data, Problem):
            self.error = data
            return []
        limit = self.limits.of(compressed=True)
        if self.count + _count(data, limit) > limit:
            self.error = self.batch.problem("limit", f"more than {limit} records", 0, "records")
            return []
        self.depth += 1
        append_time = wrapper.timestamp if wrapper.attributes & TIMESTAMP_TYPE and wrapper.magic else None
        records: list[Record] = []
        position = last = 0
        while position < len(data) and self.error is None:
            try:
                message = self._inner(data, position)
            except WireError as error:
                self.error = self._located(error.problem)
                break
            position += PREFIX + message.message_size
            last = message.offset
            if message.attributes & compression.MASK:
                records += self._unwrap(message)
                continue
            timestamp = message.timestamp if append_time is None or not message.magic else append_time
            records.append(Record(last, timestamp, message.key, message.value, (), message.attributes))
            self.count += 1
        self.depth -= 1
        base = self._base(wrapper.offset, last) if wrapper.magic and records else 0
        return [Record(record.offset + base, *record[1:]) for record in records] if base else records

    def _inner(self, data: bytes, start: int) -> Message[bytes]:
        """Return the message at `start` of a decompressed message set; raise WireError if it cannot be read."""
        left = len(data) - start
        smallest = layout.MESSAGES[0].minimum_size
        if left < smallest:
            raise WireError(Problem("truncated", f"{left} bytes left, a message needs {smallest}", start, ""))
        size = PREFIX + _LENGTH.unpack_from(data, start + SIZE_AT)[0]
        magic = data[start + MAGIC_AT]
        if magic >= len(layout.MESSAGES):
            message = f"magic {magic} inside a compressed message"
            raise WireError(Problem("unknown_magic", message, start + MAGIC_AT, "magic"))
        if not layout.MESSAGES[magic].minimum_size <= size <= left:
            kind = "truncated" if size > left else "malformed"
            message = f"length {size - PREFIX}, {left - PREFIX} bytes are left"
            raise WireError(Problem(kind, message, start + SIZE_AT, "message_size"))
        return self._message(data, start, start + size)

    def _message(self, data: BufferT, start: int, stop: int) -> Message[BufferT]:
        """Return the message from `start` to `stop`; raise WireError if its key or value does not fit."""
        head = HEADS[data[start + MAGIC_AT]]
        offset, size, crc, magic, attributes, *rest = head.unpack_from(data, start)
        position = start + head.size
        computed = zlib.crc32(memoryview(data)[start + CHECKED_FROM : stop])
        if computed != crc and (self.depth or not self.batch.is_cut):
            self._warn("checksum", f"CRC-32 is 0x{computed:08x}, stated is 0x{crc:08x}", start + CRC_AT, "crc")
        try:
            key, position = _read_bytes(data, position, stop)
            value, position = _read_bytes(data, position, stop)
        except (ValueError, struct.error):
            reader = Reader(data[:stop], start)
            fields = layout.MESSAGES[magic].read(reader)  # raises, or knows what to make of a strange length
            for warning in reader.warnings:
                self._warn(*warning)
            key, value, position = fields["key"], fields["value"], reader.position
        if position != stop:
            self._warn("trailing_bytes", f"{stop - position} bytes after the value", position)
        return Message(offset, size, crc, magic, attributes, rest[0] if rest else None, key, value)

    def _base(self, wrapper_offset: int, last: int) -> int:
        """Return what to add to the relative offsets: a wrapper has the offset of its last message (KIP-31)."""
        if wrapper_offset in (0, -1):  # from a producer that leaves the offsets to the broker
            return 0
        if self.error is None and wrapper_offset >= last:
            return wrapper_offset - last
        reason = "the last message is not known" if self.error else f"the last relative offset is {last}"
        message = f"the wrapper's offset is {wrapper_offset}, {reason}: offsets are left relative"
        self._warn("relative_offsets", message, 0, "offset")
        return 0

    def _warn(self, kind: str, message: str, offset: int, field: str = "") -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(self._located(Problem(kind, message, offset, field)))
        elif len(self.warnings) == MAX_WARNINGS:
            self.warnings.append(self.batch.problem("more_warnings", "there are more warnings", 0))

    def _located(self, problem: Problem) -> Problem:
        """Return the problem of the message at hand as a problem of the records field."""
        kind, message, offset, field = problem
        if self.depth:
            field = f"records[{self.count}].{field}".rstrip(".")
            message = f"{message} (byte {offset} of the decompressed messages)"
            offset = 0
        return self.batch.problem(kind, message, offset, field)


def _count(data: bytes, limit: int) -> int:
    """Return how many messages a message set seems to have, or a number above the limit if there are more."""
    count = position = 0
    unpack, last = _LENGTH.unpack_from, len(data) - PREFIX
    while position <= last and count <= limit:
        size = unpack(data, position + SIZE_AT)[0]
        if size < 0:
            break
        position += PREFIX + size
        count += 1
    return count


def _read_bytes(data: BufferT, position: int, stop: int) -> tuple[BufferT | None, int]:
    """Return bytes behind an int32 length; raise ValueError if they do not end by `stop`."""
    length = _LENGTH.unpack_from(data, position)[0]
    position += _LENGTH.size
    if length == -1:
        return None, position
    end = position + length
    if length < 0 or end > stop:
        raise ValueError
    return data[position:end], end

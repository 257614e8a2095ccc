"""Record batches of magic 2, and what they have in common with older messages."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from structs.buffers import Problem
from structs.records import compression, layout, lz4
from structs.records.record import Record, read_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structs.buffers import Buffer
    from structs.records.limits import Limits
    from structs.records.record_set import RecordSet

CREATE_TIME: Final = "CreateTime"
LOG_APPEND_TIME: Final = "LogAppendTime"
NO_TIMESTAMP_TYPE: Final = "NoTimestampType"

TIMESTAMP_TYPE: Final = 0x08
TRANSACTIONAL: Final = 0x10
CONTROL: Final = 0x20
DELETE_HORIZON: Final = 0x40

HEADER: Final = layout.packer(layout.RECORD_BATCH_HEADER)
_unpack_header: Final = HEADER.unpack_from
_HEADER_SIZE: Final = HEADER.size
# Of these, what it takes to read records: base offset, checksum, attributes, base timestamp and count.
_unpack_needed: Final = struct.Struct(">q9xIh4xq22xi").unpack_from
PREFIX: Final = 12  # offset and size: what the size does not count
CHECKED_FROM: Final = 21  # the checksum covers what follows it: attributes up to the end
_CRC_AT: Final = 17
_SMALL: Final = 4096
_make = tuple.__new__  # a named tuple's own constructor takes twice as long


class Contents(NamedTuple):
    """What a batch holds: its records up to the first error, and what is wrong.

    `undecoded` counts the batch's bytes that were not understood, `decompressed` the bytes that decompression gave,
    also in vain.
    """

    records: list[Record]
    error: Problem | None
    warnings: tuple[Problem, ...]
    undecoded: int
    decompressed: int


class Batch:
    """A record batch or an older message: its header is read, its records are when somebody asks.

    `index` counts the batches of the field, `position` is where this one begins in it, `size` its bytes there.
    The records stay with the batch; let go of it and they go.
    """

    __slots__ = ("_bytes", "_contents", "_field", "_start", "_stop", "index")

    header_fields: ClassVar[tuple[str, ...]]
    attributes: int
    crc: int
    magic: int

    def __init__(self, data: bytes, start: int, stop: int, index: int, field: RecordSet) -> None:
        self._bytes = data  # around the batch, which has those from `start` up to, not including, `stop`
        self._start = start
        self._stop = stop
        self._field = field
        self._contents: Contents | None = None
        self.index = index

    def __iter__(self) -> Iterator[Record]:
        return iter(self.contents.records)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.header()}>"

    def header(self) -> dict[str, Any]:
        """Return the header's fields as on the wire, in wire order."""
        return {name: getattr(self, name) for name in self.header_fields}

    @property
    def data(self) -> memoryview:
        """The batch's bytes."""
        return memoryview(self._bytes)[self._start : self._stop]

    @property
    def position(self) -> int:
        """Where the batch begins in its field."""
        return self._start - self._field.start

    @property
    def size(self) -> int:
        """How many bytes of the batch are there."""
        return self._stop - self._start

    @property
    def declared_size(self) -> int:
        """How many bytes the batch says that it has."""
        raise NotImplementedError

    @property
    def is_cut(self) -> bool:
        """Whether bytes at the end are missing; nothing can be said about the checksum then."""
        return self.size < self.declared_size

    @property
    def compression(self) -> str:
        """The codec's name: none, gzip, snappy, lz4 or zstd."""
        return compression.name(self.attributes)

    @property
    def timestamp_type(self) -> str:
        """CreateTime or LogAppendTime; NoTimestampType in magic 0."""
        return LOG_APPEND_TIME if self.attributes & TIMESTAMP_TYPE else CREATE_TIME

    @property
    def is_transactional(self) -> bool:
        """Whether the records belong to a transaction."""
        return False

    @property
    def is_control(self) -> bool:
        """Whether these are control records, which consumers do not see."""
        return False

    @property
    def has_delete_horizon(self) -> bool:
        """Whether the base timestamp is the time from which on the log cleaner may drop tombstones."""
        return False

    @property
    def contents(self) -> Contents:
        """The records and what is wrong with them, read on first access."""
        return self._contents or self._field.read(self)

    def read(self, limits: Limits) -> Contents:
        """Read the records, whether that was done before or not."""
        raise NotImplementedError

    @property
    def records(self) -> list[Record]:
        """The records, up to the first error."""
        return (self._contents or self._field.read(self)).records

    @property
    def error(self) -> Problem | None:
        """What ended the reading of this batch early."""
        return (self._contents or self._field.read(self)).error

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is wrong, and did not keep the records from being read."""
        return (self._contents or self._field.read(self)).warnings

    @property
    def undecoded_bytes(self) -> int:
        """How many of the batch's bytes were not understood (all of a compressed part that was not read whole)."""
        return self.contents.undecoded

    def decompressed(self) -> bytes | None:
        """Decompress once more the bytes that the records stand in; None where they are not compressed, or broken."""
        if not self.attributes & compression.MASK:
            return None
        data = self._decompress(self._field.allowance(self.index))
        return None if isinstance(data, Problem) else data

    def _decompress(self, limits: Limits) -> bytes | Problem:
        raise NotImplementedError

    def problem(self, kind: str, message: str, at: int, field: str = "") -> Problem:
        """Return a problem of this batch; `at` counts from its first byte."""
        path = f"batches[{self.index}]"
        return Problem(kind, message, self.position + at, f"{path}.{field}" if field else path)

    def decompress(
        self, data: Buffer, attributes: int, limit: int, warnings: list[Problem], at: int = 0
    ) -> tuple[bytes | Problem, int]:
        """Return the decompressed bytes of the part that begins at `at`, or why there are none; and what it cost."""
        codec = compression.name(attributes)
        if codec == "lz4":
            data, repaired = lz4.repair(data)
            if repaired and self.magic > 0:
                message = "the LZ4 frame's header checksum is wrong, as it should be in magic 0 only"
                warnings.append(self.problem("checksum", message, at, "records"))
        try:
            plain = compression.decompress(codec, data, limit)
        except compression.CompressionError as error:
            return self.problem(error.kind, str(error), at, "records"), error.spent
        return plain, len(plain)


def _at(place: int) -> Any:
    """Return a property that is the field at a place in the header."""
    return property(lambda batch: (batch._header or batch.header_values)[place])


class RecordBatch(Batch):
    """A record batch (magic 2), under Kafka's field names; the bytes begin with the base offset.

    Source: KIP-98 and Kafka's DefaultRecordBatch; KIP-534 for the delete horizon.
    """

    __slots__ = ("_header",)
    header_fields = tuple(member.name for member in layout.RECORD_BATCH_HEADER.members)

    base_offset = _at(0)
    batch_length = _at(1)
    partition_leader_epoch = _at(2)
    magic = _at(3)
    crc = _at(4)
    attributes = _at(5)
    last_offset_delta = _at(6)
    base_timestamp = _at(7)
    max_timestamp = _at(8)
    producer_id = _at(9)
    producer_epoch = _at(10)
    base_sequence = _at(11)
    records_count = _at(12)

    def __init__(self, data: bytes, start: int, stop: int, index: int, field: RecordSet) -> None:
        self._bytes = data  # not by the base class: there are many batches
        self._start = start
        self._stop = stop
        self._field = field
        self._contents = None
        self.index = index
        self._header: tuple[int, ...] | None = None

    @property
    def header_values(self) -> tuple[int, ...]:
        """All fields of the header, in wire order."""
        values = self._header
        if values is None:
            values = self._header = _unpack_header(self._bytes, self._start)
        return values

    def header(self) -> dict[str, Any]:
        """Return the header's fields as on the wire, in wire order."""
        return dict(zip(self.header_fields, self.header_values, strict=True))

    @property
    def declared_size(self) -> int:
        """How many bytes the batch says that it has."""
        return PREFIX + int(self.batch_length)

    @property
    def last_offset(self) -> int:
        """The offset of the last record that the batch was written with."""
        return int(self.base_offset + self.last_offset_delta)

    @property
    def is_transactional(self) -> bool:
        """Whether the records belong to a transaction."""
        return bool(self.attributes & TRANSACTIONAL)

    @property
    def is_control(self) -> bool:
        """Whether these are control records, which consumers do not see."""
        return bool(self.attributes & CONTROL)

    @property
    def has_delete_horizon(self) -> bool:
        """Whether the base timestamp is the time from which on the log cleaner may drop tombstones."""
        return bool(self.attributes & DELETE_HORIZON)

    @property
    def is_cut(self) -> bool:
        """Whether bytes at the end are missing; nothing can be said about the checksum then."""
        return self._stop - self._start < PREFIX + int(self.batch_length)

    def read(self, limits: Limits) -> Contents:
        """Read the records, whether that was done before or not."""
        data, header, stop = self._bytes, self._start, self._stop
        base_offset, crc, attributes, base_timestamp, count = _unpack_needed(data, header)
        if stop - header < _SMALL:
            computed = checksum()(data[header + CHECKED_FROM : stop])  # to copy a few bytes takes less than not to
        else:
            computed = checksum()(memoryview(data)[header + CHECKED_FROM : stop])
        if computed == crc and not attributes and 0 <= count <= limits.records:
            start = header + _HEADER_SIZE
            records, position, problem = read_records(data, count, base_offset, base_timestamp, None, start, stop)
            if position == stop and problem is None:  # what nearly all batches are
                self._contents = contents = _make(Contents, (records, None, (), 0, 0))
                return contents
        return self._read_odd(limits, computed)

    def _read_odd(self, limits: Limits, computed: int) -> Contents:
        """Read the records whatever is odd about the batch; `computed` is its checksum."""
        data, stop = self._bytes, self._stop
        start = self._start + _HEADER_SIZE
        base_offset, _, _, _, crc, attributes, _, base_timestamp, max_timestamp, _, _, _, count = self.header_values
        warnings: tuple[Problem, ...] = ()
        if computed != crc and not self.is_cut:
            message = f"CRC-32C is 0x{computed:08x}, stated is 0x{crc:08x}"
            warnings = (self.problem("checksum", message, _CRC_AT, "crc"),)
        undecoded = size = stop - start
        decompressed = 0
        compressed = attributes & compression.MASK
        limit = limits.of(compressed=True) if compressed else limits.records
        error = None if 0 <= count <= limit else self._refusal(limit)
        if error is None and compressed and size:
            plain, decompressed, found = self._plain(limits)
            warnings += found
            if isinstance(plain, Problem):
                error = plain
            else:
                data, start, stop = plain, 0, len(plain)
        records: list[Record] = []
        if error is None:
            append_time = max_timestamp if attributes & TIMESTAMP_TYPE else None
            records, position, problem = read_records(
                data, count, base_offset, base_timestamp, append_time, start, stop
            )
            undecoded = left = stop - position
            if left and compressed:
                undecoded = size
            if problem is not None:
                problem = problem._replace(offset=problem.offset - start)
                error = self._record_problem(problem, len(records), left)
            elif left:
                at = _HEADER_SIZE + (0 if compressed else position - start)
                warnings += (self.problem("trailing_bytes", f"{left} bytes after the last record", at),)
        self._contents = contents = _make(Contents, (records, error, warnings, undecoded, decompressed))
        return contents

    def _refusal(self, limit: int) -> Problem:
        """Say why so many records are not to be read at all."""
        count, count_at = self.records_count, _HEADER_SIZE - 4
        if count < 0:
            return self.problem("malformed", f"a count of {count} records", count_at, "records_count")
        return self.problem("limit", f"{count} records, the limit is {limit}", count_at, "records_count")

    def _decompress(self, limits: Limits) -> bytes | Problem:
        limit = limits.of(compressed=True)
        return self._plain(limits)[0] if 0 <= self.records_count <= limit else self._refusal(limit)

    def _plain(self, limits: Limits) -> tuple[bytes | Problem, int, tuple[Problem, ...]]:
        """Return the decompressed records, or why there are none, how many bytes that cost, and what was wrong."""
        payload = self.data[_HEADER_SIZE:]
        if not payload:
            return b"", 0, ()
        warnings: list[Problem] = []
        plain, spent = self.decompress(payload, self.attributes, limits.decompressed, warnings, _HEADER_SIZE)
        return plain, spent, tuple(warnings)

    def _record_problem(self, problem: Problem, number: int, left: int) -> Problem:
        """Return the problem of a record as a problem of the field."""
        field = f"records[{number}].{problem.field}".rstrip(".")
        message, at = problem.message, _HEADER_SIZE + problem.offset
        if not left:
            message = f"{self.records_count} records are stated, {number} are there"
        if self.attributes & compression.MASK:
            message, at = f"{message} (byte {problem.offset} of the decompressed records)", _HEADER_SIZE
        return self.problem(problem.kind, message, at, field)


@cache
def checksum() -> Callable[[Buffer], int]:
    """Return what computes CRC-32C; its import reads the metadata of installed packages: not before it is needed."""
    from crc32c import crc32c

    compute: Callable[[Buffer], int] = crc32c
    return compute

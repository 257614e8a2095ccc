"""Record batches of magic 2, and what they have in common with older messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from structs.buffers import Problem
from structs.records import compression, layout, lz4
from structs.records.record import Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator

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
PREFIX: Final = 12  # offset and size: what the size does not count
CHECKED_FROM: Final = 21  # the checksum covers what follows it: attributes up to the end
_CRC_AT: Final = 17


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

    __slots__ = ("_contents", "_data", "_field", "attributes", "crc", "index", "magic", "position", "size")

    header_fields: ClassVar[tuple[str, ...]]
    attributes: int
    crc: int
    magic: int

    def __init__(self, data: memoryview, index: int, position: int, field: RecordSet) -> None:
        self._data = data
        self._field = field
        self._contents: Contents | None = None
        self.index = index
        self.position = position
        self.size = len(data)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.contents.records)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.header()}>"

    def header(self) -> dict[str, Any]:
        """Return the header's fields as on the wire, in wire order."""
        return {name: getattr(self, name) for name in self.header_fields}

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
        if self._contents is None:
            self._contents = self._read(self._field.allowance(self.index))
            self._field.note(self)
        return self._contents

    @property
    def records(self) -> list[Record]:
        """The records, up to the first error."""
        return self.contents.records

    @property
    def error(self) -> Problem | None:
        """What ended the reading of this batch early."""
        return self.contents.error

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is wrong, and did not keep the records from being read."""
        return self.contents.warnings

    @property
    def undecoded_bytes(self) -> int:
        """How many of the batch's bytes were not understood (all of a compressed part that was not read whole)."""
        return self.contents.undecoded

    def decompressed(self) -> bytes | None:
        """Decompress once more the bytes that the records stand in; None where they are not compressed, or broken."""
        if not self.attributes & compression.MASK:
            return None
        data, error = self._decompress(self._field.allowance(self.index))
        return data if error is None else None

    def _read(self, limits: Limits) -> Contents:
        raise NotImplementedError

    def _decompress(self, limits: Limits) -> tuple[bytes, Problem | None]:
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


class RecordBatch(Batch):
    """A record batch (magic 2), under Kafka's field names; the bytes begin with the base offset.

    Source: KIP-98 and Kafka's DefaultRecordBatch; KIP-534 for the delete horizon.
    """

    __slots__ = (
        "base_offset",
        "base_sequence",
        "base_timestamp",
        "batch_length",
        "last_offset_delta",
        "max_timestamp",
        "partition_leader_epoch",
        "producer_epoch",
        "producer_id",
        "records_count",
    )
    header_fields = tuple(member.name for member in layout.RECORD_BATCH_HEADER.members)

    def __init__(self, data: memoryview, index: int, position: int, field: RecordSet) -> None:
        self._data = data  # not by the base class: there are many batches
        self._field = field
        self._contents = None
        self.index = index
        self.position = position
        self.size = len(data)
        (
            self.base_offset,
            self.batch_length,
            self.partition_leader_epoch,
            self.magic,
            self.crc,
            self.attributes,
            self.last_offset_delta,
            self.base_timestamp,
            self.max_timestamp,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.records_count,
        ) = HEADER.unpack_from(data)

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

    def _read(self, limits: Limits) -> Contents:
        import crc32c  # reads the metadata of installed packages: only for those who look into batches

        warnings: list[Problem] = []
        computed = crc32c.crc32c(self._data[CHECKED_FROM:])
        if computed != self.crc and not self.is_cut:
            message = f"CRC-32C is 0x{computed:08x}, stated is 0x{self.crc:08x}"
            warnings.append(self.problem("checksum", message, _CRC_AT, "crc"))
        payload = self._data[HEADER.size :]
        compressed = bool(self.attributes & compression.MASK)
        data, error, decompressed = self._plain(payload, limits, warnings)
        records: list[Record] = []
        undecoded = len(payload)
        if error is None:
            append_time = self.max_timestamp if self.attributes & TIMESTAMP_TYPE else None
            records, stop, problem = read_records(
                data, self.records_count, self.base_offset, self.base_timestamp, append_time
            )
            left = len(data) - stop
            undecoded = len(payload) if left and compressed else left
            if problem is not None:
                error = self._record_problem(problem, len(records), compressed, left)
            elif left:
                at = HEADER.size + (0 if compressed else stop)
                warnings.append(self.problem("trailing_bytes", f"{left} bytes after the last record", at))
        return Contents(records, error, tuple(warnings), undecoded, decompressed)

    def _decompress(self, limits: Limits) -> tuple[bytes, Problem | None]:
        data, error, _ = self._plain(self._data[HEADER.size :], limits, [])
        return data, error

    def _plain(self, payload: memoryview, limits: Limits, warnings: list[Problem]) -> tuple[bytes, Problem | None, int]:
        """Return the records' bytes as they were before compression, or why not, and how many were decompressed."""
        count_at = HEADER.size - 4
        if self.records_count < 0:
            message = f"a count of {self.records_count} records"
            return b"", self.problem("malformed", message, count_at, "records_count"), 0
        compressed = self.attributes & compression.MASK
        limit = limits.of(compressed=True) if compressed else limits.records
        if self.records_count > limit:
            message = f"{self.records_count} records, the limit is {limit}"
            return b"", self.problem("limit", message, count_at, "records_count"), 0
        if not compressed or not payload:
            return bytes(payload), None, 0
        data, spent = self.decompress(payload, self.attributes, limits.decompressed, warnings, HEADER.size)
        return (b"", data, spent) if isinstance(data, Problem) else (data, None, spent)

    def _record_problem(self, problem: Problem, number: int, compressed: bool, left: int) -> Problem:
        """Return the problem of a record as a problem of the field."""
        field = f"records[{number}].{problem.field}".rstrip(".")
        message, at = problem.message, HEADER.size + problem.offset
        if not left:
            message = f"{self.records_count} records are stated, {number} are there"
        if compressed:
            message, at = f"{message} (byte {problem.offset} of the decompressed records)", HEADER.size
        return self.problem(problem.kind, message, at, field)

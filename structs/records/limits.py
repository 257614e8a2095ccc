"""What record data may cost before its decoding is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from structs.records.batch import Contents


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold before the memory is taken.

    `decompressed` counts the bytes that one batch may decompress to, all its nested messages together; `records`
    the records of one batch, `compressed_records` those of a compressed one; `depth` the levels of compressed messages
    inside one another (Kafka writes one). A record costs some hundred bytes beside its own: compressed, a million of
    them fit into 12 KB, while uncompressed ones need at least 7 bytes each of what was captured.
    """

    decompressed: int = 128 << 20
    records: int = 1_000_000
    compressed_records: int = 250_000
    depth: int = 1

    def of(self, *, compressed: bool) -> int:
        """Return how many records a batch may have."""
        return min(self.records, self.compressed_records) if compressed else self.records


DEFAULT: Final = Limits()
MESSAGE_DECOMPRESSED: Final = 512 << 20
_EXPANSION: Final = 16  # what a message may decompress to, in its own sizes, beyond the allowance of one batch
_BYTES_PER_RECORD: Final = 4  # so many bytes of a message may hold a record each, beyond the allowance of one batch


class Meter:
    """What reading the record batches of one message has cost, over all its `records` fields.

    All batches together may cost what one may, and more in a large message: `size` bytes were captured of it. A batch
    is charged when it is read for the first time. `limits` are what the next one may cost.
    """

    __slots__ = ("_bytes", "_first", "_records", "limits", "size")

    _first: Limits  # there once a batch was decompressed: what that one might cost

    def __init__(self, limits: Limits = DEFAULT, size: int = 0) -> None:
        self.limits = limits
        self.size = size
        self._bytes = 0  # decompressed so far
        self._records = 0

    def charge(self, contents: Contents, _size: int) -> None:
        """Take note of what a batch held, which has `size` whole bytes in its field: none where it is cut."""
        if contents.decompressed:
            if not self._bytes:
                self._first = self.limits
            self._bytes += contents.decompressed
            self._records += len(contents.records)
            self.limits = self._allowance()

    def _allowance(self) -> Limits:
        limits = self._first
        left = max(limits.decompressed, min(self.size * _EXPANSION, MESSAGE_DECOMPRESSED)) - self._bytes
        records = max(limits.compressed_records, self.size // _BYTES_PER_RECORD) - self._records
        if left >= limits.decompressed and records >= limits.compressed_records:
            return limits
        return replace(
            limits,
            decompressed=min(limits.decompressed, max(left, 0)),
            compressed_records=min(limits.compressed_records, max(records, 0)),
        )

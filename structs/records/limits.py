"""What record data may cost before its decoding is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from structs.records.batch import Batch


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold before the memory is taken.

    `decompressed` counts the bytes that one batch may decompress to, all its nested messages together; `records`
    the records of one batch; `depth` the levels of compressed messages inside one another (Kafka writes one).
    """

    decompressed: int = 128 << 20
    records: int = 1_000_000
    depth: int = 1


DEFAULT: Final = Limits()
MESSAGE_DECOMPRESSED: Final = 512 << 20


class Meter:
    """What reading the record batches of one message has cost, over all its `records` fields.

    All batches together may decompress to `decompressed` bytes. A batch is charged when it is read for the first time.
    """

    def __init__(self, limits: Limits = DEFAULT, *, decompressed: int = MESSAGE_DECOMPRESSED) -> None:
        self.limits = limits
        self._left = decompressed

    def allowance(self) -> Limits:
        """Return what the next batch may cost."""
        if self._left >= self.limits.decompressed:
            return self.limits
        return replace(self.limits, decompressed=max(self._left, 0))

    def charge(self, batch: Batch) -> None:
        """Take note of a batch that was read."""
        self._left -= batch.contents.decompressed

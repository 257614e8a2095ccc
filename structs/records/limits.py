"""What record data may cost before its decoding is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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

"""Points in time as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS: Final = 1_000_000_000
_MICROSECONDS: Final = 6  # digits that most captures have


def iso_timestamp(nanoseconds: int, digits: int) -> str:
    """Return nanoseconds since the epoch as ISO 8601 in UTC with that many decimals, ending in Z.

    What lies outside of the years 1 to 9999, which only a broken capture file holds, stays a number of seconds.
    """
    seconds, fraction = divmod(nanoseconds, _NANOSECONDS)
    if digits == _MICROSECONDS:
        return f"{to_the_second(seconds)}.{fraction // 1000:06d}Z"
    return f"{to_the_second(seconds)}.{fraction:09d}"[: digits - 9 or None] + "Z"


@lru_cache(maxsize=64)
def to_the_second(seconds: int) -> str:
    """Return seconds since the epoch as text; packets come many a second."""
    try:
        return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"
    except OverflowError:
        return str(seconds)

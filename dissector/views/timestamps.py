"""Points in time as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS: Final = 1_000_000_000


def iso_timestamp(nanoseconds: int, digits: int) -> str:
    """Return nanoseconds since the epoch as ISO 8601 in UTC with that many decimals, ending in Z.

    What lies outside of the years 1 to 9999, which only a broken capture file holds, stays a number of seconds.
    """
    seconds, fraction = divmod(nanoseconds, _NANOSECONDS)
    decimals = f"{fraction:09d}"[:digits]
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds}.{decimals}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{decimals}Z"

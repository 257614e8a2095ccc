"""Amounts and moments as people write them: `50ms`, `1.5MiB`, `21:05:18.5`, `2026-11-20T21:05:18Z`, `+30s`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from dissector.filters.errors import FilterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.filters.tree import Word

    Amount = int | Fraction

SECOND: Final = 1_000_000_000  # in nanoseconds
DAY: Final = 86_400 * SECOND
DIGITS: Final = 30  # as many as anybody needs: longer ones are no numbers

_TIME_UNITS: Final[Mapping[str, int]] = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign, which is not the Greek letter
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": DAY,
}
_SIZE_UNITS: Final[Mapping[str, int]] = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}
UNITS: Final = _TIME_UNITS.keys() | _SIZE_UNITS.keys()
_DIGITS: Final = rf"[0-9]{{1,{DIGITS}}}"
_AMOUNT: Final = re.compile(rf"({_DIGITS}(?:\.{_DIGITS})?)([a-zµμ]+)", re.IGNORECASE)
_NUMBER: Final = re.compile(rf"[+-]?(?:0x[0-9a-f]{{1,{DIGITS}}}|{_DIGITS}(?:\.{_DIGITS})?)", re.IGNORECASE)
_TIME_OF_DAY: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")
_FRACTION: Final = re.compile(r"(?<=:\d\d)\.(\d{1,9})")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Reference = Literal["epoch", "midnight", "start"]


class Moment(NamedTuple):
    """A point in time: `nanoseconds` since the epoch, since midnight (UTC), or since the capture's start."""

    since: Reference
    nanoseconds: Amount


def number(word: Word) -> Amount:
    """Return a number: `-1`, `0x1f`, `0.5`."""
    found = _number(word.text)
    if found is None:
        raise FilterError(f"{word.text} is not a number", word.column)
    return found


def quantity(word: Word) -> Amount:
    """Return a number; with a unit of size, so many bytes: `1500`, `0x1f`, `1.5MiB`."""
    found = _number(word.text)
    if found is None:
        found = _sum(word.text, _SIZE_UNITS)
    if found is None:
        raise FilterError(f"{word.text} is not a number", word.column)
    return found


def _number(text: str) -> Amount | None:
    if not _NUMBER.fullmatch(text):
        return None
    return int(text, 16) if "x" in text.lower() else _exact(Fraction(text))


def size(word: Word) -> Amount:
    """Return an amount of bytes: `1500`, `1500B`, `1.5kB` (1500 bytes), `1.5KiB` (1536 bytes)."""
    text = word.text
    found = _exact(Fraction(text)) if _NUMBER.fullmatch(text) and "x" not in text.lower() else _sum(text, _SIZE_UNITS)
    if found is None:
        raise FilterError(f"{text} is not a size: write 1500, 64kB, 1.5MiB", word.column)
    return found


def duration(word: Word) -> Amount:
    """Return nanoseconds: `50ms`, `1m30s`; a number without a unit is one only if it is 0."""
    found = _duration(word.text)
    if found is None:
        hint = f"{word.text}ms?" if _NUMBER.fullmatch(word.text) else "50ms, 1.5s, 2m30s"
        needs = "needs a unit" if _NUMBER.fullmatch(word.text) else "is not a duration"
        raise FilterError(f"{word.text} {needs}: {hint}", word.column)
    return found


def _duration(text: str) -> Amount | None:
    return 0 if text == "0" else _sum(text, _TIME_UNITS)


def moment(word: Word) -> Moment:
    """Return a point in time: with a date, a time of day, or with a sign since the capture's start.

    Dates and times of day are in UTC; behind a date another offset may stand ("+01:00").
    """
    text = word.text
    if text[:1] in ("+", "-"):
        since_start = _duration(text.removeprefix("+"))
        if since_start is not None:
            return Moment("start", since_start)
    time_of_day = _TIME_OF_DAY.fullmatch(text)
    if time_of_day is not None:
        hours, minutes, seconds, decimals = (part or "0" for part in time_of_day.groups())
        if int(hours) < 24 and int(minutes) < 60 and int(seconds) < 60:
            whole = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * SECOND
            return Moment("midnight", whole + int(decimals.ljust(9, "0")))
    elif (absolute := _absolute(text)) is not None:
        return Moment("epoch", absolute)
    hint = f"+{text} is since the capture's start" if _duration(text) is not None else _TIMES
    raise FilterError(f"{text} is not a time: {hint}", word.column)


_TIMES: Final = "write 2026-11-20T21:05:18, 21:05:18 (UTC), or +30s since the capture's start"


def _absolute(text: str) -> int | None:
    decimals = _FRACTION.search(text)  # datetime has no nanoseconds
    try:
        time = datetime.fromisoformat(_FRACTION.sub("", text))
    except ValueError:
        return None
    time = time.replace(tzinfo=time.tzinfo or UTC)
    whole = (time - _EPOCH) // timedelta(seconds=1)
    return whole * SECOND + (int(decimals[1].ljust(9, "0")) if decimals is not None else 0)


def _sum(text: str, units: Mapping[str, int]) -> Amount | None:
    """Return what amounts with units add up to, None if they are none."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    total, position = Fraction(0), 0
    while position < len(rest):
        match = _AMOUNT.match(rest, position)
        unit = None if match is None else units.get(match[2].lower())
        if match is None or unit is None:
            return None
        total += Fraction(match[1]) * unit
        position = match.end()
    if not rest:
        return None
    return _exact(-total if text[0] == "-" else total)


def _exact(value: Fraction) -> Amount:
    return int(value) if value.denominator == 1 else value

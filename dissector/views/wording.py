"""Amounts, lists, addresses and long names, short enough for a line."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.views.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.segments import Endpoint

LISTED: Final = 4  # elements of a list that are shown
LONGEST: Final = 32  # characters of a name that are shown


@lru_cache(maxsize=1024)
def plural(count: int, noun: str) -> str:
    """Return a count with its noun: "1 record", "2 records", "2 entries"."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}es" if noun.endswith(("ch", "x", "ss")) else f"{count} {noun}s"


def singular(noun: str) -> str:
    """Return the singular of a field name that ends like a plural: "partitions" is "partition"."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("ches", "xes", "sses")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def size(count: int) -> str:
    """Return an amount of bytes, exact below 10,000: "512 B", "1.2 MB"."""
    if count < 10_000:
        return f"{count} B"
    amount, unit = count / 1e3, "kB"
    for larger in ("MB", "GB"):
        if amount >= 1000:
            amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}"


def elide(text: str, limit: int = LONGEST) -> str:
    """Return text without its middle where it is longer than the limit: both ends tell names apart."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[-tail:]}"


def endpoint(end: Endpoint | None) -> str:
    """Return an address and its port; an IPv6 address stands in brackets."""
    if end is None:
        return "?"
    host = printable(end.host)
    return f"[{host}]:{end.port}" if ":" in host else f"{host}:{end.port}"


def listing(items: Iterable[str], count: int, limit: int = LISTED) -> str:
    """Return the first of `count` items, and how many more there are."""
    shown = list(islice(items, min(count, limit)))
    more = count - len(shown)
    return ", ".join(shown) + (f" +{more} more" if more else "")


def ranges(numbers: Iterable[int], limit: int = LISTED) -> str:
    """Return numbers with runs drawn together: "0-5,8"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:limit]]
    more = sum(last - first + 1 for first, last in runs[limit:])
    return ",".join(texts) + (f" +{more} more" if more else "")


def outcomes(count: int, outcome: str) -> str:
    """Return how many exchanges have an outcome: "2 answered", "2 orphan responses"."""
    text = outcome.replace("_", " ")
    return plural(count, text) if outcome == "orphan_response" else f"{count} {text}"


def reason(text: str | None) -> str:
    """Return why an exchange has no pair, in words."""
    return "acks=0" if text == "acks_0" else (text or "").replace("_", " ")

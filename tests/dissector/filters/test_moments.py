"""Times since the epoch, since midnight, since the capture's start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector import filters
from dissector.capture import open_capture
from dissector.filters.moments import Instant, Time
from dissector.filters.tree import Word

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400 * 10**9
NOON = Instant(3 * DAY + DAY // 2, 3 * DAY)


@pytest.mark.parametrize(
    ("operator", "text", "truth"),
    [
        ("==", "12:00", True),
        ("==", "1970-01-04T12:00", True),
        ("==", "1970-01-04T14:00+02:00", True),
        ("==", "+12h", True),
        ("==", "12:00:00.000000001", False),
        ("<", "12:00:00.000000001", True),
        (">", "11:59:59.999999999", True),
        (">=", "1970-01-05", False),
        ("<=", "+12h", True),
        ("in", "11:00..12:00", True),
        ("in", "12:00..13:00", True),
        ("in", "13:00..14:00", False),
        ("in", "23:00..12:00", True),
        ("in", "23:00..11:00", False),
        ("in", "+0..+12h", True),
        ("in", "1970-01-04..1970-01-05", True),
    ],
)
def test_comparisons(operator: str, text: str, truth: bool) -> None:
    assert bool(Time().predicate(operator, (Word(text, 1),), 1)(NOON)) is truth


def test_a_capture_starts_with_its_first_packet(captures: Path) -> None:
    """As Wireshark counts: orders.pcapng begins at 21:05:18.075980 (frame.time of its first packet)."""
    with open_capture(captures / "orders.pcapng") as capture:
        exchanges = list(capture)
    (start,) = {exchange.capture_start for exchange in exchanges}
    first = next(iter(exchanges))
    since = (first.request.timestamp - start) / 1e6
    assert 0 <= since < 1000
    assert filters.parse(f"time == +{first.request.timestamp - start}ns")(first)
    assert sum(map(filters.parse("time < +0s"), exchanges)) == 0
    early, late = (sum(map(filters.parse(f"time {which} +5s"), exchanges)) for which in ("<", ">="))
    assert (early + late, early > 0, late > 0) == (len(exchanges), True, True)

"""Ranges, held against sets of offsets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dissector.ranges import Ranges

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda span: (span[0], sum(span))), max_size=12)


@given(SPANS, st.integers(-5, 90), st.integers(0, 20))
def test_ranges_are_the_offsets_in_them(spans: list[tuple[int, int]], start: int, length: int) -> None:
    """However they overlap, and in whatever order they come."""
    ranges = Ranges()
    for span in spans:
        ranges.add(*span)
    ranges.settle()
    offsets = {offset for span in spans for offset in range(*span)}
    assert ranges.overlap(start, start + length) == any(each in offsets for each in range(start, start + length))
    assert ranges.touch(start) == any(first <= start <= last for first, last in spans)


def test_ranges_that_follow_one_another_are_one() -> None:
    ranges = Ranges()
    for start in range(0, 10_000, 10):
        ranges.add(start, start + 10)
    assert len(ranges) == 1

"""Amounts and moments, exact to the nanosecond and the byte."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.filters import literals
from dissector.filters.errors import FilterError
from dissector.filters.tree import Word

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("1ns", 1),
        ("5us", 5_000),
        ("5µs", 5_000),
        ("5μs", 5_000),
        ("50ms", 50_000_000),
        ("1.5S", 1_500_000_000),
        ("2m30s", 150 * SECOND),
        ("1h", 3600 * SECOND),
        ("1d", 86_400 * SECOND),
        ("-5ms", -5_000_000),
        ("0.5ns", Fraction(1, 2)),
        ("0.1s", 100_000_000),
    ],
)
def test_durations(text: str, nanoseconds: Any) -> None:
    assert literals.duration(Word(text, 1)) == nanoseconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1500", 1500),
        ("1500B", 1500),
        ("1kB", 1000),
        ("1KB", 1000),
        ("1.5mb", 1_500_000),
        ("1KiB", 1024),
        ("1.5MiB", 1_572_864),
        ("1GB", 10**9),
        ("1TiB", 1 << 40),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert literals.size(Word(text, 1)) == size


@pytest.mark.parametrize(("text", "number"), [("-1", -1), ("+7", 7), ("0x1F", 31), ("1.5", Fraction(3, 2))])
def test_numbers(text: str, number: Any) -> None:
    assert literals.number(Word(text, 1)) == literals.quantity(Word(text, 1)) == number


def test_a_quantity_may_be_one_of_bytes() -> None:
    assert literals.quantity(Word("1.5MiB", 1)) == 1_572_864


@given(st.integers(0, 10**18))
def test_a_number_is_itself(value: int) -> None:
    assert literals.number(Word(str(value), 1)) == literals.size(Word(str(value), 1)) == value
    assert literals.duration(Word(f"{value}ns", 1)) == value


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(0, 999))
def test_a_time_is_itself(time: datetime, nanoseconds: int) -> None:
    """Whether it has a date or not; datetime ends at microseconds, captures do not."""
    text = f"{time:%Y-%m-%dT%H:%M:%S.%f}{nanoseconds:03}"
    expected = int(time.replace(microsecond=0, tzinfo=UTC).timestamp()) * SECOND + time.microsecond * 1000 + nanoseconds
    for form in (text, f"{text}Z", text.replace("T", " "), f"{text}+00:00"):
        assert literals.moment(Word(form, 1)) == ("epoch", expected)
    of_day = literals.moment(Word(text.partition("T")[2], 1))
    assert of_day == ("midnight", expected % (86_400 * SECOND))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("+30s", ("start", 30 * SECOND)),
        ("-1.5s", ("start", -1_500_000_000)),
        ("+0", ("start", 0)),
        ("9:05", ("midnight", (9 * 60 + 5) * 60 * SECOND)),
        ("1970-01-02", ("epoch", 86_400 * SECOND)),
        ("1970-01-01T01:00:00+01:00", ("epoch", 0)),
    ],
)
def test_moments(text: str, moment: Any) -> None:
    assert literals.moment(Word(text, 1)) == moment


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (literals.duration, "50", "50 needs a unit: 50ms?"),
        (literals.duration, "soon", "soon is not a duration: 50ms, 1.5s, 2m30s"),
        (literals.duration, "5kB", "5kB is not a duration: 50ms, 1.5s, 2m30s"),
        (literals.duration, "5ms3", "5ms3 is not a duration: 50ms, 1.5s, 2m30s"),
        (literals.duration, "-", "- is not a duration: 50ms, 1.5s, 2m30s"),
        (literals.size, "5ms", "5ms is not a size: write 1500, 64kB, 1.5MiB"),
        (literals.number, "five", "five is not a number"),
        (literals.number, "5kB", "5kB is not a number"),
        (literals.quantity, "5ms", "5ms is not a number"),
        (literals.number, "9" * 5000, f"{'9' * 5000} is not a number"),
        (literals.moment, "30s", "30s is not a time: +30s is since the capture's start"),
        (
            literals.moment,
            "25:00",
            "25:00 is not a time: write 2026-11-20T21:05:18, 21:05:18 (UTC), or +30s since the capture's start",
        ),
    ],
)
def test_what_is_none_is_refused_where_it_stands(read: Callable[[Word], Any], text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        read(Word(text, 17))
    assert (caught.value.message, caught.value.column) == (message, 17)


@given(st.text(max_size=12))
def test_no_text_breaks_anything(text: str) -> None:
    for read in (literals.number, literals.quantity, literals.size, literals.duration, literals.moment):
        with suppress(FilterError):
            read(Word(text, 1))

"""Quantiles: exact of few values, within the stated error of many, in bounded memory, however they were brought in."""

from __future__ import annotations

import random
import sys
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.quantiles import ERROR, EXACT, Quantiles

SHARES = (0.0, 0.01, 0.5, 0.95, 0.99, 1.0)
values = st.lists(st.integers(1, 10**13), min_size=1)


def of(numbers: list[int]) -> Quantiles:
    quantiles = Quantiles()
    for number in numbers:
        quantiles.add(number)
    return quantiles


def truth(numbers: list[int]) -> list[int]:
    """The quantiles by their definition: the smallest value that so large a share of all does not exceed."""
    return [
        next(value for value in sorted(numbers) if sum(other <= value for other in numbers) >= share * len(numbers))
        for share in SHARES
    ]


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=50))
def test_few_values_give_exact_quantiles(numbers: list[int]) -> None:
    quantiles = of(numbers)
    assert quantiles.at(*SHARES) == truth(numbers)
    assert (len(quantiles), quantiles.total) == (len(numbers), sum(numbers))
    assert (quantiles.least, quantiles.greatest) == (min(numbers), max(numbers))


@pytest.mark.parametrize("seed", range(5))
def test_many_values_give_quantiles_within_the_error(seed: int) -> None:
    source = random.Random(seed)  # noqa: S311
    numbers = [int(source.lognormvariate(14, 2)) + 1 for _ in range(20_000)]
    ordered = sorted(numbers)
    quantiles = of(numbers)
    for share, found in zip(SHARES, quantiles.at(*SHARES), strict=True):
        exact = ordered[max(ceil(share * len(numbers)), 1) - 1]
        assert abs(found - exact) <= ERROR * exact + 1
    assert (len(quantiles), quantiles.total) == (len(numbers), sum(numbers))
    assert (quantiles.least, quantiles.greatest) == (ordered[0], ordered[-1])


@given(st.lists(st.one_of(st.integers(1, 2**62), st.integers(1, 50)), min_size=1, max_size=40), st.integers(1, 3))
def test_no_mixture_of_many_values_exceeds_the_error(mixture: list[int], parts: int) -> None:
    """Whatever the values are, however often, and from however many others they were merged."""
    numbers = mixture * (EXACT // len(mixture) + 1)
    quantiles = Quantiles()
    for part in range(parts):
        of(numbers[part::parts]).pour([quantiles])
    ordered = sorted(numbers)
    for share, found in zip(SHARES, quantiles.at(*SHARES), strict=True):
        exact = ordered[max(ceil(share * len(numbers)), 1) - 1]
        assert abs(found - exact) <= ERROR * 1.000001 * exact + 0.5


@given(st.integers(1, 2**62))
def test_a_value_is_found_again_within_the_error(number: int) -> None:
    quantiles = of([number] * (EXACT + 1))
    quantiles.add(1)
    quantiles.add(2**62)
    (found,) = quantiles.at(0.5)
    assert abs(found - number) <= ERROR * number * 1.0001 + 1


@given(st.lists(values, min_size=1, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
def test_merged_is_the_same_as_taken_one_by_one(parts: list[list[int]], many: list[bool]) -> None:
    """Whether the parts, or their sum, are many enough to be counted in buckets or not."""
    parts = [part * (EXACT if large else 1) for part, large in zip(parts, many, strict=False)]
    merged = Quantiles()
    for part in parts:
        of(part).pour([merged])
    direct = of([number for part in parts for number in part])
    assert (len(merged), merged.total) == (len(direct), direct.total)
    assert (merged.least, merged.greatest) == (direct.least, direct.greatest)
    assert merged.at(*SHARES) == direct.at(*SHARES)


def test_what_is_below_one_does_not_break_the_scale() -> None:
    """A response may be captured before its request."""
    quantiles = of([-5, 0, *range(1, 2 * EXACT)])
    assert quantiles.least == -5
    assert quantiles.at(0.0)[0] in (-5, 1)


def test_no_values_have_no_quantiles() -> None:
    assert Quantiles().at(0.5, 0.99) == [None, None]
    assert (len(Quantiles()), Quantiles().total, Quantiles().greatest) == (0, 0, 0)


def test_memory_does_not_grow_with_the_number_of_values() -> None:
    source = random.Random(1)  # noqa: S311
    quantiles = Quantiles()
    for _ in range(300_000):
        quantiles.add(int(source.uniform(1, 3600e9)) >> source.randrange(40) | 1)
    assert sys.getsizeof(quantiles._buckets) + sys.getsizeof(quantiles.values) < 200_000

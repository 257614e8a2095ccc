"""Which correlation ids prove something, because the client does not use them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.identifiers import RecentIds


def noted(*numbers: int) -> RecentIds:
    ids = RecentIds()
    for number in numbers:
        ids.note(number)
    return ids


@pytest.mark.parametrize(
    "numbers",
    [
        range(10_000),
        range(0, 10_000, 7),
        range(2**31 - 1, -1, -3000),
        (5, 6, -7, 7, 8, -9, 10),
        (4, 6, 5, 9, 8, 7, 10),  # as Java's clients do
        (1, 64, *range(2, 64), 65),
    ],
)
def test_ids_that_are_used_once(numbers) -> None:
    assert not noted(*numbers).are_reused


@pytest.mark.parametrize(
    "numbers",
    [
        (0, 0),
        (1, 2, 3, 2),
        (1, 2, -5, 3, -5),
        (2**31 - 1, 0, 1, 2**31 - 1),
        (4, 6, 5, 5),
        (4, 6, 5, 7, 4),
        (1, 70, 3),  # jumped over too long ago: used elsewhere, or lost
        (1, 3, *range(4, 90), 2),
        (7, 2, 5, 9, 2),
    ],
)
def test_ids_that_come_again(numbers) -> None:
    assert noted(*numbers).are_reused


def test_an_id_that_comes_again_much_later_is_another_one() -> None:
    """Counters wrap."""
    assert not noted(*range(20_000), *range(100)).are_reused


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=50), st.data())
def test_any_id_of_the_last_ones_is_recognised(numbers, data) -> None:
    again = data.draw(st.sampled_from(numbers)) if numbers else 0
    assert noted(*numbers, again).are_reused or not numbers


def test_zero() -> None:
    assert noted(0, 0, 0).are_all_zero
    assert not noted().are_all_zero
    assert not noted(0, 1).are_all_zero
    assert not noted(0, -1).are_all_zero

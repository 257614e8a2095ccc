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


STEPS = st.lists(st.one_of(st.integers(-3, 70), st.sampled_from([1] * 5 + [2**31 - 12 - 70])), max_size=60)


@given(st.integers(-5, 5), STEPS)
def test_who_sees_the_expected_id_may_just_count_on(first: int, steps: list[int]) -> None:
    """It comes to the same as noting it, also where ids are passed that are not taken note of."""
    besides = range(2**31 - 8, 2**31)
    shortly, plainly = RecentIds(besides), RecentIds(besides)
    number = first
    for step in steps:
        if number == shortly.expected:
            shortly.expected = number + 1
        else:
            shortly.note(number)
        plainly.note(number)
        number += step
    assert shortly.are_reused == plainly.are_reused
    assert shortly.are_all_zero == plainly.are_all_zero
    for again in (number, number - 2, first):  # what they remember is the same
        shortly.note(again)
        plainly.note(again)
        assert shortly.are_reused == plainly.are_reused


def test_ids_besides_are_as_if_they_were_not_there() -> None:
    ids = RecentIds(range(100, 110))
    for number in (1, 100, 2, 100, 3):
        ids.note(number)
    assert not ids.are_reused
    assert ids.expected == 4

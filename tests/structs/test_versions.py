"""Version windows: spelled as Kafka spells them, and the sets that they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs.versions import ALL, NONE, Versions

numbers = st.integers(0, 20)
windows = st.one_of(
    st.just(NONE),
    st.builds(Versions, numbers, st.none()),
    st.tuples(numbers, numbers).map(lambda ends: Versions(min(ends), max(ends))),
)


@pytest.mark.parametrize(
    ("text", "lowest", "highest"), [("3+", 3, None), ("0-12", 0, 12), ("8", 8, 8), ("8-8", 8, 8), ("none", 0, -1)]
)
def test_kafkas_spellings_are_read(text: str, lowest: int, highest: int | None) -> None:
    assert Versions.parse(text) == Versions(lowest, highest)


@pytest.mark.parametrize("text", ["", "+", "3-", "-3", "3 +", "3-+", "1-2-3", "9-8", "None", "3+\n", "a"])
def test_other_spellings_are_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match="not a version window") as caught:
        Versions.parse(text)
    assert repr(text) in str(caught.value)


@given(window=windows)
def test_a_window_is_spelled_as_it_is_read(window: Versions) -> None:
    assert Versions.parse(str(window)) == window


@given(window=windows, other=windows, version=st.integers(-2, 25))
def test_the_overlap_holds_what_both_hold(window: Versions, other: Versions, version: int) -> None:
    assert (version in window & other) == (version in window and version in other)
    assert window & other == other & window


@given(window=windows, other=windows)
def test_a_window_covers_another_whose_every_version_it_holds(window: Versions, other: Versions) -> None:
    upper = 100  # stands for all that follow
    assert window.covers(other) == all(version in window for version in range(upper) if version in other)


@given(window=windows)
def test_a_window_without_versions_is_false_and_the_same_however_it_was_made(window: Versions) -> None:
    assert bool(window) == any(version in window for version in range(25))
    assert window or window == NONE
    assert Versions(5, 3) == NONE
    assert hash(Versions(5, 3)) == hash(NONE)


@given(window=windows)
def test_each_version_comes_in_order_and_an_open_window_has_no_last(window: Versions) -> None:
    if window.highest is None:
        with pytest.raises(ValueError, match="has no end"):
            list(window.each())
    else:
        assert list(window.each()) == [version for version in range(25) if version in window]


def test_versions_are_numbers_and_none_of_them_negative() -> None:
    assert 0 in ALL
    assert -1 not in ALL
    assert "3" not in ALL
    assert None not in ALL
    assert ALL.covers(NONE)
    assert not NONE.covers(ALL)

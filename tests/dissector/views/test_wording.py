"""Amounts and lists that fit on a line, without losing a count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.views import wording


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [
        (1, "record", "1 record"),
        (0, "record", "0 records"),
        (2, "entry", "2 entries"),
        (2, "key", "2 keys"),
        (3, "batch", "3 batches"),
    ],
)
def test_plural(count: int, noun: str, words: str) -> None:
    assert wording.plural(count, noun) == words


@pytest.mark.parametrize("noun", ["record", "entry", "batch", "address", "key", "index"])
def test_singular_undoes_plural(noun: str) -> None:
    assert wording.singular(wording.plural(2, noun).removeprefix("2 ")) == noun


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (9_999, "9999 B"), (10_000, "10.0 kB"), (2_500_000, "2.5 MB"), (3 * 10**12, "3000.0 GB")],
)
def test_size(count: int, text: str) -> None:
    assert wording.size(count) == text


@given(st.text(), st.integers(5, 60))
def test_elided_text_keeps_both_ends_within_the_limit(text: str, limit: int) -> None:
    elided = wording.elide(text, limit)
    assert len(elided) <= max(limit, 0)
    assert elided == text if len(text) <= limit else (elided[0], elided[-1]) == (text[0], text[-1])


@given(st.lists(st.integers(0, 50).map(str)))
def test_a_listing_shows_or_counts_every_item(items: list[str]) -> None:
    shown, _, more = wording.listing(items, len(items)).partition(" +")
    assert len([part for part in shown.split(", ") if part]) + int(more.removesuffix(" more") or 0) == len(items)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([3], "3"),
        ([2, 0, 1], "0-2"),
        ([0, 1, 5], "0-1,5"),
        ([1, 3, 5, 7, 9, 10], "1,3,5,7 +2 more"),
    ],
)
def test_ranges(numbers: list[int], text: str) -> None:
    assert wording.ranges(numbers) == text

"""Partitions by number, or as Kafka's logs name them."""

from __future__ import annotations

import pytest

from dissector.filters.errors import FilterError
from dissector.filters.partitions import Partition
from dissector.filters.tree import Word


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3", [("orders", 3), ("a-b", 3)]),
        ("orders-3", [("orders", 3)]),
        ("a-b-3", [("a-b", 3)]),
        ("orders-0", [("orders", 0)]),
        ("b-3", []),
    ],
)
def test_equality(text: str, found: list[tuple[str, int]]) -> None:
    predicate = Partition().predicate("==", (Word(text, 1),), 1)
    assert [*filter(predicate, [("orders", 3), ("a-b", 3), ("orders", 0)])] == found


def test_patterns_see_topic_and_number() -> None:
    assert Partition().predicate("~", (Word("^or.*-[0-3]$", 1),), 1)(("orders", 3))


@pytest.mark.parametrize("text", ["orders", "orders-", "-3", "", "3-", "orders-x", "9" * 40])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(FilterError, match="is not a partition: write 3 or orders-3"):
        Partition().predicate("==", (Word(text, 1),), 1)

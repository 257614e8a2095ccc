"""Addresses with or without port, and networks."""

from __future__ import annotations

import pytest

from dissector.filters.addresses import Address
from dissector.filters.errors import FilterError
from dissector.filters.tree import Word
from dissector.segments import Endpoint

FOUR, SIX = Endpoint("10.1.2.3", 9092), Endpoint("2001:db8::1", 9093)


@pytest.mark.parametrize(
    ("text", "is_four", "is_six"),
    [
        ("10.1.2.3", True, False),
        ("10.1.2.3:9092", True, False),
        ("10.1.2.3:9093", False, False),
        ("10.1.2.4", False, False),
        (":9092", True, False),
        (":9093", False, True),
        ("2001:db8::1", False, True),
        ("2001:DB8:0::1", False, True),
        ("[2001:db8::1]", False, True),
        ("[2001:db8::1]:9093", False, True),
        ("[2001:db8::1]:9092", False, False),
        ("10.1.0.0/16", True, False),
        ("10.1.2.3/16", True, False),
        ("10.1.0.0/16:9092", True, False),
        ("10.2.0.0/16", False, False),
        ("2001:db8::/32", False, True),
        ("0.0.0.0/0", True, False),
    ],
)
def test_equality(text: str, is_four: bool, is_six: bool) -> None:
    predicate = Address().predicate("==", (Word(text, 1),), 1)
    for _ in range(2):  # networks remember
        assert (bool(predicate(FOUR)), bool(predicate(SIX))) == (is_four, is_six)


def test_patterns_see_host_and_port() -> None:
    assert Address().text(FOUR) == "10.1.2.3:9092"
    assert Address().text(SIX) == "[2001:db8::1]:9093"
    assert Address().predicate("~", (Word(r"^10\..*:9092$", 1),), 1)(FOUR)


@pytest.mark.parametrize(
    "text", ["broker-1", "10.1.2", "10.1.2.3:port", "10.1.2.3:", "10.1.0.0/40", "9092", "", ":1e4"]
)
def test_others_are_refused(text: str) -> None:
    """Names among them: captures have numbers."""
    with pytest.raises(FilterError, match=r"write 10\.1\.2\.3:9092"):
        Address().predicate("==", (Word(text, 1),), 1)


def test_addresses_have_no_order() -> None:
    with pytest.raises(FilterError, match="address has no order"):
        Address().predicate("<", (Word("10.1.2.3", 1),), 7)

"""Kinds of values, and what a filter may write for them."""

from __future__ import annotations

from typing import Any

import pytest

from dissector.filters import kinds
from dissector.filters.errors import FilterError
from dissector.filters.tree import Word
from structs.errors import ERRORS


def holds(kind: kinds.Kind, operator: str, text: str, value: Any) -> bool:
    return bool(kind.predicate(operator, (Word(text, 1),), 1)(value))


@pytest.mark.parametrize(
    ("operator", "truth"), [("<", "100"), ("<=", "110"), (">", "001"), (">=", "011"), ("==", "010")]
)
def test_orders(operator: str, truth: str) -> None:
    assert [holds(kinds.Number(), operator, "5", value) for value in (4, 5, 6)] == [digit == "1" for digit in truth]


def test_ranges_have_both_ends() -> None:
    assert [holds(kinds.Number(), "==", "2..4", value) for value in range(1, 6)] == [False, True, True, True, False]
    assert holds(kinds.Duration(), "in", "1ms..1s", 10**9)
    assert not holds(kinds.Text(), "==", "2..4", "3")
    assert holds(kinds.Text(), "==", "2..4", "2..4")


def test_one_of_several() -> None:
    words = tuple(Word(text, 1) for text in ("1", "3..5"))
    predicate = kinds.Number().predicate("in", words, 1)
    assert [bool(predicate(value)) for value in range(1, 7)] == [True, False, True, True, True, False]


def test_case_counts_in_text_and_not_in_names() -> None:
    assert not holds(kinds.Text(), "==", "Orders", "orders")
    assert not holds(kinds.Text(), "~", "ORD", "orders")
    assert holds(kinds.Text(), "~", "(?i)ORD", "orders")
    names = kinds.Names("outcome", ["answered", "no_response_expected"])
    assert holds(names, "==", "ANSWERED", "answered")
    assert holds(names, "==", "no response expected", "no_response_expected")
    assert holds(names, "~", "ANS", "answered")


def test_errors_have_names_former_names_and_codes() -> None:
    for error in ERRORS.values():
        for text in filter(None, (error.name, error.name.lower(), error.former_name, str(error.code))):
            assert holds(kinds.ErrorName(), "==", text, error.name)
            assert holds(kinds.ErrorCode(), "==", text, error.code)
    assert holds(kinds.ErrorName(), "==", "501", "UNKNOWN(501)")
    assert holds(kinds.ErrorCode(), "~", "leader", 6)
    assert not kinds.ErrorName().is_true("NONE")


def test_numbers_that_stand_for_something_have_names() -> None:
    resources = kinds.Enumeration("config_resource_type")
    assert holds(resources, "==", "Broker_Logger", 8)
    assert holds(resources, "==", "8", 8)
    assert holds(resources, "~", "^broker", 8)
    assert not holds(resources, "~", ".", 99)
    with pytest.raises(FilterError, match="unknown config resource type tpic: did you mean topic"):
        resources.literal(Word("tpic", 1))


def test_milliseconds_are_durations_or_numbers() -> None:
    assert holds(kinds.Milliseconds(), "==", "1500", 1500)
    assert holds(kinds.Milliseconds(), "==", "1.5s", 1500)
    assert holds(kinds.Milliseconds(), ">", "1us", 1)


def test_bytes_are_text_or_hexadecimal() -> None:
    assert holds(kinds.Binary(), "==", "ab", b"ab")
    assert holds(kinds.Binary(), "==", "0x00ff", b"\x00\xff")
    assert holds(kinds.Binary(), "~", "b$", b"ab")
    with pytest.raises(FilterError, match="0xabc is not hexadecimal"):
        kinds.Binary().literal(Word("0xabc", 1))


def test_patterns_that_python_warns_of_are_taken() -> None:
    """They may mean something else in a later version; a filter is no place to say so."""
    assert holds(kinds.Text(), "~", "[[]", "a[b")

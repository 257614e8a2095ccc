"""Text to tree; what is no filter says where, and what should be there."""

from __future__ import annotations

import pytest

from dissector.filters import syntax
from dissector.filters.errors import FilterError
from dissector.filters.tree import Comparison, Junction, Negation, Presence, Word


def compared(field: str, column: int, operator: str, value: str, at: int, **more: object) -> Comparison:
    return Comparison(Word(field, column), operator, (Word(value, at),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "~", "!~"])
def test_a_comparison_needs_no_spaces(operator: str) -> None:
    size = len(operator)
    assert syntax.parse(f"latency{operator}50ms") == compared("latency", 1, operator, "50ms", 8 + size)
    assert syntax.parse(f" latency {operator}\n 50ms ") == compared("latency", 2, operator, "50ms", 12 + size)


def test_not_binds_before_and_before_or() -> None:
    a, b, c = (Presence(Word(name, column), is_true=True) for name, column in (("a", 5), ("b", 11), ("c", 16)))
    assert syntax.parse("not a and b or c") == Junction("or", (Junction("and", (Negation(a), b)), c))


def test_parentheses_bind_otherwise() -> None:
    a, b, c = (Presence(Word(name, column), is_true=True) for name, column in (("a", 6), ("b", 13), ("c", 18)))
    assert syntax.parse("not (a and (b or c))") == Negation(Junction("and", (a, Junction("or", (b, c)))))


def test_words_that_are_alike_stand_side_by_side() -> None:
    names = [operand.field.text for operand in syntax.parse("a and b AND c And d").operands]  # type: ignore[union-attr]
    assert names == ["a", "b", "c", "d"]


def test_values_may_be_any_word() -> None:
    """A topic may be called "and"; `acks == all` is what people write."""
    for word in ("and", "or", "not", "in", "has", "any", "all", "10.0.0.1:9092", "[::1]:9092", "a..b", "+30s", "-1"):
        assert syntax.parse(f"x == {word}") == compared("x", 1, "==", word, 6)
        assert syntax.parse(f"x in ({word}, {word})").values[1].text == word  # type: ignore[union-attr]


def test_fields_may_begin_like_keywords() -> None:
    for name in ("android", "organ", "nothing", "inside", "hash", "anything", "allowed"):
        assert syntax.parse(name) == Presence(Word(name, 1), is_true=True)


def test_quotes_keep_what_is_between_them() -> None:
    for text in ("", " ", "a b", "(a, b)", "it\\s", "and", "\\"):
        assert syntax.parse(f'x == "{text}"') == Comparison(Word("x", 1), "==", (Word(text, 6, is_quoted=True),))
    assert syntax.parse("x == 'say \"a\"'").values[0].text == 'say "a"'  # type: ignore[union-attr]


def test_quantifiers_and_presence() -> None:
    assert syntax.parse("any x != 1") == compared("x", 5, "!=", "1", 10, quantifier="any")
    assert syntax.parse("all x == 1") == compared("x", 5, "==", "1", 10, quantifier="all")
    assert syntax.parse("all x in (1)") == compared("x", 5, "in", "1", 11, quantifier="all")
    assert syntax.parse("x not in (1)") == compared("x", 1, "not in", "1", 11)
    assert syntax.parse("has x") == Presence(Word("x", 5), is_true=False)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "the filter is empty"),
        (" \t", 1, "the filter is empty"),
        ("a ==", 5, "the filter ends where there should be a value"),
        ("a == 1 and ", 11, 'the filter ends where there should be a field, "not" or "("'),
        ("(a == 1", 8, 'the filter ends where there should be ")"'),
        ("a = 1", 3, "unexpected =: write =="),
        ("a && b", 3, "unexpected &&: write and"),
        ("a || b", 3, "unexpected ||: write or"),
        ("!a", 1, "unexpected !: write not"),
        ("a contains b", 3, "unexpected contains: write ~ and a regular expression"),
        ('a == "b', 6, "this quote is not closed"),
        ("a > 50 ms", 8, "unexpected ms: write 50ms"),
        ("a > 1.5  MiB and b", 10, "unexpected MiB: write 1.5MiB"),
        ("a > b50 ms", 9, 'unexpected ms: there should be "and", "or" or the end'),
        ("a == b c", 8, 'unexpected c: there should be "and", "or" or the end'),
        ("a in b", 6, 'unexpected b: there should be "("'),
        ("a in (b c)", 9, 'unexpected c: there should be a comma or ")"'),
        ("a == b)", 7, "this parenthesis was not opened"),
        ("all == 1", 5, "unexpected ==: there should be a field"),
        ("a ==\n == b", 7, "unexpected ==: there should be a value"),
    ],
)
def test_errors_point_at_their_column(text: str, column: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        syntax.parse(text)
    assert (caught.value.message, caught.value.column) == (message, column)

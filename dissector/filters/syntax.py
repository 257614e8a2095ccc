"""Text to tree, and what is wrong with text that is no filter."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

import lark

from dissector.filters.errors import FilterError
from dissector.filters.literals import UNITS
from dissector.filters.tree import Comparison, Junction, Negation, Node, Presence, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.filters.tree import Quantifier

# What people write who come from other languages, and what it is here; by what the words begin with.
_HABITS: Final[Mapping[str, str]] = {
    "!": "write not",
    "&": "write and",
    "=": "write ==",
    "|": "write or",
    "contains": "write ~ and a regular expression",
    "eq": "write ==",
    "is": "write ==",
    "like": "write ~ and a regular expression",
    "matches": "write ~ and a regular expression",
    "ne": "write !=",
}
_AMOUNT: Final = re.compile(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)\s+$")
_EXPECTED: Final[Mapping[str, str]] = {
    "OPERATOR": "an operator (== != < <= > >= ~ !~ in)",
    "COMMA": "a comma",
    "LPAR": '"("',
    "RPAR": '")"',
    "_AND": '"and"',
    "_IN": '"in"',
    "_OR": '"or"',
    "$END": "the end",
}


def parse(text: str) -> Node:
    """Return what a filter says; raise FilterError for what is none."""
    try:
        tree = _parser().parse(text)
    except lark.exceptions.UnexpectedInput as error:
        raise _explained(error, text) from None
    assert isinstance(tree, Node)  # noqa: S101 (the builder makes one of every rule)
    return tree


@cache
def _parser() -> lark.Lark:
    return lark.Lark.open(
        "grammar.lark", rel_to=__file__, parser="lalr", maybe_placeholders=False, transformer=_Builder()
    )


@lark.v_args(inline=True)
class _Builder(lark.Transformer[lark.Token, Node]):
    """Makes the tree while the text is read; each method is called what its rule is."""

    def value(self, token: lark.Token) -> Word:
        is_quoted = token.type == "STRING"
        return Word(token[1:-1] if is_quoted else str(token), _column(token), is_quoted)

    def truth(self, field: lark.Token) -> Presence:
        return Presence(_field(field), is_true=True)

    def presence(self, field: lark.Token) -> Presence:
        return Presence(_field(field), is_true=False)

    def compared(self, field: lark.Token, operator: lark.Token, value: Word) -> Comparison:
        return Comparison(_field(field), str(operator), (value,))

    def quantified(self, word: lark.Token, field: lark.Token, operator: lark.Token, value: Word) -> Comparison:
        return Comparison(_field(field), str(operator), (value,), _quantifier(word))

    def among(self, field: lark.Token, *values: Word) -> Comparison:
        return Comparison(_field(field), "in", values)

    def not_among(self, field: lark.Token, *values: Word) -> Comparison:
        return Comparison(_field(field), "not in", values)

    def quantified_among(self, word: lark.Token, field: lark.Token, *values: Word) -> Comparison:
        return Comparison(_field(field), "in", values, _quantifier(word))

    def negated(self, operand: Node) -> Negation:
        return Negation(operand)

    def conjunction(self, *operands: Node) -> Junction:
        return Junction("and", operands)

    def disjunction(self, *operands: Node) -> Junction:
        return Junction("or", operands)


def _column(token: lark.Token) -> int:
    return (token.start_pos or 0) + 1


def _field(token: lark.Token) -> Word:
    return Word(str(token), _column(token))


def _quantifier(token: lark.Token) -> Quantifier:
    return "any" if token.type == "ANY" else "all"


def _explained(error: lark.exceptions.UnexpectedInput, text: str) -> FilterError:
    """Say in words what was found where, and what should be there."""
    if isinstance(error, lark.exceptions.UnexpectedToken):
        expected = error.accepts or error.expected
        if error.token.type == "$END":
            if not text.strip():
                return FilterError("the filter is empty", 1, text)
            stop = len(text.rstrip())
            return FilterError(f"the filter ends where there should be {_wanted(expected)}", stop + 1, text)
        found, column = str(error.token), _column(error.token)
    else:
        assert isinstance(error, lark.exceptions.UnexpectedCharacters)  # noqa: S101 (there are no others)
        expected = error.allowed or set()
        position = error.pos_in_stream or 0
        found, column = text[position], position + 1
    if found in ("'", '"') and found not in text[column:]:
        return FilterError("this quote is not closed", column, text)
    if found == ")" and "WORD" not in expected:
        return FilterError("this parenthesis was not opened", column, text)
    habit = next((hint for word, hint in _HABITS.items() if _is_like(found, word)), None)
    if found.lower() in UNITS and (amount := _AMOUNT.search(text[: column - 1])):
        habit = f"write {amount[1]}{found}"
    return FilterError(f"unexpected {found}: {habit or 'there should be ' + _wanted(expected)}", column, text)


def _is_like(found: str, habit: str) -> bool:
    return found.lower() == habit if habit.isalpha() else found.startswith(habit) and found != "=="


def _wanted(expected: set[str]) -> str:
    if "_HAS" in expected:
        return 'a field, "not" or "("'
    if "STRING" in expected:
        return "a value"
    if "WORD" in expected:
        return "a field"
    words = [words for name, words in _EXPECTED.items() if name in expected]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))

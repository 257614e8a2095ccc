"""Kinds of values: how each is compared with what a filter writes.

A kind makes predicates: functions of one value that is there. What they say of several values, or none, is the
compiler's concern. Literals that a kind cannot take raise FilterError at their columns.
"""

from __future__ import annotations

import operator
import re
import warnings
from difflib import SequenceMatcher
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from dissector.filters import literals
from dissector.filters.errors import FilterError
from structs import enumerations
from structs.errors import ERRORS, error_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dissector.filters.tree import Word

    Predicate = Callable[[Any], Any]  # what it returns is true or not

_ALIKE: Final = 0.7  # from which on a name may be what was meant
_LISTED: Final = 20  # names, as many as a line has room for

# v < 5 is 5 > v: with the literal first, a predicate is one call of C.
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.gt,
    "<=": operator.ge,
    ">": operator.lt,
    ">=": operator.le,
}


class Kind:
    """What is said of the values of a field: `name` in a list of fields, `is_ordered` whether one may be less."""

    name: str = ""
    is_ordered: ClassVar[bool] = False
    flags: ClassVar[int] = 0  # of regular expressions

    def literal(self, word: Word) -> Any:
        """Return what a word stands for."""
        raise NotImplementedError

    def text(self, value: Any) -> str | None:
        """Return what regular expressions are held against; this raises NotImplementedError where there is nothing."""
        raise NotImplementedError

    def is_true(self, value: Any) -> bool:
        """Say whether a value is more than zero, empty, false or none."""
        return bool(value)

    def equal(self, word: Word) -> Predicate:
        """Return whether a value is this one; for a range (`1..5`, both ends included) whether it lies in it."""
        ends = self._ends(word)
        if ends is not None:
            return self.between(*ends)
        return partial(operator.eq, self.literal(word))

    def between(self, lowest: Word, highest: Word) -> Predicate:
        """Return whether a value lies between these."""
        low, high = self.literal(lowest), self.literal(highest)
        if high < low:
            raise FilterError(f"{lowest.text}..{highest.text} runs backwards", lowest.column)
        return lambda value: low <= value <= high

    def ordered(self, symbol: str, word: Word) -> Predicate:
        """Return whether a value is less or more, as the operator says."""
        return partial(_ORDERS[symbol], self.literal(word))

    def among(self, words: Iterable[Word]) -> Predicate:
        """Return whether a value is one of these."""
        predicates = [self.equal(word) for word in words]
        if all(isinstance(found, partial) and found.func is operator.eq for found in predicates):
            return frozenset(found.args[0] for found in predicates if isinstance(found, partial)).__contains__
        return lambda value: any(found(value) for found in predicates)

    def like(self, word: Word) -> Predicate:
        """Return whether a regular expression is found in a value."""
        search, text = _pattern(word, self.flags).search, self.text
        return lambda value: (found := text(value)) is not None and search(found) is not None

    def predicate(self, symbol: str, words: tuple[Word, ...], column: int) -> Predicate:
        """Return the predicate of an operator, without its negation: that of "!=" is that of "==".

        `column` is where the comparison begins.
        """
        if symbol in ("in", "not in"):
            return self.among(words)
        if symbol in ("==", "!="):
            return self.equal(words[0])
        if symbol in _ORDERS:
            if not self.is_ordered:
                raise FilterError(f"{self.name} has no order: use == or in", column)
            return self.ordered(symbol, words[0])
        if type(self).text is Kind.text:
            raise FilterError(f"{symbol} is for text, this is a {self.name}", column)
        return self.like(words[0])

    def _ends(self, word: Word) -> tuple[Word, Word] | None:
        """Return the ends of a range, None for what is none."""
        low, dots, high = word.text.partition("..")
        if not self.is_ordered or not dots or word.is_quoted:
            return None
        return word._replace(text=low), word._replace(text=high, column=word.column + len(low) + len(dots))


class Text(Kind):
    """Text: case counts. Bytes that are no UTF-8 were escaped before."""

    name = "text"

    def literal(self, word: Word) -> str:
        """Return the word."""
        return word.text

    def text(self, value: str) -> str:
        """Return the value."""
        return value

    def like(self, word: Word) -> Predicate:
        """Return whether a regular expression is found in a value."""
        return _pattern(word, self.flags).search


class Number(Kind):
    """A number."""

    name = "number"
    is_ordered = True

    def literal(self, word: Word) -> literals.Amount:
        """Return the number."""
        return literals.number(word)


class Quantity(Number):
    """A number of whatever there is; with a unit of size in a filter, so many bytes."""

    def literal(self, word: Word) -> literals.Amount:
        """Return the number."""
        return literals.quantity(word)


class Milliseconds(Number):
    """A number of milliseconds, that filters may also write as a duration."""

    name = "duration"

    def literal(self, word: Word) -> literals.Amount:
        """Return milliseconds."""
        try:
            return literals.number(word)
        except FilterError:
            amount = literals.duration(word) / Fraction(1_000_000)
            return int(amount) if amount.denominator == 1 else amount


class Duration(Kind):
    """Nanoseconds, that filters write with their unit."""

    name = "duration"
    is_ordered = True

    def literal(self, word: Word) -> literals.Amount:
        """Return nanoseconds."""
        return literals.duration(word)


class Size(Kind):
    """Bytes."""

    name = "size"
    is_ordered = True

    def literal(self, word: Word) -> literals.Amount:
        """Return bytes."""
        return literals.size(word)


class Boolean(Kind):
    """True or false."""

    name = "boolean"

    def literal(self, word: Word) -> bool:
        """Return which of the two."""
        if word.text.lower() not in ("true", "false"):
            raise FilterError(f"{word.text} is neither true nor false", word.column)
        return word.text.lower() == "true"


class Binary(Kind):
    """Bytes: as the text that they are, or as `0x` and hexadecimal digits."""

    name = "bytes"

    def literal(self, word: Word) -> bytes:
        """Return the bytes."""
        if word.text[:2] == "0x" and not word.is_quoted:
            try:
                return bytes.fromhex(word.text[2:])
            except ValueError:
                raise FilterError(f"{word.text} is not hexadecimal", word.column) from None
        return word.text.encode()

    def text(self, value: bytes) -> str:
        """Return the bytes as text, those that are no UTF-8 escaped."""
        return value.decode(errors="backslashreplace")


class Names(Kind):
    """Names out of a list, whatever their case."""

    flags = re.IGNORECASE

    def __init__(self, noun: str, names: Iterable[str]) -> None:
        self.noun = noun
        self.names = {name.lower(): name for name in names}

    name = "name"

    def literal(self, word: Word) -> str:
        """Return the name as it is spelled in the list."""
        spelled = word.text.lower().replace(" ", "_")
        found = self.names.get(spelled)
        if found is None:
            raise unknown(self.noun, word, self.names.values())
        return found

    def text(self, value: str) -> str:
        """Return the value."""
        return value


class ErrorName(Kind):
    """The name of one of Kafka's errors; filters may give a former name, or the code."""

    name = "error"
    flags = re.IGNORECASE

    def literal(self, word: Word) -> str:
        """Return the error's name."""
        return error_name(error_code(word))

    def text(self, value: str) -> str:
        """Return the value."""
        return value

    def is_true(self, value: str) -> bool:
        """Say whether it is an error."""
        return value != "NONE"


class ErrorCode(Number):
    """The code of one of Kafka's errors; filters may name it."""

    name = "error"
    flags = re.IGNORECASE

    def literal(self, word: Word) -> int:
        """Return the code."""
        return error_code(word)

    def text(self, value: int) -> str:
        """Return the error's name."""
        return error_name(value)


class Enumeration(Number):
    """A number that stands for something; filters may name it."""

    flags = re.IGNORECASE

    def __init__(self, table: str) -> None:
        self.table = table
        self.name = "number" if table in enumerations.SENTINELS else "name"

    def literal(self, word: Word) -> literals.Amount:
        """Return the number."""
        codes = {name.lower(): code for code, name in enumerations.TABLES[self.table].items()}
        code = codes.get(word.text.lower().replace(" ", "_"))
        if code is not None:
            return code
        try:
            return literals.number(word)
        except FilterError:
            raise unknown(self.table.replace("_", " "), word, enumerations.TABLES[self.table].values()) from None

    def text(self, value: int) -> str | None:
        """Return what the number stands for."""
        return enumerations.name_of(self.table, value)


def error_code(word: Word) -> int:
    """Return the code of an error that is given by its name, a former name or its code."""
    if word.text.removeprefix("-").isdecimal():
        return int(literals.number(word))
    codes = {error.name: error.code for error in ERRORS.values()}
    former = {error.former_name: error.code for error in ERRORS.values() if error.former_name}
    code = (former | codes).get(word.text.upper())
    if code is None:
        raise unknown("error", word, codes)
    return code


def unknown(noun: str, word: Word, names: Iterable[str]) -> FilterError:
    """Return what to say of a word that is none of these names: the nearest of them, or all where they are few."""
    known = list(names)
    near = sorted(known, key=lambda name: _likeness(word.text, name), reverse=True)[:2]
    near = [name for name in near if _likeness(word.text, name) >= _ALIKE]
    hint = f": did you mean {' or '.join(near)}?" if near else ""
    if not near and len(known) <= _LISTED:
        hint = f", known: {', '.join(known)}"
    return FilterError(f"unknown {noun} {word.text}{hint}", word.column)


def _likeness(word: str, name: str) -> float:
    """Return how much a word is like a name, or like its beginning: from 0 to 1."""
    word, name = word.lower(), name.lower()
    return max(SequenceMatcher(None, word, part).ratio() for part in (name, name[: len(word) + 1]))


def _pattern(word: Word, flags: int) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a pattern may mean in a later Python
            return re.compile(word.text, flags)
    except re.error as error:
        column = word.column + word.is_quoted + (error.pos or 0)
        raise FilterError(f"not a regular expression: {error.msg}", column) from None
    except (OverflowError, RecursionError):
        raise FilterError("this regular expression is too large", word.column) from None

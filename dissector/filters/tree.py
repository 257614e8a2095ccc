"""What a filter says, before anybody knows what its words mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Quantifier = Literal["any", "all"]


class Word(NamedTuple):
    """A field or a value as it was written, without its quotes; `column` is where it begins, from 1."""

    text: str
    column: int
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field held against one value, or with "in" against several; "in" is an operator here, and so is "not in".

    `quantifier` is None where nothing says whether any of a field's values has to compare, or all.
    """

    field: Word
    operator: str
    values: tuple[Word, ...]
    quantifier: Quantifier | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """`has F`, or with `is_true` just `F`, which must be more than zero, empty, false or none."""

    field: Word
    is_true: bool


@dataclass(frozen=True, slots=True)
class Negation:
    """`not X`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Junction:
    """`X and Y and Z`, or with `or`."""

    word: Literal["and", "or"]
    operands: tuple[Node, ...]


Node = Comparison | Presence | Negation | Junction

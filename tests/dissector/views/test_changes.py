"""Changes in words."""

from __future__ import annotations

import pytest

from dissector.views import style
from dissector.views.changes import told
from structs import outline
from structs.grammar import Array, Data, Int16, Int32, String, Struct

INNER = Struct("a" / Int16, "b" / Array(Int32))


def words(before: object, after: object, *, brief: bool = False) -> list[str]:
    """Return what is told of a field `x` that was one type and is another; None: it was not there."""
    schemas = [Data("Thing", *(["x" / kind] if kind else []), versions="0") for kind in (before, after)]
    found = outline.changes(schemas[0].at(0), schemas[1].at(0))
    return [style.paint(pieces, color=False) for pieces in told(found, brief=brief)]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (None, Int16, "+ x => INT16"),
        (Int16, None, "- x"),
        (None, INNER, "+ x => a [b]"),
        (None, Array(INNER), "+ x => [a [b]]"),
        (Array(INNER), None, "- x"),
        (String, String(nullable=True), "~ x: may be null"),
        (String(nullable=True), String, "~ x: may not be null"),
        (Int16, Int32, "~ x: INT32, was INT16"),
        (Int16, Array(Int16), "~ x: [INT16], was INT16"),
        (Int16, Int16(default=-1), "~ x: default -1"),
        (String(default="classic"), String, "~ x: natural default"),
        (String, String(default="classic"), '~ x: default "classic"'),
    ],
)
def test_a_change_is_one_line(before: object, after: object, text: str) -> None:
    """The fields inside of a struct that comes or goes are told with it."""
    assert words(before, after) == [text]


def test_briefly_a_field_is_its_sign_and_its_path() -> None:
    """No space between them: no line breaks there."""
    assert words(None, Array(INNER), brief=True) == ["+x"]
    assert words(Int16, None, brief=True) == ["-x"]


def test_a_version_becomes_flexible() -> None:
    schema = Data("Thing", "x" / String, versions="0-1", flexible="1+")
    found = outline.changes(schema.at(0), schema.at(1))
    (text,) = [style.paint(pieces, color=False) for pieces in told(found)]
    assert text == "~ flexible: compact lengths, tagged fields"
    assert [style.paint(pieces, color=False) for pieces in told(found, brief=True)] == ["flexible"]

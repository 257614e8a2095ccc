"""Which fields are read by one call."""

from __future__ import annotations

import struct

import pytest

from structs import wire
from structs.compiler import widths

SHORT, LONG = wire.Number("h"), wire.Number("q")
NAME = wire.String(compact=False, nullable=False)
NULLABLE = wire.String(compact=False, nullable=True)
SHORT_NAME = wire.String(compact=True, nullable=True)
ELEMENT = wire.Struct([wire.Member("n", SHORT, 0)], None)


def array(element: wire.Node, *, nullable: bool = False, compact: bool = False) -> wire.Array:
    return wire.Array(element, compact=compact, nullable=nullable)


@pytest.mark.parametrize(
    ("codes", "text"), [("", ""), ("i", "i"), ("iih", "2ih"), (["16s", "16s", "B"], "16s16sB"), ("qhhhq", "q3hq")]
)
def test_formats_are_spelled_as_people_do(codes: str | list[str], text: str) -> None:
    assert widths.folded(codes) == text
    assert widths.size_of(codes) == struct.calcsize(f">{text}")


@pytest.mark.parametrize(
    ("nodes", "tagged", "found"),
    [
        ([NULLABLE, SHORT, wire.Uuid(), NAME, LONG], None, [("h", "f1"), ("16s", "f2"), ("h", "f3_length")]),
        ([NULLABLE, LONG, array(SHORT, compact=True), LONG], None, [("q", "f1"), ("B", "f2_count")]),
        ([array(SHORT, nullable=True), wire.Boolean(), LONG], {}, [("?", "f1"), ("q", "f2"), ("B", "tags")]),
        ([NULLABLE, LONG, ELEMENT, LONG], None, [("q", "f1")]),
        ([NULLABLE, wire.Boolean(), SHORT_NAME], None, []),  # bytes: no call is spared
        ([NULLABLE], {}, []),
        ([NAME, LONG], None, []),  # seldom empty
        ([SHORT_NAME, LONG], None, []),
        ([array(ELEMENT), LONG], None, []),
        ([wire.Bytes(compact=False, nullable=True), LONG], None, []),
        ([LONG, LONG], None, []),
    ],
)
def test_what_follows_an_empty_value_is_known_up_to_the_next_length(
    nodes: list[wire.Node], tagged: dict[int, wire.Member] | None, found: list[tuple[str, str]]
) -> None:
    members = [wire.Member(f"f{number}", node, None) for number, node in enumerate(nodes)]
    assert widths.following(wire.Struct(members, tagged), 0) == found


def test_arrays_of_structs_are_often_empty_behind_the_first_array() -> None:
    nodes = [array(ELEMENT), array(ELEMENT), array(SHORT), LONG]
    members = [wire.Member(f"f{number}", node, None) for number, node in enumerate(nodes)]
    found = [widths.following(wire.Struct(members, None), number) for number in range(3)]
    assert found == [[], [("i", "f2_count")], []]


def test_structs_of_one_shape_have_codes() -> None:
    shaped = wire.Struct([wire.Member("n", SHORT, 0), wire.Member("u", wire.Uuid(), "")], {})
    assert widths.codes_of(shaped) == ["h", "16s"]
    assert widths.codes_of(wire.Struct([], {})) is None
    assert widths.codes_of(wire.Struct([*shaped.members, wire.Member("s", NAME, "")], None)) is None
    assert widths.codes_of(wire.Struct(shaped.members, {0: wire.Member("t", SHORT, 0)})) is None

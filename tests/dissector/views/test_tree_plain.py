"""Values without a grammar in a tree."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dissector.views import style
from dissector.views.tree_plain import plain_lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def shown(value: Any) -> list[str]:
    return ["  " * depth + style.paint(pieces, color=False) for depth, pieces in plain_lines(value)]


def test_what_is_nested_is_indented_and_what_is_short_is_not() -> None:
    value = {"name": "a", "on": True, "tags": [1, 2], "points": [{"value": {"x": None}}, {"value": {}}]}
    assert shown(value) == [
        'name: "a"',
        "on: true",
        "tags: [1, 2]",
        "points: 2",
        "  [0]",
        '    value: {"x": null}',
        "  [1]",
        "    value: {}",
    ]


def test_a_value_without_parts_stands_alone() -> None:
    assert shown("a") == ['"a"']
    assert shown([]) == ["[]"]


def test_depth_is_bounded() -> None:
    value: Any = 1
    for _ in range(200):
        value = {"inner": value}
    assert len(shown(value)) < 30


@given(JSON)
def test_every_line_is_fit_for_a_terminal(value: Any) -> None:
    assert all(line.isprintable() for line in shown(value))

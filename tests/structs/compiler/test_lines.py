"""Source text that grows line by line."""

from __future__ import annotations

from structs.compiler.lines import COMMA, Lines


def test_statements_names_and_constants() -> None:
    lines = Lines(["data"])
    assert [lines.name(wanted) for wanted in ("data", "data", "class", "a b", "x")] == [
        "data_2",
        "data_3",
        "class_2",
        "field_2",
        "x",
    ]
    assert lines.constant("1 + 1", "sum") == lines.constant("1 + 1", "other") == "sum_0"
    with lines.block("if x:"):
        lines.line("return sum_0")
    with lines.block("else:"):
        pass
    assert (
        lines.source("def f():")
        == "sum_0 = 1 + 1\ndef f():\n    if x:\n        return sum_0\n    else:\n        pass\n"
    )


def test_a_dict_that_is_too_long_has_a_line_for_each_entry() -> None:
    lines = Lines([])
    lines.line("return {" + COMMA.join(("'a': 1", "'b': 2")) + "}, position")
    lines.line("return {" + COMMA.join((f"'{'a' * 80}': 1", f"'{'b' * 80}': 2")) + "}, position")
    assert lines.source("def f():").splitlines() == [
        "def f():",
        "    return {'a': 1, 'b': 2}, position",
        "    return {",
        f"        '{'a' * 80}': 1,",
        f"        '{'b' * 80}': 2,",
        "    }, position",
    ]

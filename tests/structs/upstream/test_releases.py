"""The table of releases grows by what a release is the first to have, and forgets nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from structs.messages.releases import FIRST, FLOORS, FORMER_NAMES
from structs.upstream import releases

if TYPE_CHECKING:
    from conftest import Define


def tables(text: str) -> dict[str, Any]:
    return {
        node.target.id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }


def test_without_news_the_tables_stay() -> None:
    assert tables(releases.module({}, "9.9")) == {"FIRST": FIRST, "FLOORS": FLOORS, "FORMER_NAMES": FORMER_NAMES}


def test_a_new_version_came_with_the_release(request_definition: Define) -> None:
    known = len(FIRST[7])
    definition = request_definition(validVersions=f"0-{known}")
    grown = tables(releases.module({definition.identity: definition}, "9.9"))["FIRST"]
    assert grown[7] == (*FIRST[7], "9.9")


def test_a_new_api_came_with_the_release(request_definition: Define) -> None:
    definition = request_definition(apiKey=999, validVersions="0-1")
    grown = tables(releases.module({definition.identity: definition}, "9.9"))["FIRST"]
    assert grown[999] == ("9.9", "9.9")

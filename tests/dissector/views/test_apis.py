"""The coverage table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dissector.views import apis
from structs import registry

if TYPE_CHECKING:
    from structs.grammar import Api


def some(*keys: int) -> list[Api]:
    return [api for api in registry.apis() if api.key in keys]


def test_each_api_is_a_line_where_lines_may_be_long() -> None:
    assert list(apis.lines(some(0, 2, 7, 17, 18), color=False, columns=None)) == [
        "KEY NAME                VERSIONS  FLEX  HEADERS  FIRST   LAST",
        "  0 Produce             0-13      9+    1-2/0-1  0.8.0",
        "  2 ListOffsets         0-11      6+    1-2/0-1  0.8.0         formerly Offsets, ListOffset",
        "  7 ControlledShutdown  0-3       3+    0-2/0-1  0.8.0   3.9",
        " 17 SaslHandshake       0-1       -     1/0      0.10.0",
        " 18 ApiVersions         0-5       3+    1-2/0    0.10.0",
    ]


def test_former_names_stand_below_where_they_do_not_fit() -> None:
    assert list(apis.lines(some(2), color=False, columns=70)) == [
        "KEY NAME         VERSIONS  FLEX  HEADERS  FIRST  LAST",
        "  2 ListOffsets  0-11      6+    1-2/0-1  0.8.0",
        "    formerly Offsets, ListOffset",
    ]


def test_all_of_it_fits_a_terminal_of_80_columns() -> None:
    lines = list(apis.lines(registry.apis(), color=False, columns=80))
    assert max(map(len, lines)) <= 80
    assert sum(not line.startswith("    ") for line in lines) == 1 + 95


def test_the_totals_count_what_the_table_shows() -> None:
    assert apis.totals(registry.apis()) == "95 APIs, 368 versions, 736 messages"
    assert apis.totals(some(46)) == "1 API, 1 version, 2 messages"


def test_json_has_the_documented_keys() -> None:
    found = json.loads(apis.to_json(registry.apis()))
    assert [api["key"] for api in found] == list(range(95))
    assert sum(len(api["versions"]) for api in found) == 368
    keys = {"key", "name", "former_names", "flexible_from", "first_release", "last_release", "versions"}
    versions = {"version", "flexible", "request_header", "response_header", "first_release", "last_release"}
    assert all(api.keys() == keys for api in found)
    assert all(version.keys() == versions for api in found for version in api["versions"])


def test_json_tells_versions_apart() -> None:
    (api,) = json.loads(apis.to_json(some(7)))
    assert (api["name"], api["flexible_from"], api["last_release"]) == ("ControlledShutdown", 3, "3.9")
    assert [(v["request_header"], v["response_header"], v["flexible"]) for v in api["versions"]] == [
        (0, 0, False),
        (1, 0, False),
        (1, 0, False),
        (2, 1, True),
    ]
    (produce,) = json.loads(apis.to_json(some(0)))
    assert [version["last_release"] for version in produce["versions"][:4]] == ["3.9", "3.9", "3.9", None]


def test_json_is_a_line_for_each_api() -> None:
    assert len(apis.to_json(some(0, 1)).splitlines()) == 4

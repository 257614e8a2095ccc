"""What filters can ask, for people and for scripts."""

from __future__ import annotations

import json

from dissector import filters
from dissector.filters.fields import FIELDS
from dissector.views import fields
from structs import registry


def test_all_exchanges_have_these_fields_on_a_terminal_of_80_columns() -> None:
    lines = list(fields.general(color=False, columns=80))
    assert max(map(len, lines)) <= 80
    assert [name for name in FIELDS if not any(line.startswith(f"  {name} ") for line in lines)] == []


def test_where_there_is_room_each_field_has_an_example() -> None:
    lines = list(fields.general(color=False, columns=160))
    assert max(map(len, lines)) <= 160
    for field in FIELDS.values():
        assert any(line.startswith(f"  {field.name} ") and line.endswith(f"  {field.example}") for line in lines)
        filters.parse(field.example)


def test_the_paths_of_an_api_have_types_and_versions() -> None:
    lines = list(fields.lines(fields.paths([registry.message(12, "request")]), color=False, columns=None))
    assert lines == [
        "request.group_id           text    v0-4",
        "request.generation_id      number  v0-4",
        "request.member_id          text    v0-4",
        "request.group_instance_id  text    v3-4",
    ]
    (acks,) = (line for line in shown(0, "request") if line.startswith("request.acks "))
    assert acks.split() == ["request.acks", "number", "v0-13", "-1=all"]


def shown(key: int, side: str) -> list[str]:
    return list(fields.lines(fields.paths([registry.message(key, side)]), color=False, columns=None))  # type: ignore[arg-type]


def test_kinds_say_how_a_field_compares() -> None:
    kinds = {path.path: fields._kind(path) for path in fields.paths([registry.message(0, "request")])}
    assert kinds["request.timeout_ms"] == "duration"
    assert kinds["request.topic_data"] == "list of structs"
    assert kinds["request.topic_data.partition_data.records"] == "records"
    kinds = {path.path: fields._kind(path) for path in fields.paths([registry.message(41, "response")])}
    assert (kinds["response.error_code"], kinds["response.tokens.hmac"]) == ("error", "secret")
    assert kinds["response.tokens.expiry_timestamp"] == "number"
    topics = fields.paths([registry.message(14, "request"), registry.message(68, "request")])
    assert "list of text" in {fields._kind(path) for path in topics}


def test_a_word_is_looked_for_in_all_apis() -> None:
    general, paths = fields.search("ACKS")
    assert (general, [(path.api, path.path) for path in paths]) == ([], [("Produce", "request.acks")])
    general, paths = fields.search("size")
    assert [field.name for field in general] == ["size", "request.size", "response.size"]
    lines = list(fields.found(general, paths, color=False, columns=None))
    assert len(lines) == len(general) + len({(path.path, fields._kind(path)) for path in paths})


def test_every_path_that_is_listed_can_be_asked() -> None:
    """All that compares compares; secrets and structs can be there."""
    for key in (0, 1, 3, 18, 36, 41, 44):
        for path in fields.paths([registry.message(key, "request"), registry.message(key, "response")]):
            api = f"api == {path.api} and"
            assert filters.parse(f"{api} has {path.path}")
            if path.kind not in ("struct", "records", "secret"):
                value = {"boolean": "true", "text": "x", "bytes": "x"}.get(path.kind, "0")
                assert filters.parse(f"{api} {path.path} == {value}")


def test_json_has_an_object_for_each() -> None:
    values = json.loads(fields.to_json(FIELDS.values(), []))
    assert [value["field"] for value in values] == list(FIELDS)
    assert values[0] == {
        "field": "api",
        "type": "API",
        "about": "the API, by name or key",
        "example": "api in (Produce, Fetch)",
        "reads": "header",
    }
    (acks,) = (path for path in fields.paths([registry.message(0, "request")]) if path.path == "request.acks")
    assert json.loads(fields.to_json([], [acks])) == [
        {
            "field": "request.acks",
            "type": "number",
            "list": False,
            "api": "Produce",
            "versions": list(range(14)),
            "names": {"-1": "all"},
        }
    ]

"""What is explained to programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dissector.views import explain_json
from structs import lookup, outline
from structs.messages import DATA, MODULES

VERSION = {"version", "flexible"}
API_VERSION = VERSION | {"request_header", "response_header", "first_release", "last_release"}
API = {"name", "api_key", "former_names"}
SCHEMA = {"name", "key"}
FIELD = {"name", "type", "array", "nullable", "tag", "meaning"}
OPTIONAL = {"payload", "values", "default", "fields"}


def explained(name: str, version: int) -> dict[str, Any]:
    """Return a version as a program gets it."""
    found: dict[str, Any] = json.loads(explain_json.to_json(lookup.find(name), version))
    return found


@pytest.mark.parametrize("name", [*map(str, MODULES), *DATA])
def test_everything_has_the_documented_keys(name: str) -> None:
    schemas = lookup.find(name)
    is_api = name.isdecimal()
    for version in schemas[0].versions.each():
        found = explained(name, version)
        assert found.keys() == (API | API_VERSION | {"gaps", "messages"} if is_api else SCHEMA | VERSION | {"messages"})
        for message, schema in zip(found["messages"], schemas, strict=True):
            assert message.keys() == {"name", "side", "header", "fields", "changes", "early_layouts"}
            assert (message["header"] is not None) is is_api
            flat = list(outline.flatten(outline.shapes(schema.at(version))))
            assert [field["name"] for field in check(message["fields"])] == [shape.name for _, shape in flat]
    history = json.loads(explain_json.history_to_json(schemas))
    assert history.keys() == (API if is_api else SCHEMA) | {"versions"}
    assert all(version.keys() == (API_VERSION if is_api else VERSION) | {"changes"} for version in history["versions"])
    assert [version["version"] for version in history["versions"]] == list(schemas[0].versions.each())


def check(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return fields and those inside, after a look at their keys."""
    flat = []
    for field in fields:
        assert FIELD <= field.keys() <= FIELD | OPTIONAL
        assert (field["type"] == "STRUCT") is ("fields" in field)
        flat += [field, *check(field.get("fields", []))]
    return flat


def test_a_field_says_what_the_text_says() -> None:
    found = explained("FetchRequest", 12)
    fields = {field["name"]: field for field in found["messages"][0]["fields"]}
    assert fields["isolation_level"] == {
        "name": "isolation_level",
        "type": "INT8",
        "array": False,
        "nullable": False,
        "tag": None,
        "meaning": None,
        "values": {"0": "read_uncommitted", "1": "read_committed"},
    }
    assert fields["cluster_id"].items() >= {"tag": 0, "nullable": True, "default": None}.items()
    assert fields["replica_id"].items() >= {"meaning": "broker_id", "default": -1}.items()
    assert (fields["topics"]["array"], fields["topics"]["fields"][0]["name"]) == (True, "topic")
    assert found["messages"][0]["header"]["version"] == found["request_header"] == 2
    (subscription,) = explained("ConsumerProtocolSubscription", 1)["messages"]
    assert subscription["fields"][1]["payload"] == "subscription user data"


def test_changes_carry_the_field_before_and_after() -> None:
    (request, _) = explained("Metadata", 1)["messages"]
    (change,) = request["changes"]
    assert (change["change"], change["field"]) == ("changed", "topics")
    assert (change["before"]["nullable"], change["after"]["nullable"]) == (False, True)
    assert "fields" not in change["after"]
    (_, response) = explained("Metadata", 11)["messages"]
    (removed,) = response["changes"]
    assert removed.keys() == {"change", "field", "before"}
    assert explained("Metadata", 9)["messages"][0]["changes"] == [{"change": "flexible"}]


def test_early_layouts_and_gaps_are_told() -> None:
    request, _ = explained("ConsumerGroupHeartbeat", 0)["messages"]
    assert [early["release"] for early in request["early_layouts"]] == ["3.5"]
    assert "subscribed_topic_regex" in [change["field"] for change in request["early_layouts"][0]["changes"]]
    assert explained("JoinGroup", 0)["gaps"] == [{"dropped": "4.0.0", "back": "4.0.1"}]

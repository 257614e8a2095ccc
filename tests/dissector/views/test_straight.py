"""Straight code makes of every body what the general way makes of it, or leaves it to that."""

from __future__ import annotations

import json
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from support.frames import Conversation
from support.grammars import sample

from dissector.views import jsonl, straight
from structs import grammar, registry, wire

if TYPE_CHECKING:
    from structs.grammar import Api

FETCH = 1
TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make straight code when a grammar is met for the first time; it is used from the second time on."""
    monkeypatch.setattr(straight, "WARM", 0)


def made(node: wire.Struct, values: dict[str, Any], names: dict[str, str] | None = None) -> Any:
    """Return what straight code makes; of `records` fields their hex and the topic."""
    straight.project(node)
    return straight.project(node)(values, names or {}, lambda raw, topic: [raw.hex(), topic])


def struct(*fields: grammar.Field, flexible: bool = False) -> wire.Struct:
    """Return the layout of a struct."""
    return grammar.Struct(*fields).layout_at(0, flexible=flexible)


@pytest.mark.parametrize("api", registry.apis(), ids=lambda api: api.name)
def test_it_makes_what_the_general_way_makes(api: Api) -> None:
    """Of bodies with nulls, limits, unknown tags and records that are none, in every version."""
    random = Random(api.key)  # noqa: S311 (no secrets)
    for version in range(api.versions.lowest, api.versions.highest + 1):
        asked, answered = (registry.grammar(api.key, version, side) for side in ("request", "response"))
        for _ in range(6):
            conversation = Conversation(connection=SimpleNamespace(id=0, client=None, server=None))
            conversation.request(api.key, version, sample(asked, random))
            for exchange in conversation.response(api.key, version, sample(answered, random)):
                expected = json.dumps(jsonl.as_dict(exchange))
                assert json.dumps(json.loads(jsonl.line(exchange))) == expected


def test_a_struct_beside_whose_fields_nothing_stands_is_taken_as_it_is() -> None:
    values = {"brokers": [{"id": 1, "host": "a"}], "ids": [1, 2]}
    broker = grammar.Struct("id" / grammar.BrokerId, "host" / grammar.String)
    node = struct("brokers" / grammar.Array(broker), "ids" / grammar.Array(grammar.Int32))
    assert made(node, values) is values


def test_what_stands_beside_comes_next() -> None:
    node = struct(
        "error_code" / grammar.ErrorCode,
        "topic_id" / grammar.TopicId,
        "acks" / grammar.Enumeration(grammar.Int16, "acks"),
    )
    found = made(node, {"error_code": 3, "topic_id": TOPIC_ID, "acks": -1}, {TOPIC_ID: "orders"})
    assert list(found.items()) == [
        ("error_code", 3),
        ("error_name", "UNKNOWN_TOPIC_OR_PARTITION"),
        ("topic_id", TOPIC_ID),
        ("topic_name", "orders"),
        ("acks", -1),
        ("acks_name", "all"),
    ]
    assert "acks_name" not in made(node, {"error_code": 0, "topic_id": TOPIC_ID, "acks": 1})


@pytest.mark.parametrize(("version", "topic"), [(11, {"topic": "orders"}), (17, {"topic_id": TOPIC_ID})])
def test_records_know_their_topic(version: int, topic: dict[str, str]) -> None:
    """By its name, or by its id."""
    node = registry.grammar(FETCH, version, "response")
    body = node.parse(node.build({"responses": [{**topic, "partitions": [{"records": b"\1\2"}, {"records": None}]}]}))
    partitions = made(node, body, {TOPIC_ID: "orders"})["responses"][0]["partitions"]
    assert [partition["records"] for partition in partitions] == [["0102", "orders"], None]


@pytest.mark.parametrize(
    "values",
    [
        {"error_code": 0},
        {"error_code": 0, "names": None},
        {"error_code": 0, "names": [], wire.UNKNOWN_TAGS: {1: b""}},
    ],
    ids=["a field lacks", "a null that must not be", "an unknown tag"],
)
def test_the_unusual_is_left(values: dict[str, Any]) -> None:
    named = grammar.Struct("name_code" / grammar.ErrorCode)
    node = struct("error_code" / grammar.ErrorCode, "names" / grammar.Array(named), flexible=True)
    with pytest.raises(straight.UNUSUAL):
        made(node, values)


def test_orjson_refuses_what_passes_unnoticed() -> None:
    """Unknown tags of structs that are taken as they are, and bytes instead of text."""
    node = struct("name" / grammar.String, flexible=True)
    for values in ({"name": "a", wire.UNKNOWN_TAGS: {1: b""}}, {"name": b"\xff"}):
        with pytest.raises(TypeError):
            orjson.dumps(made(node, values))


@pytest.mark.parametrize(
    "field",
    ["value" / grammar.ConfigValue, "hmac" / grammar.Secret(grammar.Bytes), "data" / grammar.Embedded("principal")],
    ids=lambda field: field.name,
)
def test_there_is_none_for_secrets_and_payloads(field: grammar.Field) -> None:
    """Not in arrays either."""
    for node in (struct(field), struct("all" / grammar.Array(grammar.Struct(field)))):
        with pytest.raises(straight.UnsupportedError):
            straight.source(node)
    with pytest.raises(straight.UnsupportedError):
        straight.source(struct("all" / grammar.Array(field.type)))


def test_it_is_made_when_it_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "WARM", 2)
    node = struct("name" / grammar.String)
    for _ in range(3):
        with pytest.raises(straight.UnusualError):
            straight.project(node)({"name": "a"}, {}, None)
    assert straight.project(node)({"name": "a"}, {}, None) == {"name": "a"}

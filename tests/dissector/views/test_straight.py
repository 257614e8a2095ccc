"""Straight code writes of every body what the general way makes of it, or leaves it to that."""

from __future__ import annotations

import json
from contextlib import suppress
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from support.frames import Conversation
from support.grammars import sample

from dissector.views import jsonl, straight, straight_runtime
from dissector.views.projection import Projector
from structs import compiler, grammar, registry, wire
from structs.buffers import UNBOUNDED

if TYPE_CHECKING:
    from structs.grammar import Api

FETCH = 1
TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make straight code when a grammar is met for the first time; it is used from the second time on."""
    monkeypatch.setattr(straight, "WARM", 0)


def written(node: wire.Struct, data: bytes, names: dict[str, str] | None = None) -> Any:
    """Return what straight code writes, as values: of `records` fields their hex, behind the name of their topic."""

    def records(around: bytes, start: int, stop: int, topic: str | None) -> bytes:
        return orjson.dumps((names or {}).get(topic or "", "") + around[start:stop].hex())

    straight.writer(node)
    return json.loads(straight.writer(node)(data, 0, UNBOUNDED, names or {}, records))


def projected(node: wire.Struct, values: dict[str, Any]) -> Any:
    """Return what the general way makes of the values."""
    message: Any = SimpleNamespace(is_token=False, body=values, grammar=node)
    exchange: Any = SimpleNamespace(topic_names={})
    return Projector(show_secrets=False, fragments=False).project(message, exchange)[0]


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
            (exchange,) = conversation.response(api.key, version, sample(answered, random))
            line = jsonl.line(exchange)
            booked = conversation.ledger.entries.copy()
            assert json.dumps(json.loads(line)) == json.dumps(jsonl.as_dict(exchange))
            assert jsonl.line(exchange) == line  # now that the bodies are decoded
            assert conversation.ledger.entries == booked


@pytest.mark.parametrize("api", registry.apis(), ids=lambda api: api.name)
def test_it_writes_every_version(api: Api) -> None:
    """As the general way would; all but those with secrets and payloads."""
    random = Random(api.key)  # noqa: S311 (no secrets)
    for version in range(api.versions.lowest, api.versions.highest + 1):
        for side in ("request", "response"):
            node = registry.grammar(api.key, version, side)
            if holds(node, straight.LOADED):
                continue
            found = 0
            for _ in range(20):
                values = sample(node, random)
                body = wire.decode(node, node.build(values))
                with suppress(wire.SeldomError, *wire.FAULTY):
                    assert json.dumps(written(node, node.build(values))) == json.dumps(projected(node, body.value))
                    found += 1
            assert found


@pytest.mark.parametrize("api", registry.apis(), ids=lambda api: api.name)
def test_code_for_one_topic_and_one_partition_writes_what_the_other_writes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of bodies of one element in each array, of others, and of those in which bytes were changed, or are not there."""
    random = Random(api.key)  # noqa: S311 (no secrets)
    for version in {api.versions.lowest, api.versions.highest}:
        for side in ("request", "response"):
            node = registry.grammar(api.key, version, side)
            if holds(node, straight.LOADED):
                continue
            with monkeypatch.context() as patch:
                patch.setattr(straight, "_arrays_of_one", lambda _: [])
                other = straight._load(node)
            write = straight._load(node)
            assert (straight.source(node).count("return ") == 2) == bool(straight._arrays_of_one(node))
            for _ in range(20):
                data = bytearray(node.build(shortened(sample(node, random), random)))
                assert outcome(write, data) == outcome(other, data)
                for _ in range(10):
                    changed = data[: random.randint(0, len(data))] if random.random() < 0.1 else data.copy()
                    for _ in range(random.choice((0, 1, 1, 2)) if changed else 0):
                        changed[random.randrange(len(changed))] = random.choice((0, 1, 2, 3, 0x7F, 0x80, 0xFF))
                    elements = random.choice((UNBOUNDED, UNBOUNDED, 0, 1, 2, 5))
                    assert outcome(write, changed, elements) == outcome(other, changed, elements)


def shortened(value: Any, random: Random) -> Any:
    """Return a body whose arrays have one element, for the most part."""
    if isinstance(value, dict):
        return {name: shortened(part, random) for name, part in value.items()}
    if isinstance(value, list):
        return [shortened(part, random) for part in value][: 1 if random.random() < 0.9 else None]
    return value


def outcome(write: straight.Write, data: bytearray, elements: int = UNBOUNDED) -> tuple[bytes | None, list[Any]]:
    """Return what is written, None where it is left to others, and for which `records` fields that was asked."""
    asked: list[Any] = []

    def records(*field: Any) -> bytes:
        asked.append(field[1:])
        return b"[]"

    try:
        return write(bytes(data), 0, elements, {}, records), asked
    except wire.LEFT:
        return None, asked


def test_records_are_written_once_however_a_body_ends() -> None:
    """Those who write them may follow which were."""
    node = registry.grammar(FETCH, 11, "response")
    body = {"responses": [{"topic": "orders", "partitions": [{"records": b"12"}]}]}
    write, data = straight._load(node), bytearray(node.build(body))
    text, asked = outcome(write, data)
    assert (len(asked), json.loads(text or b"")["responses"][0]["partitions"][0]["records"]) == (1, [])
    text, asked = outcome(write, data + b"\0")
    assert (len(asked), text) == (1, None)


def holds(node: wire.Node, meanings: frozenset[str]) -> bool:
    """Say whether a field with one of these meanings is in a grammar."""
    return (node.meaning is not None and node.meaning.name in meanings) or any(
        holds(part, meanings) for part in node.parts
    )


def test_what_stands_beside_comes_next() -> None:
    node = struct(
        "error_code" / grammar.ErrorCode,
        "topic_id" / grammar.TopicId,
        "acks" / grammar.Enumeration(grammar.Int16, "acks"),
    )
    found = written(node, node.build({"error_code": 3, "topic_id": TOPIC_ID, "acks": -1}), {TOPIC_ID: "orders"})
    assert list(found.items()) == [
        ("error_code", 3),
        ("error_name", "UNKNOWN_TOPIC_OR_PARTITION"),
        ("topic_id", TOPIC_ID),
        ("topic_name", "orders"),
        ("acks", -1),
        ("acks_name", "all"),
    ]
    found = written(node, node.build({"error_code": 0, "topic_id": TOPIC_ID, "acks": 1}))
    assert list(found) == ["error_code", "error_name", "topic_id", "topic_name", "acks"]
    assert found["topic_name"] is None


def test_a_value_has_its_name_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands beside few of them is remembered."""
    monkeypatch.setattr(straight_runtime, "_KEPT", 2)
    node = struct("codes" / grammar.Array(grammar.Struct("error_code" / grammar.ErrorCode)))
    for _ in range(2):
        codes = [{"error_code": code} for code in range(-1, 150)]
        assert written(node, node.build({"codes": codes})) == projected(node, {"codes": codes})


@pytest.mark.parametrize(("version", "topic"), [(11, {"topic": "orders"}), (17, {"topic_id": TOPIC_ID})])
def test_records_know_their_topic(version: int, topic: dict[str, str]) -> None:
    """By its name, or by its id."""
    node = registry.grammar(FETCH, version, "response")
    partitions = [{"records": b"\1\2"}, {"records": None}]
    data = node.build({"responses": [{**topic, "partitions": partitions}, {"partitions": partitions}]})
    named, nameless = written(node, data, {TOPIC_ID: "orders", "orders": "it: "})["responses"]
    assert [partition["records"] for partition in named["partitions"]] == ["it: 0102", None]
    assert [partition["records"] for partition in nameless["partitions"]] == ["0102", None]


def test_a_topic_stands_before_its_records() -> None:
    """Else there would be no telling whether they hold payloads."""
    with pytest.raises(compiler.UnsupportedError):
        straight.source(struct("records" / grammar.Records, "name" / grammar.TopicName))


@pytest.mark.parametrize(
    "data",
    [b"\0\0\0\0", b"\0\0\2\xff\0", b"\0\0\2a\1\7\0", b"\0\0\2"],
    ids=["a null that must not be", "text that is none", "an unknown tag", "too few bytes"],
)
def test_the_unusual_is_left(data: bytes) -> None:
    node = struct("error_code" / grammar.ErrorCode, "name" / grammar.String, flexible=True)
    assert written(node, b"\0\0\2a\0")["name"] == "a"
    with pytest.raises((wire.SeldomError, *wire.FAULTY)):
        written(node, data)


@pytest.mark.parametrize(
    "field",
    ["value" / grammar.ConfigValue, "hmac" / grammar.Secret(grammar.Bytes), "data" / grammar.Embedded("principal")],
    ids=lambda field: field.name,
)
def test_there_is_none_for_secrets_and_payloads(field: grammar.Field) -> None:
    """Not in arrays either."""
    for node in (struct(field), struct("all" / grammar.Array(grammar.Struct(field)))):
        with pytest.raises(compiler.UnsupportedError):
            straight.source(node)
    with pytest.raises(compiler.UnsupportedError):
        straight.source(struct("all" / grammar.Array(field.type)))


def test_it_is_made_when_it_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "WARM", 2)
    node = struct("name" / grammar.String)
    for _ in range(3):
        with pytest.raises(wire.SeldomError):
            straight.writer(node)(b"\0\1a", 0, UNBOUNDED, {}, None)
    assert straight.writer(node)(b"\0\1a", 0, UNBOUNDED, {}, None) == b'{"name":"a"}'


def test_texts_in_arrays_are_written_together() -> None:
    """What orjson makes of one by itself keeps some KB to itself: a million of them would take gigabytes."""
    node = struct("names" / grammar.Array(grammar.String))
    assert ".append(dumps(" not in straight.source(node)
    assert written(node, node.build({"names": ["a", '"']})) == {"names": ["a", '"']}


def test_the_source_says_what_is_written() -> None:
    part = grammar.Struct("index" / grammar.Int32, "error_code" / grammar.ErrorCode)
    node = struct("name" / grammar.String(nullable=True, default=None), "parts" / grammar.Array(part, nullable=True))
    source = straight.source(node)
    assert 'b\'{"index":%d,"error_code":%d%b}\'' in source
    assert 'b\'{"name":%b,"parts":%b}\'' in source
    assert (
        "% ((dumps(name) if name else empty[name]), (b'null' if parts is None else b'[%b]' % b','.join(parts)))"
        in source
    )


@pytest.mark.parametrize("name", [None, "", "a"])
def test_texts_that_are_empty_or_null(name: str | None) -> None:
    node = struct("name" / grammar.String(nullable=True, default=None))
    assert written(node, node.build({"name": name})) == {"name": name}

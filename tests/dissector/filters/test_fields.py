"""The fields of all exchanges."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from dissector import filters
from dissector.exchanges import Outcome
from dissector.filters import bodies, catalogue
from dissector.filters.fields import FIELDS, REASONS, Cost, Field
from dissector.views import jsonl
from dissector.views.meanings import is_timestamp
from structs import registry
from structs.records import Record
from structs.records.build import build_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.frames import Conversation

    from dissector.exchanges import Exchange

FETCH = 1


def test_the_reasons_are_those_of_outcomes() -> None:
    lines = inspect.cleandoc(Outcome.__doc__ or "").splitlines()
    top, _, bottom = (number for number, line in enumerate(lines) if line.startswith("==="))
    column = lines[top].index(" ") + 1
    reasons = {line[column:].split("  ")[0].strip() for line in lines[top + 3 : bottom]}
    assert {reason for reason in reasons if "_" in reason and " " not in reason} == set(REASONS)


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_examples_are_filters_of_their_field(field: Field) -> None:
    parsed = filters.parse(field.example)
    assert field.example.startswith(field.name)
    assert parsed.needs_bodies is (field.cost > Cost.HEADER)
    assert (field.value is None) is not (field.values is None)


def test_no_field_of_a_body_is_hidden_by_another() -> None:
    """`request.size` is the size of the request: no API has such a field."""
    for api in registry.apis():
        for side in ("request", "response"):
            assert {f"{side}.{'.'.join(path)}" for path in catalogue.paths(side, api.key)}.isdisjoint(FIELDS)


def test_fields_in_milliseconds_are_durations_unless_they_tell_a_time() -> None:
    for api in registry.apis():
        for side in ("request", "response"):
            for path in catalogue.paths(side, api.key):
                if path[-1].endswith("_ms"):
                    (member, *_) = catalogue.members(side, path, frozenset({api.key}))
                    assert (bodies.kind_of(member).name == "number") is is_timestamp(path[-1]), path


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("records.key == ada", lambda record: record["key"] == "ada"),
        ("records.value ~ 'espresso beans'", lambda record: "espresso beans" in str(record["value"])),
        (
            "records.header == 'content-type=application/json'",
            lambda record: {"key": "content-type", "value": "application/json"} in record["headers"],
        ),
        ("records.header ~ '^trace-id='", lambda record: "trace-id" in [header["key"] for header in record["headers"]]),
        ("records.offset == 3", lambda record: record["offset"] == 3),
        ("records.timestamp == 2026-11-20T21:05:18.256", lambda record: record["timestamp"] == 1795208718256),
    ],
)
def test_records_are_what_json_lines_show(
    orders: list[Exchange], text: str, is_meant: Callable[[dict[str, Any]], bool]
) -> None:
    picked = filters.parse(text)
    found = [picked(exchange) for exchange in orders]
    assert found == [any(map(is_meant, records_in(jsonl.as_dict(exchange)))) for exchange in orders]
    assert any(found)


def records_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the records in JSON, wherever they stand."""
    if isinstance(value, dict) and "timestamp_type" in value:
        yield from value["records"]
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from records_in(part)


def test_records_with_secrets_cannot_be_guessed(conversation: Conversation) -> None:
    """In the log of the cluster's metadata; one that has none can be compared."""
    fields = {"name": "alice", "mechanism": 1, "salt": b"tell-nobody", "stored_key": b"x", "server_key": b"y"}
    schema = registry.data("UserScramCredentialRecord")
    value = bytes([1, schema.key or 0, 0]) + schema.at(0).build({**fields, "iterations": 4096})
    for topic, is_there in (("__cluster_metadata", False), ("orders", True)):
        batch = build_batch([Record(0, 5, None, value)])
        conversation.request(FETCH, 11)
        partitions = [{"partition_index": 0, "records": batch}]
        (exchange,) = conversation.response(FETCH, 11, {"responses": [{"topic": topic, "partitions": partitions}]})
        assert filters.parse("records.value ~ tell-nobody")(exchange) is is_there
        assert filters.parse("has records.value")(exchange) is is_there
        assert filters.parse("records.offset == 0")(exchange)


def test_sizes_are_those_of_the_messages(conversation: Conversation) -> None:
    conversation.request(12, 4, {"group_id": "g"})
    (exchange,) = conversation.response(12, 4, {})
    request, response = exchange.request.size, exchange.response.size
    text = f"size == {request + response} and request.size == {request} and response.size == {response}"
    assert filters.parse(text)(exchange)

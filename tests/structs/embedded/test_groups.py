"""Group protocols as clients other than Kafka's bend them."""

from __future__ import annotations

import pytest

from structs import registry
from structs.embedded import Context, decode

CONSUMER = Context(protocol_type="consumer")


def subscription(version: int, **fields: object) -> bytes:
    known = min(version, 3)
    return version.to_bytes(2, "big") + registry.data("ConsumerProtocolSubscription").at(known).build(fields)


def test_a_subscription_of_version_1_may_end_behind_its_user_data() -> None:
    """Some clients state version 1 and leave its field out: a warning, no error."""
    data = (1).to_bytes(2, "big") + subscription(0, topics=["orders"])[2:]
    payload = decode("group subscription", data, CONSUMER)
    assert payload.error is None
    assert payload.value == {"version": 1, "topics": ["orders"], "user_data": None, "owned_partitions": []}
    assert [(warning.kind, warning.field, warning.offset) for warning in payload.warnings] == [
        ("missing_fields", "owned_partitions", len(data))
    ]


def test_what_ends_inside_a_field_is_no_such_quirk() -> None:
    data = subscription(1, topics=["orders"], owned_partitions=[{"topic": "orders", "partitions": [1]}])
    payload = decode("group subscription", data[:-1], CONSUMER)
    assert (payload.error.kind, payload.error.field) == ("truncated", "owned_partitions[0].partitions[0]")


def test_versions_to_come_are_read_as_the_highest_known() -> None:
    """They append only: what they append is left alone, without a word."""
    payload = decode("group subscription", subscription(9, topics=["orders"]) + b"new", CONSUMER)
    assert (payload.error, payload.warnings, payload.value["version"]) == (None, [], 9)
    assert payload.value["topics"] == ["orders"]


def test_bytes_behind_a_known_version_are_a_warning() -> None:
    payload = decode("group subscription", subscription(3, topics=[]) + b"xy", CONSUMER)
    assert [warning.kind for warning in payload.warnings] == ["trailing_bytes"]


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xff\0\0\0\0"])
def test_no_version_no_value(data: bytes) -> None:
    assert decode("group subscription", data, CONSUMER).error is not None


def test_nothing_is_guessed_without_a_protocol_type() -> None:
    assert decode("group subscription", b"\0\0", Context()) is None
    assert decode("group assignment", b"\0\0", Context(protocol_type="their-own")) is None
    assert decode("subscription user data", b"\0\0\0\1", Context(protocol="range")) is None
    assert decode("assignment user data", b"\0\0\0\1", Context(protocol="sticky")) is None


def test_sticky_user_data_without_a_generation() -> None:
    """As Kafka wrote it before 2.3: what tells is where the bytes end."""
    data = bytes.fromhex("000000010006") + b"orders" + bytes.fromhex("0000000100000003")
    payload = decode("subscription user data", data, Context(protocol="sticky"))
    assert payload.value == {"previous_assignment": [{"topic": "orders", "partitions": [3]}]}
    with_generation = decode("subscription user data", data + b"\0\0\0\7", Context(protocol="sticky"))
    assert with_generation.value["generation"] == 7


def test_cooperative_sticky_user_data_of_other_clients() -> None:
    """Those of librdkafka and of franz-go send what the sticky assignor does."""
    data = bytes.fromhex("0000000000000007")
    payload = decode("subscription user data", data, Context(protocol="cooperative-sticky"))
    assert payload.value == {"previous_assignment": [], "generation": 7}


def test_json_of_a_schema_registry() -> None:
    context = Context(protocol_type="sr", protocol="v0")
    payload = decode("group subscription", b'{"version":1,"host":"r","port":8081}', context)
    assert payload.value == {"version": 1, "host": "r", "port": 8081}


@pytest.mark.parametrize("data", [b"{", b"\xff", b"[NaN]", b"[" * 100_000, b"1" * 10_000, b'"\\ud800"'])
def test_json_that_is_none(data: bytes) -> None:
    """Nor what no writer of JSON could write again."""
    payload = decode("group subscription", data, Context(protocol_type="sr"))
    assert payload.error.kind == "malformed"


def test_streams_of_a_version_to_come() -> None:
    """Kafka promises of it no more than the two versions in front (KIP-268)."""
    data = (99).to_bytes(4, "big") + (100).to_bytes(4, "big") + b"whatever"
    payload = decode("subscription user data", data, Context(protocol="stream"))
    assert payload.value == {"version": 99, "latest_supported_version": 100}
    assert [warning.kind for warning in payload.warnings] == ["unknown_version"]

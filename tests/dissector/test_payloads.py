"""Payloads in place: beside their bytes in JSON, by what is known around them, and their secrets withheld."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import Conversation, make_request, make_response

from dissector.exchanges import GroupProtocol
from dissector.views import jsonl
from structs import records, registry

if TYPE_CHECKING:
    from dissector.exchanges import Exchange
    from structs.grammar import Side

PRODUCE, FETCH, LIST_OFFSETS, METADATA, JOIN, SYNC, DESCRIBE, HANDSHAKE = 0, 1, 2, 3, 11, 14, 15, 17
AUTHENTICATE, ALTER_SCRAM, ENVELOPE, FETCH_SNAPSHOT, PUSH_TELEMETRY = 36, 51, 58, 59, 72
CONNECTION = SimpleNamespace(id=0, client=None, server=None)
SUBSCRIPTION = b"\0\0" + registry.data("ConsumerProtocolSubscription").at(0).build({"topics": ["orders"]})
ASSIGNMENT = b"\0\0" + registry.data("ConsumerProtocolAssignment").at(0).build({"assigned_partitions": []})


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(connection=CONNECTION)


def message(exchange: Exchange, side: Side, **options: bool) -> dict[str, Any]:
    return json.loads(jsonl.line(exchange, **options))[side]


def exchanged(
    conversation: Conversation, key: int, version: int, request: dict[str, Any], response: dict[str, Any]
) -> Exchange:
    conversation.request(key, version, request)
    (exchange,) = conversation.response(key, version, response)
    return exchange


def test_each_protocol_of_a_member_by_its_own_name(conversation: Conversation) -> None:
    """User data goes by the assignor that it is for."""
    user_data = registry.data("ConsumerProtocolSubscription").at(0).build({"topics": ["a"], "user_data": b"\0\0\0\5"})
    protocols = [
        {"name": "cooperative-sticky", "metadata": b"\0\0" + user_data},
        {"name": "range", "metadata": b"\0\0" + user_data},
        {"name": "their-own", "metadata": b""},
    ]
    exchange = exchanged(conversation, JOIN, 5, {"protocol_type": "consumer", "protocols": protocols}, {})
    first, second, third = message(exchange, "request")["body"]["protocols"]
    assert first["metadata"] == (b"\0\0" + user_data).hex()
    assert first["metadata_decoded"]["user_data_decoded"] == {"generation": 5}
    assert second["metadata_decoded"] == {"version": 0, "topics": ["a"], "user_data": "00000005"}
    assert "metadata_decoded" not in third


def test_what_the_message_does_not_say_the_exchange_remembers(conversation: Conversation) -> None:
    exchange = exchanged(conversation, SYNC, 0, {}, {"assignment": ASSIGNMENT})
    assert "assignment_decoded" not in message(exchange, "response")["body"]
    exchange.group = GroupProtocol("consumer", "range")
    assert message(exchange, "response")["body"]["assignment_decoded"] == {
        "version": 0,
        "assigned_partitions": [],
        "user_data": None,
    }


def test_groups_that_are_described_say_it_themselves(conversation: Conversation) -> None:
    member = {"member_metadata": SUBSCRIPTION, "member_assignment": ASSIGNMENT}
    groups = [
        {"protocol_type": "consumer", "protocol_data": "range", "members": [member]},
        {"protocol_type": "", "members": [member]},
    ]
    exchange = exchanged(conversation, DESCRIBE, 3, {}, {"groups": groups})
    known, unknown = message(exchange, "response")["body"]["groups"]
    assert known["members"][0]["member_metadata_decoded"]["topics"] == ["orders"]
    assert known["authorized_operations_names"] is None
    assert not any(name.endswith("_decoded") for name in unknown["members"][0])


def test_a_payload_that_fails_is_null_and_says_where(conversation: Conversation) -> None:
    """The path and the offset lead to the byte of the message; inside payloads of payloads, too."""
    protocols = [{"name": "range", "metadata": SUBSCRIPTION[:-6]}]
    exchange = exchanged(conversation, JOIN, 9, {"protocol_type": "consumer", "protocols": protocols}, {})
    request = message(exchange, "request")
    (protocol,) = request["body"]["protocols"]
    assert (protocol["metadata"], protocol["metadata_decoded"]) == (SUBSCRIPTION[:-6].hex(), None)
    (warning,) = request["warnings"]
    assert (warning["kind"], warning["field"]) == ("truncated", "protocols[0].metadata_decoded.topics[0]")
    at = exchange.request.frame.data.index(SUBSCRIPTION[:-6])
    assert warning["offset"] == at + 8  # behind the version, the count and the length of the topic
    assert request["error"] is None


def test_a_payload_in_a_payload_says_where_it_fails(conversation: Conversation) -> None:
    inner = b"\0\0\0\5rest"
    data = b"\0\0" + registry.data("ConsumerProtocolSubscription").at(0).build({"topics": ["a"], "user_data": inner})
    request = {"protocol_type": "consumer", "protocols": [{"name": "sticky", "metadata": data}]}
    exchange = exchanged(conversation, JOIN, 5, request, {})
    (warning,) = message(exchange, "request")["warnings"]
    assert warning["field"].startswith("protocols[0].metadata_decoded.user_data_decoded.previous_assignment[0]")
    start = exchange.request.frame.data.index(inner)
    assert start + 4 <= warning["offset"] <= start + len(inner)


def fetched(conversation: Conversation, topic: str, batch: bytes) -> dict[str, Any]:
    partition = {"partition_index": 0, "records": batch}
    exchange = exchanged(conversation, FETCH, 11, {}, {"responses": [{"topic": topic, "partitions": [partition]}]})
    return message(exchange, "response")


def batch_of(fetch: dict[str, Any]) -> list[dict[str, Any]]:
    return fetch["body"]["responses"][0]["partitions"][0]["records"][0]["records"]


def group_record(**fields: Any) -> records.Record:
    key = b"\0\2" + registry.data("GroupMetadataKey").at(0).build({"group": "g"})
    value = b"\0\3" + registry.data("GroupMetadataValue").at(3).build(fields)
    return records.Record(0, 5, key, value)


def test_records_of_internal_topics_and_their_payloads(conversation: Conversation) -> None:
    """A group's record holds what its members said; a tombstone has a key only."""
    record = group_record(
        protocol_type="consumer", protocol="range", members=[{"subscription": SUBSCRIPTION, "assignment": ASSIGNMENT}]
    )
    tombstone = records.Record(1, 5, record.key, None)
    fetch = fetched(conversation, "__consumer_offsets", records.build_batch([record, tombstone]))
    first, second = batch_of(fetch)
    assert first["key_decoded"] == {"type": 2, "type_name": "GroupMetadata", "data": {"group": "g"}}
    (member,) = first["value_decoded"]["data"]["members"]
    assert member["subscription_decoded"]["topics"] == ["orders"]
    assert member["assignment_decoded"]["assigned_partitions"] == []
    assert second["key_decoded"] == first["key_decoded"]
    assert (second["value"], "value_decoded" in second) == (None, False)
    assert fetch["warnings"] == []


def test_the_same_records_elsewhere_are_nobodys_business(conversation: Conversation) -> None:
    (record,) = batch_of(fetched(conversation, "orders", records.build_batch([group_record()])))
    assert not any(name.endswith("_decoded") for name in record)


def test_a_record_that_fails_points_to_its_batch(conversation: Conversation) -> None:
    """Records may be compressed: the offset is that of the batch, the text counts in the value."""
    good = group_record()
    bad = good._replace(offset=1, value=b"\0\x63")
    batch = records.build_batch([good, bad], codec="gzip")
    fetch = fetched(conversation, "__consumer_offsets", batch)
    assert batch_of(fetch)[1]["value_decoded"] is None
    (warning,) = fetch["warnings"]
    assert warning["kind"] == "unknown_version"
    assert warning["field"] == "responses[0].partitions[0].records[0].records[1].value_decoded.version"
    partition = {"partition_index": 0, "records": batch}
    sent = make_response(FETCH, 11, {"responses": [{"topic": "__consumer_offsets", "partitions": [partition]}]})
    assert warning["offset"] == sent.index(batch)


def test_unknown_record_types_are_said(conversation: Conversation) -> None:
    record = records.Record(0, 5, b"\0\x63key", b"\0\0")
    fetch = fetched(conversation, "__consumer_offsets", records.build_batch([record]))
    assert batch_of(fetch)[0]["key_decoded"] == {"type": 99, "type_name": None}
    assert [warning["kind"] for warning in fetch["warnings"]] == ["unknown_type"]


def test_control_records_have_names(conversation: Conversation) -> None:
    batch = records.build_batch([records.Record(0, 5, b"\0\0\0\1", b"\0\0\0\0\0\7")], is_control=True)
    (record,) = batch_of(fetched(conversation, "orders", batch))
    assert record["key_decoded"] == {"version": 0, "type": 1, "type_name": "COMMIT"}
    assert record["value_decoded"] == {"version": 0, "coordinator_epoch": 7}


def metadata_record(schema_name: str, /, **fields: Any) -> bytes:
    schema = registry.data(schema_name)
    return bytes([1, schema.key, 0]) + schema.at(0).build(fields)


def test_a_snapshot_from_its_start(conversation: Conversation) -> None:
    """Batches and the metadata records in them; a later slice says what it lacks."""
    value = metadata_record("TopicRecord", name="orders", topic_id="AAAAAAAAAAAAAAAAAAAAAg")
    batch = records.build_batch([records.Record(0, 5, None, value)])
    partitions = [
        {"unaligned_records": batch + batch[:20], "position": 0},
        {"unaligned_records": batch, "position": 81},
    ]
    topics = [{"name": "__cluster_metadata", "partitions": partitions}]
    response = message(exchanged(conversation, FETCH_SNAPSHOT, 0, {}, {"topics": topics}), "response")
    first, second = response["body"]["topics"][0]["partitions"]
    (decoded,) = first["unaligned_records_decoded"]
    data = decoded["records"][0]["value_decoded"]
    assert (data["type"], data["type_name"], data["data"]["name"]) == (2, "TopicRecord", "orders")
    assert second["unaligned_records_decoded"] is None
    assert [warning["kind"] for warning in response["warnings"]] == ["truncated", "unaligned"]
    assert "0 to 80" in response["warnings"][1]["message"]


SECRET = b"tell-nobody"


def test_records_with_secrets_withhold_their_bytes(conversation: Conversation) -> None:
    """Also where they stand in the clear beside what they say."""
    value = metadata_record("UserScramCredentialRecord", name="alice", mechanism=1, salt=SECRET, stored_key=SECRET)
    fetch = fetched(conversation, "__cluster_metadata", records.build_batch([records.Record(0, 5, None, value)]))
    (record,) = batch_of(fetch)
    assert record["value"] == {"withheld": len(value)}
    assert record["value_decoded"]["data"]["mechanism_name"] == "SCRAM-SHA-256"
    assert record["value_decoded"]["data"]["salt"] == {"withheld": len(SECRET)}
    assert SECRET.hex() not in json.dumps(fetch)


@pytest.mark.parametrize(("schema", "is_secret"), [("UserScramCredentialRecord", True), ("NoOpRecord", False)])
def test_newer_records_that_may_hold_secrets_withhold_their_bytes(
    conversation: Conversation, schema: str, is_secret: bool
) -> None:
    """A version that is not known is not read; the versions before it say whether it has secrets."""
    value = bytes([1, registry.data(schema).key, 99]) + SECRET
    fetch = fetched(conversation, "__cluster_metadata", records.build_batch([records.Record(0, 5, None, value)]))
    (record,) = batch_of(fetch)
    assert (record["value"] == {"withheld": len(value)}) is is_secret
    assert "unknown_version" in [warning["kind"] for warning in fetch["warnings"]]


@pytest.mark.parametrize("codec", ["none", "gzip"])
@pytest.mark.parametrize("position", [0, 81])
def test_snapshots_withhold_their_bytes(conversation: Conversation, position: int, codec: str) -> None:
    """They have the credentials of a cluster: in batches, in one that is cut, in slices that cannot be read."""
    value = metadata_record("UserScramCredentialRecord", name="alice", mechanism=1, salt=SECRET, stored_key=SECRET)
    batch = records.build_batch([records.Record(0, 5, None, value)], codec=codec)
    partition = {"unaligned_records": batch + batch[:-1], "position": position}
    topics = [{"name": "__cluster_metadata", "partitions": [partition]}]
    exchange = exchanged(conversation, FETCH_SNAPSHOT, 0, {}, {"topics": topics})
    (shown,) = message(exchange, "response")["body"]["topics"][0]["partitions"]
    assert shown["unaligned_records"] == {"withheld": 2 * len(batch) - 1}
    assert SECRET.hex() not in json.dumps(shown)
    (shown,) = message(exchange, "response", show_secrets=True)["body"]["topics"][0]["partitions"]
    assert shown["unaligned_records"] == (batch + batch[:-1]).hex()


def enveloped(conversation: Conversation, inner: bytes, answer: bytes) -> Exchange:
    principal = b"\0\0" + registry.data("DefaultPrincipalData").at(0).build({"type": "User", "name": "alice"})
    request = {"request_data": inner, "request_principal": principal, "client_host_address": b"\x7f\0\0\1"}
    return exchanged(conversation, ENVELOPE, 0, request, {"response_data": answer})


def test_an_envelope_and_its_answer(conversation: Conversation) -> None:
    """The inner response goes by the inner request; what the request keeps secret its bytes do not tell."""
    upsertion = {"name": "bob", "mechanism": 2, "iterations": 4096, "salt": SECRET, "salted_password": SECRET}
    inner = make_request(ALTER_SCRAM, 0, {"upsertions": [upsertion]}, correlation_id=9)
    answer = make_response(ALTER_SCRAM, 0, {"results": [{"user": "bob"}]}, correlation_id=9)
    exchange = enveloped(conversation, inner, answer)
    request = message(exchange, "request")["body"]
    assert request["request_data_decoded"]["header"]["correlation_id"] == 9
    assert request["request_data_decoded"]["body"]["upsertions"][0]["name"] == "bob"
    assert request["request_principal_decoded"]["name"] == "alice"
    assert request["request_data"] == {"withheld": len(inner)}
    assert SECRET.hex() not in jsonl.line(exchange)
    assert SECRET.hex() in jsonl.line(exchange, show_secrets=True)
    response = message(exchange, "response")["body"]
    assert response["response_data"] == answer.hex()
    assert response["response_data_decoded"]["body"]["results"][0]["user"] == "bob"


def test_secrets_two_envelopes_deep_stay_secret(conversation: Conversation) -> None:
    """Neither do the bytes of the outer one tell them, nor those of a record that is cut in the middle of one."""
    upsertion = {"name": "bob", "mechanism": 2, "salt": SECRET, "salted_password": SECRET}
    inner = make_request(ENVELOPE, 0, {"request_data": make_request(ALTER_SCRAM, 0, {"upsertions": [upsertion]})})
    assert SECRET.hex() not in jsonl.line(enveloped(conversation, inner, b""))
    value = metadata_record("UserScramCredentialRecord", name="alice", mechanism=1, salt=SECRET)
    cut = value[: value.index(SECRET) + 4]
    fetch = fetched(conversation, "__cluster_metadata", records.build_batch([records.Record(0, 5, None, cut)]))
    assert batch_of(fetch)[0]["value"] == {"withheld": len(cut)}


def test_envelopes_in_envelopes_end_somewhere(conversation: Conversation) -> None:
    inner = make_request(METADATA, 0, {"topics": []})
    for _ in range(20):
        inner = make_request(ENVELOPE, 0, {"request_data": inner})
    request = message(enveloped(conversation, inner, b""), "request")
    assert [warning["kind"] for warning in request["warnings"]] == ["limit"]


def test_requests_that_nobody_can_read_are_withheld(conversation: Conversation) -> None:
    request = message(enveloped(conversation, b"\x7f\xff\0\0" + SECRET, b""), "request")
    assert request["body"]["request_data"] == {"withheld": 4 + len(SECRET)}
    assert [warning["kind"] for warning in request["warnings"]] == ["unknown_api"]


@pytest.mark.parametrize("version", [0, 1])
def test_a_login_says_who_and_how_far(conversation: Conversation, version: int) -> None:
    """As a message of its own and as a bare token, by the mechanism that the connection agreed on."""
    exchanged(conversation, HANDSHAKE, version, {"mechanism": "PLAIN"}, {})
    token = b"\0alice\0" + SECRET
    if version:
        exchange = exchanged(conversation, AUTHENTICATE, 0, {"auth_bytes": token}, {})
        name = "auth_bytes"
    else:
        conversation.send("request", token)
        (exchange,) = conversation.send("response", b"")
        name = "token"
    body = message(exchange, "request")["body"]
    assert body[name] == {"withheld": len(token)}
    assert body[f"{name}_decoded"] == {
        "mechanism": "PLAIN",
        "step": "client-first",
        "authzid": None,
        "username": "alice",
        "password": {"withheld": len(SECRET)},
    }
    assert SECRET.decode() not in jsonl.line(exchange)
    shown = message(exchange, "request", show_secrets=True)["body"]
    assert (shown[name], shown[f"{name}_decoded"]["password"]) == (token.hex(), SECRET.decode())
    assert f"{name}_decoded" not in message(exchange, "response")["body"]


def test_metrics_by_their_compression(conversation: Conversation) -> None:
    exchange = exchanged(conversation, PUSH_TELEMETRY, 0, {"metrics": b"\xff", "compression_type": 0}, {})
    request = message(exchange, "request")
    assert (request["body"]["compression_type_name"], request["body"]["metrics_decoded"]) == ("none", None)
    assert [(warning["kind"], warning["field"]) for warning in request["warnings"]] == [
        ("malformed", "metrics_decoded")
    ]


def test_names_stand_beside_numbers(conversation: Conversation) -> None:
    """Sentinels have names where they are some, and none where they are timestamps and ids as usual."""
    partitions = [{"timestamp": -2}, {"timestamp": 1_700_000_000_000}]
    request = {"replica_id": -1, "isolation_level": 1, "topics": [{"partitions": partitions}]}
    body = message(exchanged(conversation, LIST_OFFSETS, 4, request, {}), "request")["body"]
    assert (body["replica_id_name"], body["isolation_level_name"]) == ("consumer", "read_committed")
    first, second = body["topics"][0]["partitions"]
    assert first["timestamp_name"] == "earliest"
    assert "timestamp_name" not in second

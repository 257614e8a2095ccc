"""Records of internal topics beyond what today's Kafka writes."""

from __future__ import annotations

from importlib import import_module

import pytest

from structs import registry
from structs.embedded import is_internal, record

OFFSETS, METADATA = "__consumer_offsets", "__cluster_metadata"


def early(release: str, schema: str, /, **fields: object) -> bytes:
    return import_module(f"structs.messages.variants.kafka_{release}").__dict__[schema].at(0).build(fields)


def test_topics_are_chosen_by_name() -> None:
    """The same record type is something else in each of them, and nothing in any other."""
    key = b"\0\0" + registry.data("TransactionLogKey").at(0).build({"transactional_id": "txn"})
    assert record("__transaction_state", key, None)[0].value["data"] == {"transactional_id": "txn"}
    assert record(OFFSETS, key, None)[0].error is not None
    assert record("orders", key, b"\0\0") == (None, None)
    assert not is_internal("orders")


def test_a_legacy_offset_may_have_a_newer_value() -> None:
    """The type of the key says nothing of the version of the value."""
    key = b"\0\0" + registry.data("LegacyOffsetCommitKey").at(0).build({"group": "g", "topic": "t"})
    value = b"\0\1" + registry.data("OffsetCommitValue").at(1).build({"offset": 42, "expire_timestamp": 7})
    decoded_key, decoded_value = record(OFFSETS, key, value)
    assert decoded_key.value["type_name"] == "LegacyOffsetCommit"
    assert (decoded_value.value["version"], decoded_value.value["data"]["expire_timestamp"]) == (1, 7)


def test_early_layouts_are_found_by_what_takes_every_byte() -> None:
    """Kafka 3.9 wrote share groups' metadata without a field that the same version has today."""
    key = b"\0\x0b" + registry.data("ShareGroupMetadataKey").at(0).build({"group_id": "g"})
    value = b"\0\0" + early("3_9", "ShareGroupMetadataValue", epoch=5)
    decoded = record(OFFSETS, key, value)[1]
    assert (decoded.error, decoded.warnings, decoded.value["data"]["epoch"]) == (None, [], 5)


def test_the_preview_of_kafka_2_8_had_frames_of_version_0() -> None:
    """And layouts that were not flexible."""
    body = early("2_8", "TopicRecord", name="orders", topic_id="AAAAAAAAAAAAAAAAAAAAAg")
    decoded = record(METADATA, None, b"\0\2\0" + body)[1]
    assert (decoded.error, decoded.warnings) == (None, [])
    assert decoded.value["data"]["name"] == "orders"
    quota = record(METADATA, None, b"\0\x0e\0" + early("2_8", "QuotaRecord", key="producer_byte_rate"))[1]
    assert (quota.value["type_name"], quota.value["data"]["key"]) == ("QuotaRecord", "producer_byte_rate")


@pytest.mark.parametrize(
    ("value", "kind", "field"),
    [
        (b"", "truncated", "frame_version"),
        (b"\1\x63\0", "unknown_type", "type"),
        (b"\1\2\x09", "unknown_version", "version"),
        (b"\1\2\0\xff", "truncated", "data.name"),
    ],
)
def test_what_cannot_be_read_says_why(value: bytes, kind: str, field: str) -> None:
    error = record(METADATA, None, value)[1].error
    assert (error.kind, error.field) == (kind, field)


def test_a_tombstone_has_no_value() -> None:
    key = b"\0\2" + registry.data("GroupMetadataKey").at(0).build({"group": "g"})
    assert record(OFFSETS, key, None)[1] is None
    assert record(OFFSETS, None, b"\0\0") == (None, None)

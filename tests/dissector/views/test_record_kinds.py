"""Kinds of records, counted without decompressing any."""

from __future__ import annotations

from dissector.views.record_kinds import is_short, kinds
from structs import records, registry

COMMIT_MARKER = records.Record(9, 5, b"\0\0\0\1", b"\0\0\0\0\0\7")
ABORT_MARKER = COMMIT_MARKER._replace(key=b"\0\0\0\0")


def commit(offset: int, value: bytes | None = b"\0\3") -> records.Record:
    """Return a record that commits an offset; its value is not looked at."""
    key = b"\0\1" + registry.data("OffsetCommitKey").at(0).build({"group": "g", "topic": "t", "partition": 0})
    return records.Record(offset, 5, key, value)


def group(offset: int) -> records.Record:
    return records.Record(offset, 5, b"\0\2" + registry.data("GroupMetadataKey").at(0).build({"group": "g"}), None)


def shown(topic: str | None, *batches: bytes) -> str:
    found = records.parse(b"".join(batches))
    return kinds(found, topic, sum(batch.records_count for batch in found))


def test_the_kinds_of_an_internal_topic() -> None:
    batch = records.build_batch([commit(0), commit(1), commit(2, None), group(3)])
    assert shown("__consumer_offsets", batch) == "2 OffsetCommit, 1 OffsetCommit tombstone, 1 GroupMetadata tombstone"
    assert shown("__consumer_offsets", records.build_batch([commit(0)])) == "OffsetCommit"


def test_records_of_metadata_have_no_keys() -> None:
    schema = registry.data("FeatureLevelRecord")
    value = bytes([1, schema.key, 0]) + schema.at(0).build({"name": "kraft.version"})
    batch = records.build_batch([records.Record(0, 5, None, value), records.Record(1, 5, None, b"\1\x7f\0")])
    assert shown("__cluster_metadata", batch) == "1 FeatureLevel, 1 unreadable"


def test_markers_of_transactions_in_any_topic() -> None:
    data = records.build_batch([records.Record(0, 5, b"k", b"v")])
    marks = [records.build_batch([mark], is_control=True) for mark in (COMMIT_MARKER, COMMIT_MARKER, ABORT_MARKER)]
    assert shown("orders", data, *marks) == "2 commit markers, 1 abort marker"
    assert shown("orders", data, marks[0]) == "1 commit marker"
    assert shown(None, marks[2]) == "abort marker"


def test_others_are_just_records() -> None:
    assert shown("orders", records.build_batch([commit(0)])) == ""


def test_unknown_types_have_numbers() -> None:
    batch = records.build_batch([records.Record(0, 5, b"\0\x63", b"")])
    assert shown("__consumer_offsets", batch) == "type 99"


def test_nothing_is_decompressed() -> None:
    assert shown("__consumer_offsets", records.build_batch([commit(0)], codec="gzip")) == ""


def test_much_is_not_read_at_all() -> None:
    few, many = (records.parse(records.build_batch([commit(number) for number in range(n)])) for n in (10, 2000))
    assert is_short(few)
    assert not is_short(many)

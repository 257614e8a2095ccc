"""Control records: their names, their values by the version in them, and what early releases wrote."""

from __future__ import annotations

from importlib import import_module

import pytest

from structs import registry
from structs.embedded import control_record


@pytest.mark.parametrize(
    ("number", "name", "schema", "fields"),
    [
        (2, "LEADER_CHANGE", "LeaderChangeMessage", {"leader_id": 3, "voters": [{"voter_id": 3}]}),
        (3, "SNAPSHOT_HEADER", "SnapshotHeaderRecord", {"last_contained_log_timestamp": 9}),
        (4, "SNAPSHOT_FOOTER", "SnapshotFooterRecord", {}),
        (5, "KRAFT_VERSION", "KRaftVersionRecord", {"kraft_version": 1}),
        (6, "KRAFT_VOTERS", "VotersRecord", {"voters": [{"voter_id": 3, "endpoints": []}]}),
    ],
)
def test_control_records_of_kraft(number: int, name: str, schema: str, fields: dict[str, object]) -> None:
    key, value = control_record(bytes([0, 0, 0, number]), registry.data(schema).at(0).build(fields))
    assert key.value == {"version": 0, "type": number, "type_name": name}
    assert (value.error, value.warnings) == (None, [])
    assert value.value.keys() >= {"version", *fields}


@pytest.mark.parametrize(("number", "name"), [(0, "ABORT"), (1, "COMMIT")])
def test_transaction_markers(number: int, name: str) -> None:
    key, value = control_record(bytes([0, 0, 0, number]), bytes.fromhex("000000000007"))
    assert (key.value["type_name"], value.value) == (name, {"version": 0, "coordinator_epoch": 7})


def test_a_leader_change_as_kafka_2_8_wrote_it() -> None:
    """Without a version of its own: found by what takes every byte."""
    module = import_module("structs.messages.variants.kafka_2_8")
    data = module.LeaderChangeMessage.at(0).build({"leader_id": 3, "voters": [{"voter_id": 1}]})
    value = control_record(b"\0\0\0\2", data)[1]
    assert (value.error, value.value["leader_id"]) == (None, 3)


def test_unknown_types_and_keys_that_are_none() -> None:
    key, value = control_record(b"\0\0\0\x63", b"?")
    assert (key.value["type_name"], value) == (None, None)
    assert [warning.kind for warning in key.warnings] == ["unknown_type"]
    assert control_record(b"\0\0\0", b"?")[0].error.kind == "truncated"
    assert control_record(None, b"?") == (None, None)

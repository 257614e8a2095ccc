"""Control records that are not as Kafka writes them; tests/structs/records/test_vectors.py has those that are."""

import pytest

from structs.records import Record, read_control
from structs.records.control import TYPES


def control(key, value):
    return read_control(Record(0, 0, key, value))


def key(kind, version=0):
    return version.to_bytes(2, "big") + kind.to_bytes(2, "big", signed=True)


def test_the_ends_of_transactions_have_the_coordinators_epoch():
    assert control(key(1), b"\0\0\0\0\0\x2a")[:4] == (0, 1, "COMMIT", {"version": 0, "coordinator_epoch": 42})
    assert control(key(0), b"\0\0\0\0\0\7")[:4] == (0, 0, "ABORT", {"version": 0, "coordinator_epoch": 7})


@pytest.mark.parametrize("kind", [7, -1, 32767])
def test_types_without_a_name_are_not_an_error(kind):
    assert control(key(kind), b"whatever") == (0, kind, None, None, None, ())


@pytest.mark.parametrize("data", [None, b"", b"\0\0\0"])
def test_a_cut_key_is_an_error(data):
    found = control(data, b"")
    assert found[:4] == (None, None, None, None)
    assert found.error.kind == "truncated"
    assert found.error.field.startswith("key.")


@pytest.mark.parametrize("kind", TYPES)
def test_a_missing_value_is_an_error(kind):
    found = control(key(kind), None)
    assert found.name == TYPES[kind].name
    assert (found.error.kind, found.error.field) == ("truncated", "value.version")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("value", [b"\xff" * 40, b"\0" * 40, b"\0\1" * 20, b"\x7f" * 7])
def test_any_value_is_read_or_reported(kind, value):
    found = control(key(kind), value)
    assert found.value is not None
    assert found.error is None or found.error.field.startswith("value")


def test_the_version_inside_the_value_decides_its_layout():
    """Version 1 of LeaderChangeMessage adds directory ids (KIP-853)."""
    voter = b"\0\0\0\1" + bytes(16) + b"\0"
    found = control(key(2), b"\0\1" + b"\0\0\0\1" + b"\2" + voter + b"\1" + b"\0")
    assert found.error is None
    assert found.value["voters"] == [{"voter_id": 1, "voter_directory_id": "A" * 22}]


def test_bytes_after_the_value_are_reported():
    found = control(key(1), b"\0\0\0\0\0\1extra")
    assert found.value == {"version": 0, "coordinator_epoch": 1}
    assert found.warnings == (("trailing_bytes", "5 bytes after the last field", 6, "value"),)

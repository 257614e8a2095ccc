"""Numbers are explained by what they stand for in their API."""

import pytest

from dissector.views.meanings import meaning_of, operations
from structs import registry

LIST_OFFSETS, CREATE_ACLS, DESCRIBE_CONFIGS, METADATA = 2, 30, 32, 3


@pytest.mark.parametrize(
    ("api_key", "name", "value", "meaning"),
    [
        (0, "acks", -1, "all"),
        (0, "acks", 1, None),
        (1, "isolation_level", 1, "read_committed"),
        (10, "key_type", 1, "transaction"),
        (CREATE_ACLS, "resource_type", 4, "cluster"),
        (DESCRIBE_CONFIGS, "resource_type", 4, "broker"),
        (CREATE_ACLS, "operation", 15, "two_phase_commit"),
        (CREATE_ACLS, "permission_type", 2, "deny"),
        (LIST_OFFSETS, "timestamp", -2, "earliest"),
        (LIST_OFFSETS, "timestamp", 1_700_000_000_000, "2023-11-14T22:13:20.000Z"),
        (None, "max_timestamp", -1, None),
        (None, "timestamp", 1 << 62, "4611686018427387.904Z"),
        (18, "api_key", 3, "Metadata"),
        (18, "api_key", 10_000, None),
        (0, "timeout_ms", 1000, None),
        (17, "mechanism", "PLAIN", None),
    ],
)
def test_meaning(api_key: int | None, name: str, value: object, meaning: str | None) -> None:
    assert meaning_of(api_key, name, value) == meaning


def test_an_error_code_is_named_whatever_its_field_is_called() -> None:
    node = registry.message(55, "response").at(0).members[0].node
    assert meaning_of(55, "any_name", 6, node) == "NOT_LEADER_OR_FOLLOWER"


def test_authorized_operations_are_a_set() -> None:
    assert operations(-(1 << 31)) == "not requested"
    assert operations(1 << 3 | 1 << 8) == "read, describe"
    assert operations(0) == "none"

"""Numbers are explained by what they stand for in their place."""

import pytest

from dissector.views.meanings import meaning_of, operations
from structs import registry, wire

FETCH, LIST_OFFSETS, CREATE_ACLS, DESCRIBE_CONFIGS = 1, 2, 30, 32


def field(api_key: int, version: int, name: str) -> wire.Node:
    """Return the type of a field of a request, at any depth."""

    def search(node: wire.Node) -> wire.Node | None:
        inner = node.element if isinstance(node, wire.Array) else node
        members = inner.each_member() if isinstance(inner, wire.Struct) else []
        found = [member.node if member.name == name else search(member.node) for member in members]
        return next((node for node in found if node is not None), None)

    found = search(registry.grammar(api_key, version, "request"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("api_key", "name", "value", "meaning"),
    [
        (0, "acks", -1, "all"),
        (0, "acks", 1, None),
        (FETCH, "isolation_level", 1, "read_committed"),
        (10, "key_type", 1, "transaction"),
        (CREATE_ACLS, "resource_type", 4, "cluster"),
        (DESCRIBE_CONFIGS, "resource_type", 4, "broker"),
        (CREATE_ACLS, "operation", 15, "two_phase_commit"),
        (LIST_OFFSETS, "timestamp", -2, "earliest"),
        (LIST_OFFSETS, "timestamp", 1_700_000_000_000, "2023-11-14T22:13:20.000Z"),
        (0, "timeout_ms", 1000, None),
        (17, "mechanism", "PLAIN", None),
    ],
)
def test_numbers_mean_what_their_type_says(api_key: int, name: str, value: object, meaning: str | None) -> None:
    """The same name and number is something else in another API."""
    assert meaning_of(name, value, field(api_key, 4 if api_key == FETCH else 1, name)) == meaning


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        ("max_timestamp", -1, None),
        ("timestamp", 1 << 62, "4611686018427387.904Z"),
        ("api_key", 3, "Metadata"),
        ("api_key", 10_000, None),
    ],
)
def test_moments_and_apis_go_by_the_name(name: str, value: int, meaning: str | None) -> None:
    assert meaning_of(name, value) == meaning


def test_an_error_code_is_named_whatever_its_field_is_called() -> None:
    node = registry.message(55, "response").at(0).members[0].node
    assert meaning_of("any_name", 6, node) == "NOT_LEADER_OR_FOLLOWER"


def test_authorized_operations_are_a_set() -> None:
    assert operations(-(1 << 31)) == "not requested"
    assert operations(1 << 3 | 1 << 8) == "read, describe"
    assert operations(0) == "none"

"""What numbers stand for, and that every declaration names a table that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structs import registry
from structs.enumerations import OPERATIONS_NOT_REQUESTED, SENTINELS, TABLES, name_of, operation_names
from structs.fields import Array, Enumeration, Struct
from structs.messages import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.fields import Type


def tables_in(kind: Type) -> Iterator[str]:
    if isinstance(kind, Enumeration):
        yield kind.meaning.detail
    elif isinstance(kind, Array):
        yield from tables_in(kind.element)
    elif isinstance(kind, Struct):
        for field in kind.fields:
            yield from tables_in(field.type)


def test_every_table_is_declared_somewhere_and_every_declaration_has_its_table() -> None:
    schemas = [registry.message(api.key, side) for api in registry.apis() for side in ("request", "response")]
    schemas += [registry.data(name) for name in DATA]
    named = {table for schema in schemas for field in schema.fields for table in tables_in(field.type)}
    assert named == set(TABLES)
    assert set(TABLES) >= SENTINELS


def test_names() -> None:
    assert name_of("acks", -1) == "all"
    assert name_of("acl_resource_type", 2) == "topic"
    assert name_of("config_resource_type", 32) == "group"
    assert name_of("list_offsets_timestamp", -6) == "earliest_pending_upload"
    assert name_of("transaction_status", 7) == "PrepareEpochFence"
    assert name_of("acl_operation", 99) is None


def test_authorized_operations_are_a_set_of_names() -> None:
    assert operation_names(1 << 3 | 1 << 8) == ["read", "describe"]
    assert operation_names(1 << 15 | 1 << 20) == ["two_phase_commit", "bit 20"]
    assert operation_names(0) == []
    assert operation_names(OPERATIONS_NOT_REQUESTED) is None

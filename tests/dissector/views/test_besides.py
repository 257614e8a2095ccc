"""What stands beside fields in JSON, by their types."""

from __future__ import annotations

from typing import Any

import pytest

from dissector.views.besides import besides
from structs import enumerations, grammar


def beside(field: grammar.Field, *others: grammar.Field) -> Any:
    return besides(grammar.Struct(field, *others).layout_at(0, flexible=False)).get(field.name)


@pytest.mark.parametrize(
    ("field", "name", "value", "derived"),
    [
        ("error_code" / grammar.ErrorCode, "error_name", 3, "UNKNOWN_TOPIC_OR_PARTITION"),
        ("error_code" / grammar.ErrorCode, "error_name", 501, "UNKNOWN(501)"),
        ("error" / grammar.ErrorCode, "error_name", 0, "NONE"),
        ("key_type" / grammar.Enumeration(grammar.Int8, "coordinator_key_type"), "key_type_name", 1, "transaction"),
        ("key_type" / grammar.Enumeration(grammar.Int8, "coordinator_key_type"), "key_type_name", 9, None),
        ("operations" / grammar.AuthorizedOperations, "operations_names", 0b1000, ["read"]),
        ("operations" / grammar.AuthorizedOperations, "operations_names", enumerations.OPERATIONS_NOT_REQUESTED, None),
        (
            "types" / grammar.Array(grammar.Enumeration(grammar.Int8, "config_type")),
            "types_names",
            [1, 99],
            ["boolean", None],
        ),
    ],
)
def test_what_a_value_stands_for(field: grammar.Field, name: str, value: Any, derived: Any) -> None:
    found = beside(field)
    assert (found.name, found.of(value), found.is_optional) == (name, derived, False)


def test_numbers_among_which_some_stand_for_something() -> None:
    """Nothing stands beside the others."""
    found = beside("acks" / grammar.Enumeration(grammar.Int16, "acks"))
    assert (found.name, found.of(-1), found.of(1), found.is_optional) == ("acks_name", "all", None, True)


def test_the_name_of_a_topic_is_not_in_the_value() -> None:
    assert beside("topic_id" / grammar.TopicId) == ("topic_name", None, False)


def test_nothing_stands_in_for_a_field_that_there_is() -> None:
    assert beside("error_code" / grammar.ErrorCode, "error_name" / grammar.String) is None


@pytest.mark.parametrize("kind", [grammar.Int32, grammar.BrokerId, grammar.Array(grammar.TopicId), grammar.TopicName])
def test_most_say_everything(kind: grammar.Type) -> None:
    assert beside("field" / kind) is None

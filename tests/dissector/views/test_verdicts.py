"""Errors are found by the meaning of their fields, at any depth."""

from __future__ import annotations

from dissector.views import style, verdicts
from structs import registry, wire


def element(api_key: int, version: int, field: str) -> wire.Struct:
    """Return the struct that a field of a response lists."""
    (member,) = (member for member in registry.grammar(api_key, version, "response").members if member.name == field)
    return member.node.element


COMMITTED = element(8, 2, "topics")


def committed(*codes: int) -> dict[str, object]:
    return {"name": "orders", "partitions": [{"partition_index": 0, "error_code": code} for code in codes]}


def test_an_error_inside_is_found() -> None:
    assert verdicts.has_error(COMMITTED, committed(0, 16))
    assert not verdicts.has_error(COMMITTED, committed(0, 0))
    assert verdicts.first_error(COMMITTED, committed(16)) == ""  # that of the struct itself


def test_errors_are_counted_by_name() -> None:
    topics = element(3, 1, "topics")
    errors = [{"error_code": code} for code in (0, 3, 3, 5)]
    counted = style.paint(verdicts.error_counts(topics, errors), color=False)
    assert counted == " (2 UNKNOWN_TOPIC_OR_PARTITION, 1 LEADER_NOT_AVAILABLE)"
    assert verdicts.error_counts(topics, errors[:1]) == []


def test_the_broker_says_why() -> None:
    assert style.paint(verdicts.reason({"error_message": "no\n"}), color=False) == r' "no\n"'
    assert verdicts.reason({"error_message": None}) == []

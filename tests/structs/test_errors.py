"""Kafka's error codes."""

from __future__ import annotations

from structs.errors import ERRORS, error_name


def test_the_codes_are_those_of_kafka_without_a_gap() -> None:
    assert sorted(ERRORS) == list(range(-1, 137))
    assert len({error.name for error in ERRORS.values()}) == len(ERRORS)


def test_an_error_is_known_by_its_code() -> None:
    assert error_name(-1) == "UNKNOWN_SERVER_ERROR"
    assert error_name(0) == "NONE"
    assert error_name(3) == "UNKNOWN_TOPIC_OR_PARTITION"
    assert ERRORS[3].retriable
    assert not ERRORS[29].retriable
    assert ERRORS[6].former_name == "NOT_LEADER_FOR_PARTITION"
    assert ERRORS[100].since == "2.8"


def test_a_code_that_kafka_does_not_have_keeps_its_number() -> None:
    assert error_name(501) == "UNKNOWN(501)"

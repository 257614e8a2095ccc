"""Responses without their requests, and versions newer than known: read where only one reading makes sense."""

from __future__ import annotations

import struct

import pytest
from support.frames import make_response

from dissector.inference import MAX_ELEMENTS, Guess, Trials, nearest_version
from structs import registry

METADATA, HEARTBEAT, LEAVE_GROUP = 3, 12, 13
BROKERS = [{"node_id": 1, "host": "broker-1.example", "port": 9092, "rack": "a"}]
TOPICS = [{"name": "orders", "partitions": [{"replica_nodes": [1], "isr_nodes": [1]}]}]


def test_a_response_that_one_api_reads_is_recognised() -> None:
    data = make_response(METADATA, 8, {"brokers": BROKERS, "cluster_id": "c", "topics": TOPICS})
    guess = Trials().response(data)
    assert (guess.api_key, guess.fitting) == (METADATA, 1)
    assert guess.version == 8


def test_a_response_that_many_apis_read_is_not() -> None:
    """A throttle time and an error code are what several responses are."""
    guess = Trials().response(make_response(HEARTBEAT, 1, {}))
    assert (guess.api_key, guess.version) == (None, None)
    assert guess.fitting > 1


def test_trials_are_limited() -> None:
    """A capture of nothing but orphans costs no more than that."""
    data = make_response(METADATA, 8, {"brokers": BROKERS, "cluster_id": "c", "topics": TOPICS})
    trials = Trials(limit=1)
    assert trials.response(data).api_key == METADATA
    assert trials.response(data) == Guess(None, None, 0)


def test_what_is_tried_in_vain_uses_the_limit_up_by_its_size() -> None:
    """Hostile bytes keep many grammars busy."""
    data = make_response(METADATA, 8, {"brokers": BROKERS, "cluster_id": "c", "topics": TOPICS})
    trials = Trials(limit=105)
    for _ in range(5):
        assert trials.response(struct.pack(">i", 4000) * 1250) == Guess(None, None, 0)
        assert trials.response(data).api_key == METADATA
    assert trials.response(data).api_key is None


def test_a_search_for_boundaries_leaves_orphans_their_trials() -> None:
    data = make_response(METADATA, 8, {"brokers": BROKERS, "cluster_id": "c", "topics": TOPICS})
    trials = Trials(limit=8)
    assert [trials.fitting(data) for _ in range(6)] == [1, 1, 1, 1, 0, 0]
    assert trials.response(data).api_key == METADATA


def test_a_trial_reads_no_endless_arrays() -> None:
    """Bytes that many grammars read as arrays without end are given up after so many elements."""
    data = struct.pack(">i", 1) + b"\0" + bytes(4) + b"\xff\xff\x07" + b"\1" * (1 << 20)
    assert Trials().response(data).api_key is None
    many = {"members": [{"member_id": "m"}] * (MAX_ELEMENTS + 1)}
    assert Trials().response(make_response(LEAVE_GROUP, 4, many)).api_key is None


@pytest.mark.parametrize("appended", [b"", b"\0\1"])
def test_a_newer_version_is_read_by_the_newest_known(appended: bytes) -> None:
    """New versions append fields; what reads the bytes known, with little behind them, makes sense of them."""
    newest = registry.api(METADATA).versions.highest
    data = make_response(METADATA, newest, {"brokers": BROKERS, "cluster_id": "c", "topics": TOPICS}) + appended
    found = nearest_version(METADATA, newest + 1, "response", data, 5)
    assert found == (newest, registry.grammar(METADATA, newest, "response"))


def test_a_newer_version_that_reads_otherwise_is_left_alone() -> None:
    newest = registry.api(METADATA).versions.highest
    assert nearest_version(METADATA, newest + 1, "response", bytes(5) + b"\xff" * 40, 5) is None
    assert nearest_version(METADATA, newest, "response", bytes(40), 5) is None

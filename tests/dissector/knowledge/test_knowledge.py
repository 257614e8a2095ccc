"""Exchanges keep what was known when they settled, not what is known later."""

from __future__ import annotations

import pytest
from support.frames import Conversation

from dissector.knowledge import Knowledge
from structs import registry

METADATA, FETCH, JOIN_GROUP, SYNC_GROUP = 3, 1, 11, 14
ID = "abcdefghijklmnopqrstuA"


@pytest.fixture
def taught() -> Conversation:
    """A conversation that is learned from; the capture began at 5."""
    knowledge = Knowledge()
    knowledge.capture_start = 5
    conversation = Conversation()
    conversation.connection = type("Connection", (), {"server": "broker"})()
    conversation.make_correlator(knowledge=knowledge)
    return conversation


def test_topic_names(taught: Conversation) -> None:
    """What a response teaches is known with it, and not before."""
    topics = {"topics": [{"name": "orders", "topic_id": ID}]}
    numbers = iter(range(100))
    settled = []
    for key, version, body in [(FETCH, 13, {}), (METADATA, 12, topics), (FETCH, 13, {})] * 2:
        number = next(numbers)
        taught.request(key, version, correlation_id=number)
        settled += taught.response(key, version, body, correlation_id=number)
    assert [exchange.topic_names.get(ID) for exchange in settled] == [None, *["orders"] * 5]
    assert {exchange.capture_start for exchange in settled} == {5}


def test_groups(taught: Conversation) -> None:
    """Only exchanges about a group have one."""
    join = {"group_id": "g", "protocol_type": "consumer", "protocols": []}
    taught.request(JOIN_GROUP, 7, join, correlation_id=1)
    (joined,) = taught.response(
        JOIN_GROUP, 7, {"protocol_type": "consumer", "protocol_name": "range"}, correlation_id=1
    )
    taught.request(METADATA, 12, correlation_id=2)
    (other,) = taught.response(METADATA, 12, correlation_id=2)
    taught.request(SYNC_GROUP, 5, {"group_id": "g", "protocol_type": "consumer"}, correlation_id=3)
    (synchronised,) = taught.close()
    assert joined.group == synchronised.group == ("consumer", "range")
    assert other.group is None


def test_nothing_is_learned_of_apis_that_do_not_teach() -> None:
    """They are asked for nothing when they settle."""
    teaching = {api.key for api in registry.apis() if Knowledge().teaches(api.key)}
    assert teaching == {3, 4, 6, 11, 14, 15, 19, 20, 69, 75, 77, 90, 91, 92}

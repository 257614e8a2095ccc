"""Topic names are learned from the responses that announce them, and from no others."""

import pytest
from support.frames import Conversation

from dissector.knowledge.topics import TopicNames

ID, OTHER = "abcdefghijklmnopqrstuA", "zbcdefghijklmnopqrstuA"

ANNOUNCEMENTS = [
    (3, 10, {"topics": [{"name": "orders", "topic_id": ID}]}),
    (3, 13, {"topics": [{"name": "orders", "topic_id": ID}, {"name": None, "topic_id": OTHER}]}),
    (19, 7, {"topics": [{"name": "orders", "topic_id": ID}]}),
    (20, 6, {"responses": [{"name": "orders", "topic_id": ID}]}),
    (75, 0, {"topics": [{"name": "orders", "topic_id": ID}]}),
]


@pytest.mark.parametrize(("api_key", "version", "body"), ANNOUNCEMENTS)
def test_names_are_learned(conversation: Conversation, api_key: int, version: int, body: dict) -> None:
    names = TopicNames()
    conversation.request(api_key, version)
    (exchange,) = conversation.response(api_key, version, body)
    before = names.known
    names.learn(exchange.response)
    assert names.known == {**before, ID: "orders"}
    assert ID not in before


@pytest.mark.parametrize(("api_key", "version"), [(3, 9), (19, 6), (20, 5), (12, 4)])
def test_other_responses_are_not_decoded(conversation: Conversation, api_key: int, version: int) -> None:
    """Decoding costs time, and these have nothing to teach."""
    names = TopicNames()
    conversation.request(api_key, version)
    (exchange,) = conversation.response(api_key, version)
    names.learn(exchange.response)
    assert conversation.ledger.total("decoded") == 0
    assert list(names.known.values()) == ["__cluster_metadata"]


def test_an_id_of_zero_names_nothing(conversation: Conversation) -> None:
    """Brokers send the zero id for topics that they do not have."""
    names = TopicNames()
    conversation.request(3, 12)
    (exchange,) = conversation.response(3, 12, {"topics": [{"name": "missing"}]})
    names.learn(exchange.response)
    assert "missing" not in names.known.values()

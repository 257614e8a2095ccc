"""Topic names are learned from the messages that announce them, and from no others."""

import pytest
from support.frames import Conversation

from dissector.knowledge import topics
from dissector.knowledge.topics import TopicNames
from structs import registry

ID, OTHER = "abcdefghijklmnopqrstuA", "zbcdefghijklmnopqrstuA"

NAMED = {"topic_name": "orders", "topic_id": ID}
ANNOUNCEMENTS = [
    (3, 10, {"topics": [{"name": "orders", "topic_id": ID}]}),
    (3, 13, {"topics": [{"name": "orders", "topic_id": ID}, {"name": None, "topic_id": OTHER}]}),
    (19, 7, {"topics": [{"name": "orders", "topic_id": ID}]}),
    (20, 6, {"responses": [{"name": "orders", "topic_id": ID}]}),
    (75, 0, {"topics": [{"name": "orders", "topic_id": ID}]}),
    (69, 0, {"groups": [{"members": [{"assignment": {"topic_partitions": [NAMED]}, "target_assignment": {}}]}]}),
    (77, 1, {"groups": [{"members": [{"assignment": {"topic_partitions": [NAMED]}}]}]}),
    (90, 0, {"groups": [{"topics": [NAMED]}]}),
    (91, 0, {"responses": [NAMED]}),
    (92, 0, {"responses": [NAMED]}),
]
REQUESTS = [
    (4, 5, {"topic_states": [NAMED]}),
    (6, 7, {"topic_states": [NAMED]}),
    (6, 8, {"topic_states": [NAMED]}),
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


@pytest.mark.parametrize(("api_key", "version", "body"), REQUESTS)
def test_controllers_announce_names_in_requests(
    conversation: Conversation, api_key: int, version: int, body: dict
) -> None:
    """Brokers of the ZooKeeper days are told of topics, they do not ask."""
    names = TopicNames()
    conversation.request(api_key, version, body)
    (exchange,) = conversation.close()
    names.learn(exchange.request)
    assert names.known[ID] == "orders"


@pytest.mark.parametrize(("api_key", "version"), [(3, 12), (20, 6), (4, 4), (6, 6)])
def test_other_requests_are_not_decoded(conversation: Conversation, api_key: int, version: int) -> None:
    """Those that name a topic by its id or by its name never have both."""
    names = TopicNames()
    conversation.request(api_key, version)
    (exchange,) = conversation.close()
    names.learn(exchange.request)
    assert conversation.ledger.total("decoded") == 0


def test_the_oldest_names_go(conversation: Conversation) -> None:
    """However long the capture is, memory stays bounded; the topic that nobody announces stays."""
    names = TopicNames(limit=3)
    for number in range(5):
        conversation.request(3, 12)
        topics = [{"name": f"topic-{number}", "topic_id": f"{number}{ID[1:]}"}]
        (exchange,) = conversation.response(3, 12, {"topics": topics})
        names.learn(exchange.response)
    assert set(names.known.values()) == {"__cluster_metadata", "topic-2", "topic-3", "topic-4"}


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


def test_the_teachers_are_all_that_teach() -> None:
    """What the grammars say; a new release of Kafka may bring others."""
    found = set()
    for api in registry.apis():
        for version in api.versions.each():
            for side in ("request", "response"):
                layouts = [registry.grammar(api.key, version, side)]
                layouts += [layout for _, layout in registry.variants(api.key, version, side)]
                if any(topics._teaches(layout, is_request=side == "request") for layout in layouts):
                    found.add(api.key)
    assert found == topics.TEACHERS


def test_what_was_known_stays_known(conversation: Conversation) -> None:
    """Whoever keeps it sees neither names that were learned later nor that the oldest went."""
    names = TopicNames(limit=10)
    kept = []
    for number in range(100):
        conversation.request(3, 12)
        body = [{"name": f"topic-{number}", "topic_id": f"{number:02}{ID[2:]}"}, {"name": f"{number}", "topic_id": ID}]
        (exchange,) = conversation.response(3, 12, {"topics": body})
        names.learn(exchange.response)
        kept.append((names.known, dict(names.known)))
    assert all(known == then and len(known) == len(then) for known, then in kept)
    assert kept[50][0][ID] == "50"
    assert f"51{ID[2:]}" not in kept[50][0]
    assert kept[50][0].get(f"50{ID[2:]}") == "topic-50"

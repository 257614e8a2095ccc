"""What an exchange is about is found by what fields mean, and decodes no message that cannot tell."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import Conversation, make_frame, make_request, make_response

from dissector import facts
from dissector.capture import open_capture
from dissector.exchanges import GroupProtocol
from dissector.ledger import Category
from structs import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.exchanges import Exchange

ID, OTHER = "abcdefghijklmnopqrstuA", "zbcdefghijklmnopqrstuA"
PRODUCE, FETCH, METADATA, FIND_COORDINATOR, HEARTBEAT, API_VERSIONS = 0, 1, 3, 10, 12, 18

FACTS: list[Callable[[Exchange], Any]] = [
    facts.topics,
    facts.groups,
    facts.transactional_ids,
    facts.errors,
    facts.throttle_ms,
]


def exchange_of(conversation: Conversation, key: int, version: int, request: Any, response: Any) -> Exchange:
    conversation.request(key, version, request)
    (exchange,) = conversation.response(key, version, response)
    return exchange


def test_topics_are_named_once_in_the_order_of_their_appearance(conversation: Conversation) -> None:
    exchange = exchange_of(
        conversation,
        METADATA,
        9,
        {"topics": [{"name": "orders"}, {"name": "ordres"}]},
        {"topics": [{"name": "ordres"}, {"name": "orders"}, {"name": "payments"}]},
    )
    assert facts.topics(exchange) == ("orders", "ordres", "payments")


def test_topic_ids_are_names_where_these_are_known(conversation: Conversation) -> None:
    """Others stand as themselves; the id of zeros is that of no topic."""
    topics = [{"topic_id": ID}, {"topic_id": OTHER}, {"topic_id": "A" * 22}]
    exchange = exchange_of(conversation, FETCH, 13, {"topics": topics}, {"responses": []})
    exchange.topic_names = {ID: "orders"}
    assert facts.topics(exchange) == ("orders", OTHER)


def test_a_topic_may_be_called_like_an_id(conversation: Conversation) -> None:
    """Names that look like ids are names all the same."""
    exchange = exchange_of(conversation, METADATA, 9, {"topics": [{"name": ID}, {"name": "A" * 22}]}, {"topics": []})
    exchange.topic_names = {ID: "orders"}
    assert facts.topics(exchange) == (ID, "A" * 22)


def test_names_that_are_no_text_are_escaped() -> None:
    assert facts.text(b"or\xffders") == "or\\xffders"


def test_resources_are_what_their_type_says(conversation: Conversation) -> None:
    """Configurations and ACLs of topics and groups are about these; those of brokers are not."""
    resources = [
        {"resource_type": 2, "resource_name": "orders"},
        {"resource_type": 4, "resource_name": "1"},
        {"resource_type": 32, "resource_name": "billing"},
    ]
    configs = exchange_of(conversation, 32, 4, {"resources": resources}, {"results": []})
    assert (facts.topics(configs), facts.groups(configs)) == (("orders",), ("billing",))
    creations = [{"resource_type": number, "resource_name": f"of-{number}"} for number in range(8)]
    acls = exchange_of(conversation, 30, 2, {"creations": creations}, {"results": []})
    assert (facts.topics(acls), facts.groups(acls), facts.transactional_ids(acls)) == (("of-2",), ("of-3",), ("of-5",))
    wanted = {"filters": [{"resource_type_filter": 2, "resource_name_filter": name} for name in ("orders", None)]}
    assert facts.topics(exchange_of(conversation, 31, 2, wanted, {"filter_results": []})) == ("orders",)


@pytest.mark.parametrize(
    ("version", "request_body", "group", "transaction"),
    [
        (0, {"key": "billing"}, ("billing",), ()),
        (1, {"key": "billing", "key_type": 0}, ("billing",), ()),
        (3, {"key": "till-1", "key_type": 1}, (), ("till-1",)),
        (4, {"coordinator_keys": ["a", "b"], "key_type": 0}, ("a", "b"), ()),
        (4, {"coordinator_keys": ["a", "b"], "key_type": 1}, (), ("a", "b")),
        (6, {"coordinator_keys": ["a:b:0"], "key_type": 2}, (), ()),
    ],
)
def test_a_coordinator_is_looked_for_on_behalf_of_somebody(
    conversation: Conversation, version: int, request_body: Any, group: Any, transaction: Any
) -> None:
    exchange = exchange_of(conversation, FIND_COORDINATOR, version, request_body, {})
    assert (facts.groups(exchange), facts.transactional_ids(exchange)) == (group, transaction)


def test_errors_have_names_and_none_is_no_error(conversation: Conversation) -> None:
    topics = [{"error_code": code, "name": str(code)} for code in (0, 3, 5, 3, 501)]
    exchange = exchange_of(conversation, METADATA, 9, {"topics": None}, {"topics": topics})
    assert facts.errors(exchange) == ("UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE", "UNKNOWN(501)")


def test_errors_go_with_the_topics_where_they_stand(conversation: Conversation) -> None:
    """A partition's error is its topic's; what the response says of itself, or an envelope holds, is all topics'."""
    topics = [
        {"topic_id": ID, "partitions": [{"partition_index": 0, "error_code": code} for code in (0, 6, 6, 1)]},
        {"topic_id": OTHER, "partitions": [{"partition_index": 0}]},
    ]
    exchange = exchange_of(conversation, FETCH, 13, {"topics": []}, {"responses": topics})
    exchange.topic_names = {ID: "orders"}
    assert facts.topic_errors(exchange) == (
        ("orders", "NOT_LEADER_OR_FOLLOWER"),
        ("orders", "OFFSET_OUT_OF_RANGE"),
        (OTHER, None),
    )
    exchange = exchange_of(conversation, FETCH, 13, {"topics": []}, {"error_code": 70, "responses": topics[1:]})
    assert facts.topic_errors(exchange) == ((OTHER, "FETCH_SESSION_ID_NOT_FOUND"),)
    exchange = exchange_of(conversation, HEARTBEAT, 4, {"group_id": "g"}, {"error_code": 27})
    assert facts.topic_errors(exchange) == ((None, "REBALANCE_IN_PROGRESS"),)
    inner = make_request(19, 5, {"topics": [{"name": "orders"}]})
    answer = make_response(19, 5, {"topics": [{"name": "orders", "error_code": 36}]})
    exchange = exchange_of(conversation, 58, 0, {"request_data": inner}, {"response_data": answer})
    assert facts.topic_errors(exchange) == (("orders", "TOPIC_ALREADY_EXISTS"),)


def test_no_request_has_error_codes() -> None:
    """So `errors` can say that it decodes responses only."""
    for api in registry.apis():
        for version in api.versions.each():
            assert facts._plan(registry.grammar(api.key, version, "request"), frozenset({"error_code"})) is None


def test_throttling_is_read_without_decoding(conversation: Conversation) -> None:
    answered = exchange_of(conversation, HEARTBEAT, 4, {"group_id": "g"}, {"throttle_time_ms": 250})
    produced = exchange_of(
        conversation, PRODUCE, 8, {"acks": 1}, {"responses": [{"name": "orders"}], "throttle_time_ms": 17}
    )
    early = exchange_of(conversation, HEARTBEAT, 0, {"group_id": "g"}, {})
    conversation.request(HEARTBEAT, 4, {"group_id": "g"})
    (unanswered,) = conversation.close()
    assert [facts.throttle_ms(exchange) for exchange in (answered, produced, early, unanswered)] == [
        250,
        17,
        None,
        None,
    ]
    assert conversation.ledger.total(Category.DECODED) == 0


@pytest.mark.parametrize("fact", FACTS)
def test_messages_that_cannot_tell_are_not_decoded(conversation: Conversation, fact: Callable[[Exchange], Any]) -> None:
    """ApiVersions names nothing; its response has an error code."""
    exchange = exchange_of(conversation, API_VERSIONS, 0, {}, {})
    fact(exchange)
    decoded = exchange.response.size + 4 if fact is facts.errors else 0
    assert conversation.ledger.total(Category.DECODED) == decoded


@pytest.mark.parametrize("fact", FACTS)
def test_what_has_no_grammar_is_about_nothing(conversation: Conversation, fact: Callable[[Exchange], Any]) -> None:
    conversation.send("request", b"\x7f\xff\0\0\0\0\0\1\xff\xff")
    (unknown,) = conversation.send("response", b"\0\0\0\1\0\0")
    (orphan,) = Conversation(packets=1).make_correlator(response_patience=0).response(make_frame(b"\0\0\0\1"))
    assert not fact(unknown)
    assert not fact(orphan)


def test_what_was_read_before_an_error_counts(conversation: Conversation) -> None:
    conversation.request(METADATA, 9)
    body = registry.grammar(METADATA, 9, "response").build({"topics": [{"name": "orders"}, {"name": "payments"}]})
    (exchange,) = conversation.send("response", b"\0\0\0\1\0" + body[: body.index(b"payments") + 3])
    assert facts.topics(exchange) == ("orders",)
    assert exchange.response.error is not None


@pytest.mark.parametrize("name", ["orders.pcapng", "admin.pcap", "groups.pcap", "upgrade.pcap", "kafka-0.8.2.pcap"])
def test_what_is_named_stands_in_the_bytes(captures: Path, name: str) -> None:
    """Each topic by its name or its id, each group and transaction; and no topic is missed that a client logged."""
    found: set[str] = set()
    with open_capture(captures / name) as capture:
        for exchange in capture:
            data = b"".join(m.frame.data for m in (exchange.request, exchange.response) if m is not None)
            ids = {name: base64.urlsafe_b64decode(f"{number}==") for number, name in exchange.topic_names.items()}
            for topic in facts.topics(exchange):
                assert topic.encode() in data or ids[topic] in data
            for other in (*facts.groups(exchange), *facts.transactional_ids(exchange)):
                assert other.encode() in data
            found.update(facts.topics(exchange))
    log = (captures / f"{Path(name).stem}.records.jsonl").read_text(encoding="utf-8")
    logged = {json.loads(line).get("topic") for line in log.splitlines()}
    assert logged - {None} <= found


def test_members_of_groups_are_about_what_they_subscribe_to(conversation: Conversation) -> None:
    """Where the group speaks the consumer protocol; others have no topics in these bytes."""
    subscription = b"\0\0" + registry.data("ConsumerProtocolSubscription").at(0).build({"topics": ["orders"]})
    assigned = {"assigned_partitions": [{"topic": "payments", "partitions": [0]}]}
    assignment = b"\0\0" + registry.data("ConsumerProtocolAssignment").at(0).build(assigned)
    for kind, topics in (("consumer", ("orders",)), ("sr", ()), (None, ())):
        protocols = [{"name": "range", "metadata": subscription}]
        request = {"group_id": "billing", "protocol_type": kind or "", "protocols": protocols}
        assert facts.topics(exchange_of(conversation, 11, 5, request, {})) == topics
    exchange = exchange_of(conversation, 14, 5, {"group_id": "billing"}, {"assignment": assignment})
    assert facts.topics(exchange) == ()
    exchange.group = GroupProtocol("consumer", "range")
    assert (facts.topics(exchange), facts.groups(exchange)) == (("payments",), ("billing",))


def test_what_is_forwarded_counts(conversation: Conversation) -> None:
    """Brokers hand requests for the controller on in envelopes (KIP-590)."""
    inner = make_request(19, 5, {"topics": [{"name": "orders"}]})
    answer = make_response(19, 5, {"topics": [{"name": "orders", "error_code": 36}]})
    exchange = exchange_of(conversation, 58, 0, {"request_data": inner}, {"response_data": answer})
    assert (facts.topics(exchange), facts.errors(exchange)) == (("orders",), ("TOPIC_ALREADY_EXISTS",))
    twice = make_request(58, 0, {"request_data": inner})
    exchange = exchange_of(conversation, 58, 0, {"request_data": twice}, {})
    assert (facts.topics(exchange), facts.groups(exchange)) == (("orders",), ())
    broken = exchange_of(conversation, 58, 0, {"request_data": inner[:-4]}, {"response_data": b"\0"})
    assert (facts.topics(broken), facts.errors(broken)) == (("orders",), ())


def test_partitions_have_their_topics(conversation: Conversation) -> None:
    """By name or id, as numbers or structs, once each; those of topics that nobody names are nobody's."""
    topics = [
        {"topic_id": ID, "partitions": [{"partition": 3}, {"partition": 0}]},
        {"topic_id": OTHER, "partitions": [{"partition": 1}]},
        {"topic_id": "A" * 22, "partitions": [{"partition": 2}]},
    ]
    forgotten = [{"topic_id": ID, "partitions": [3, 7]}]
    request = {"topics": topics, "forgotten_topics_data": forgotten}
    exchange = exchange_of(conversation, FETCH, 13, request, {"responses": []})
    exchange.topic_names = {ID: "orders"}
    assert facts.partitions(exchange) == (("orders", 3), ("orders", 0), (OTHER, 1), ("orders", 7))
    heartbeat = exchange_of(conversation, HEARTBEAT, 4, {"group_id": "g"}, {})
    before = conversation.ledger.total(Category.DECODED)
    assert facts.partitions(heartbeat) == ()
    assert conversation.ledger.total(Category.DECODED) == before

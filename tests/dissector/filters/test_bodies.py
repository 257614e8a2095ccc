"""Paths into bodies: where they lead, and what is read for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dissector import filters
from dissector.filters import bodies
from dissector.ledger import Category
from structs import registry

if TYPE_CHECKING:
    from support.frames import Conversation

PRODUCE, METADATA, HEARTBEAT, CONSUMER_GROUP_HEARTBEAT = 0, 3, 12, 68


@pytest.mark.parametrize(
    ("key", "side", "path", "can_peek"),
    [
        (PRODUCE, "request", "acks", True),
        (PRODUCE, "request", "timeout_ms", True),
        (PRODUCE, "request", "transactional_id", False),  # null looks as if it could not be had
        (PRODUCE, "request", "topic_data", False),
        (PRODUCE, "request", "topic_data.name", False),
        (PRODUCE, "response", "throttle_time_ms", False),  # everything stands before it
        (METADATA, "response", "throttle_time_ms", True),
    ],
)
def test_first_fields_can_be_peeked_at(key: int, side: Any, path: str, can_peek: bool) -> None:
    place = bodies.place_of(registry.grammar(key, 9, side), tuple(path.split(".")))
    assert place is not None
    assert place.can_peek is can_peek


def test_what_a_version_lacks_leads_nowhere() -> None:
    assert bodies.place_of(registry.grammar(PRODUCE, 2, "request"), ("transactional_id",)) is None
    assert bodies.place_of(registry.grammar(PRODUCE, 2, "request"), ("acks", "more")) is None


def test_peeking_decodes_nothing(conversation: Conversation) -> None:
    conversation.request(PRODUCE, 8, {"acks": 0, "topic_data": [{"name": "orders"}]})
    (exchange,) = conversation.close()
    assert filters.parse("request.acks == 0 and request.timeout_ms == 0")(exchange)
    assert conversation.ledger.total(Category.DECODED) == 0
    assert filters.parse("request.topic_data.name == orders")(exchange)
    assert conversation.ledger.total(Category.DECODED) == exchange.request.frame.captured


def test_early_layouts_are_told_apart_before_anything_is_said(conversation: Conversation) -> None:
    """A field that only the layout of Kafka 3.5 has is found there, one that only the later has is not."""
    (early,) = registry.variants(CONSUMER_GROUP_HEARTBEAT, 0, "request")
    new = registry.grammar(CONSUMER_GROUP_HEARTBEAT, 0, "request")
    names = [{member.name for member in grammar.members} for grammar in (early.grammar, new)]
    (only_early, *_), only_new = sorted(names[0] - names[1]), sorted(names[1] - names[0])
    body = early.grammar.build({"group_id": "g", "member_id": "m", "subscribed_topic_names": ["orders"]})
    conversation.request(CONSUMER_GROUP_HEARTBEAT, 0)
    (plain,) = conversation.close()
    head = plain.request.frame.data[: plain.request.header.stop]
    conversation.send("request", head + body)
    (exchange,) = conversation.close()
    assert filters.parse(f"has request.{only_early} or request.{only_early} == null")(exchange)
    assert not any(filters.parse(f"has request.{name}")(exchange) for name in only_new)
    assert filters.parse("request.group_id == g")(exchange)

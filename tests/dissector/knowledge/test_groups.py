"""What groups were seen to talk, kept for messages that do not say it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from support.frames import Conversation

from dissector.exchanges import GroupProtocol
from dissector.knowledge.groups import GroupProtocols

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

JOIN, SYNC, DESCRIBE = 11, 14, 15
SERVER = SimpleNamespace(server=("10.0.0.2", 9092))


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(connection=SERVER)


def joined(conversation: Conversation, version: int, **fields: object) -> Exchange:
    conversation.request(JOIN, version, {"group_id": "g", "protocol_type": "consumer"})
    (exchange,) = conversation.response(JOIN, version, {"protocol_name": "range", **fields})
    return exchange


def synced(conversation: Conversation, version: int, **fields: object) -> Exchange:
    conversation.request(SYNC, version, {"group_id": "g", **fields})
    (exchange,) = conversation.response(SYNC, version, {})
    return exchange


@pytest.mark.parametrize("version", [0, 4, 6, 7, 9])
def test_joining_tells_the_protocol_for_those_who_sync(conversation: Conversation, version: int) -> None:
    """The type stands in the request, what was chosen in the response; SyncGroup says neither below version 5."""
    groups = GroupProtocols()
    fields = {"protocol_type": "consumer"} if version >= 7 else {}
    assert groups.learn(joined(conversation, version, **fields)) == GroupProtocol("consumer", "range")
    assert groups.learn(synced(conversation, 3)) == GroupProtocol("consumer", "range")


def test_an_error_chooses_nothing(conversation: Conversation) -> None:
    groups = GroupProtocols()
    exchange = joined(conversation, 4, error_code=79, protocol_name="")
    assert groups.learn(exchange) == GroupProtocol("consumer", None)


def test_syncing_says_it_itself_from_version_5_on(conversation: Conversation) -> None:
    groups = GroupProtocols()
    exchange = synced(conversation, 5, protocol_type="connect", protocol_name="sessioned")
    assert groups.learn(exchange) == GroupProtocol("connect", "sessioned")


def test_looking_at_groups_tells_as_well(conversation: Conversation) -> None:
    groups = GroupProtocols()
    conversation.request(DESCRIBE, 0, {"groups": ["g"]})
    described = {"group_id": "g", "protocol_type": "consumer", "protocol_data": "sticky"}
    (exchange,) = conversation.response(DESCRIBE, 0, {"groups": [described]})
    assert groups.learn(exchange) is None
    assert groups.learn(synced(conversation, 0)) == GroupProtocol("consumer", "sticky")


def test_what_was_pinned_stays(conversation: Conversation) -> None:
    """A group that changes its protocol gets a new value; the old one is as it was. Another type forgets the name."""
    groups = GroupProtocols()
    before = groups.learn(synced(conversation, 5, protocol_type="consumer", protocol_name="range"))
    conversation.request(JOIN, 0, {"group_id": "g", "protocol_type": "connect"})
    (unanswered,) = conversation.close()
    assert groups.learn(unanswered) == GroupProtocol("connect", None)
    assert before == GroupProtocol("consumer", "range")


def test_groups_of_other_servers_are_other_groups(conversation: Conversation) -> None:
    groups = GroupProtocols()
    groups.learn(joined(conversation, 4))
    elsewhere = Conversation(connection=SimpleNamespace(server=("10.0.0.3", 9092)))
    assert groups.learn(synced(elsewhere, 3)) is None


def test_the_oldest_groups_go_when_there_are_too_many(conversation: Conversation) -> None:
    groups = GroupProtocols(limit=1)
    groups.learn(joined(conversation, 4))
    conversation.request(JOIN, 4, {"group_id": "other", "protocol_type": "consumer"})
    groups.learn(conversation.response(JOIN, 4, {})[0])
    assert groups.learn(synced(conversation, 3)) is None


def test_an_orphan_teaches_nothing(conversation: Conversation) -> None:
    (orphan,) = [*conversation.response(JOIN, 4, {}), *conversation.close()]
    assert GroupProtocols().learn(orphan) is None

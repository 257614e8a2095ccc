"""What an exchange says of its two messages, whichever of them is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.frames import Conversation

    from dissector.exchanges import Exchange

METADATA, HEARTBEAT = 3, 12


@pytest.fixture
def answered(conversation: Conversation) -> Exchange:
    conversation.request(METADATA, 1, correlation_id=7, client_id="me")
    (exchange,) = conversation.response(METADATA, 1, correlation_id=7)
    return exchange


def test_what_the_request_says(answered: Exchange) -> None:
    assert (answered.api_key, answered.api_name, answered.api_version) == (METADATA, "Metadata", 1)
    assert (answered.client_id, answered.correlation_id) == ("me", 7)
    assert repr(answered) == "<Exchange Metadata v1, correlation id 7: answered>"


def test_times(answered: Exchange) -> None:
    """Packets of these frames come a millisecond apart."""
    assert answered.latency == 1_000_000
    assert answered.settled_at == answered.response.timestamp == answered.request.timestamp + 1_000_000


def test_an_orphan_speaks_for_itself(conversation: Conversation) -> None:
    conversation.response(HEARTBEAT, 0, correlation_id=9)
    (orphan,) = conversation.close()
    assert (orphan.request, orphan.api_key, orphan.client_id, orphan.latency) == (None, None, None, None)
    assert orphan.correlation_id == 9
    assert orphan.settled_at == orphan.response.timestamp


def test_a_request_alone(conversation: Conversation) -> None:
    conversation.request(HEARTBEAT, 0, correlation_id=9)
    (exchange,) = conversation.close()
    assert (exchange.response, exchange.latency, exchange.settled_at) == (None, None, exchange.request.timestamp)

"""What the tests of the dissector share: conversations, and exchanges made with the grammars."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from support.frames import Conversation

from dissector.segments import Endpoint

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

TOPIC_ID = "G6wOODv1SyO35W7HKelZgA"


class MakeExchange(Protocol):
    """Makes an exchange of bodies; without a response it stays unanswered."""

    def __call__(
        self,
        api_key: int,
        version: int,
        request: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None,
        **header: Any,
    ) -> Exchange: ...


@pytest.fixture
def conversation() -> Conversation:
    """A connection that nothing was said on yet."""
    return Conversation()


@pytest.fixture
def connected() -> Conversation:
    """A conversation whose connection has ends."""
    ends = SimpleNamespace(id=0, client=Endpoint("10.0.0.1", 40_000), server=Endpoint("10.0.0.2", 9092))
    return Conversation(connection=ends)


@pytest.fixture
def make_exchange(connected: Conversation) -> MakeExchange:
    """Return what makes exchanges on one connection."""

    def make(
        api_key: int,
        version: int,
        request: dict[str, Any] | None = None,
        response: dict[str, Any] | None = None,
        **header: Any,
    ) -> Exchange:
        settled = connected.request(api_key, version, request, **header)
        settled += connected.close() if response is None else connected.response(api_key, version, response)
        (exchange,) = settled
        exchange.topic_names = {TOPIC_ID: "orders"}
        return exchange

    return make

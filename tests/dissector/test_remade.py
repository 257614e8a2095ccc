"""Exchanges that are made again: what is special about them; that all of a capture are, is held where it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector.ledger import Ledger
from dissector.remade import NOBODY_LOOKED, OnceBooks, kind_of, remake
from dissector.views import jsonl
from structs.records import DEFAULT

if TYPE_CHECKING:
    from support.frames import Conversation

    from dissector.exchanges import Exchange

METADATA = 3
API_VERSIONS = 18


def again(exchange: Exchange) -> Exchange:
    frames = [message.frame for message in (exchange.request, exchange.response) if message is not None]
    books = [Ledger() for _ in frames]
    return remake(kind_of(exchange), frames, books, DEFAULT, exchange.topic_names, exchange.capture_start)


@pytest.mark.parametrize(("api_key", "version"), [(METADATA, 1), (METADATA, 9), (API_VERSIONS, 3)])
def test_a_response_whose_request_was_given_up_keeps_its_api(
    connected: Conversation, api_key: int, version: int
) -> None:
    connected.make_correlator(max_pending=1)
    connected.request(api_key, version, correlation_id=1)
    connected.request(METADATA, 0, correlation_id=2)
    (late,) = connected.response(api_key, version, correlation_id=1)
    assert late.outcome_reason == "request_given_up"
    assert again(late).api_version == version
    assert jsonl.line(again(late)) == jsonl.line(late)


def test_what_is_like_others_is_known_by_its_head(connected: Conversation) -> None:
    for number in (1, 2):
        connected.request(METADATA, 9, {"topics": []}, correlation_id=number)
        (exchange,) = connected.response(METADATA, 9, {"brokers": []}, correlation_id=number)
    assert kind_of(exchange).head is exchange.request.head
    assert jsonl.line(again(exchange)) == jsonl.line(exchange)


def test_bytes_are_booked_once_however_often_somebody_looks() -> None:
    ledger = Ledger()
    unread = [NOBODY_LOOKED]
    for _ in range(3):
        books = OnceBooks(ledger, unread, 0, 100)
        books.read(60)
        books.fail(10, "a cause", 7)
    assert unread == [30]
    assert {(entry.category.value, entry.cause): size for entry, size in ledger.entries.items()} == {
        ("undecoded", "a cause"): 10,
        ("decodable but not asked for", ""): -70,
        ("decoded", ""): 60,
    }

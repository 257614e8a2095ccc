"""What is known of how a connection's messages begin gives the same messages as reading each of them."""

from __future__ import annotations

import pytest
from support.frames import make_frame, make_request, make_response

from dissector.events import SNAP_LENGTH
from dissector.framing import Hole
from dissector.heads import Heads
from dissector.ledger import Ledger
from dissector.messages import Message, read_request, read_response
from structs import registry
from structs.records import DEFAULT

PRODUCE, METADATA, API_VERSIONS = 0, 3, 18


@pytest.fixture
def heads() -> Heads:
    return Heads(Ledger(), DEFAULT, (set(),), lambda key: key == METADATA)


def said(message: Message) -> tuple[object, ...]:
    """Return what a message says, its head's answer apart."""
    head = message.head
    layout = head.layout.api_key, head.layout.api_version, head.layout.grammar, head.layout.inferred
    return layout, head.client_id, head.start, message.correlation_id, message.body, message.warnings


def test_requests_that_begin_alike_share_a_head(heads: Heads) -> None:
    first, second, other = (
        heads.read_request(make_frame(make_request(METADATA, 9, {}, correlation_id=number, client_id=client)))
        for number, client in ((7, "a"), (-8, "a"), (9, "b"))
    )
    assert first.head is second.head
    assert (second.correlation_id, second.client_id) == (-8, "a")
    assert other.head is not first.head
    assert (other.correlation_id, other.client_id) == (9, "b")
    assert first.head.teaches


def test_it_is_said_which_apis_were_used() -> None:
    asked: tuple[set[tuple[int, int]], ...] = (set(), set())
    heads = Heads(Ledger(), DEFAULT, asked, lambda _: False)
    for version in (1, 2, 1):
        heads.read_request(make_frame(make_request(METADATA, version, {})))
    assert asked == ({(METADATA, 1), (METADATA, 2)},) * 2


@pytest.mark.parametrize("api", registry.apis(), ids=lambda api: api.name)
def test_known_heads_give_what_reading_gives(heads: Heads, api: registry.Api) -> None:
    for version in api.versions.each():
        for number in (1, 2):
            frame = make_frame(make_request(api.key, version, {}, correlation_id=number))
            assert said(heads.read_request(frame)) == said(read_request(frame, Ledger()))
            request = heads.read_request(frame)
            answer = make_frame(make_response(api.key, version, {}, correlation_id=number))
            found = heads.read_response(answer, request)
            assert said(found) == said(read_response(answer, request, Ledger()))


def test_an_answer_to_produce_is_foreseen_once_there_was_one(heads: Heads) -> None:
    frame = make_frame(make_request(PRODUCE, 7, {"acks": 1}))
    assert heads.read_request(frame).head.answer is None
    heads.expect_answers_to_produce()
    assert heads.read_request(frame).head.answer is not None
    assert heads.read_request(make_frame(make_request(PRODUCE, 8, {}))).head.answer is not None


def test_the_answer_to_api_versions_is_never_foreseen(heads: Heads) -> None:
    """A broker that lacks the version answers in another one (KIP-511)."""
    assert heads.read_request(make_frame(make_request(API_VERSIONS, 3, {}))).head.answer is None


def test_an_answer_that_begins_otherwise_is_read(heads: Heads) -> None:
    """A response header with a tagged field, which none has today."""
    request = heads.read_request(make_frame(make_request(METADATA, 9, {})))
    data = make_response(METADATA, 9, {})
    tagged = make_frame(data[:4] + b"\1\x05\1x" + data[5:])
    found = heads.read_response(tagged, request)
    assert found.head is not request.head.answer
    assert found.body == heads.read_response(make_frame(data), request).body


def test_what_is_cut_off_is_read(heads: Heads) -> None:
    whole = make_frame(make_request(METADATA, 9, {}))
    heads.read_request(whole)
    for stop in range(whole.size):
        cut = whole._replace(data=whole.data[:stop], missing=(Hole(stop, whole.size - stop, SNAP_LENGTH),))
        assert said(heads.read_request(cut)) == said(read_request(cut, Ledger()))

"""Requests that wait are found by their ids, however many there are."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st
from support.frames import make_frame, make_request

from dissector.ledger import Ledger
from dissector.messages import Message, read_request
from dissector.pending import PendingRequests

METADATA = 3
IDS = st.integers(-3, 6)


def make_message(correlation_id: int) -> Message:
    return read_request(make_frame(make_request(METADATA, 1, {}, correlation_id=correlation_id)), Ledger())


@given(st.lists(st.one_of(IDS, st.none(), st.sampled_from(["asked", "let go"])), max_size=30), IDS)
def test_what_is_asked_for_is_what_waits(steps: list[int | str | None], number: int) -> None:
    """Whether ids are counted or not; None takes the oldest request."""
    pending = PendingRequests()
    expected: list[int] = []
    for step in steps:
        if step == "asked":
            pending.has(number)
        elif step == "let go":
            assert pending.let_ids_go()
        elif step is not None:
            expected.append(step)
            pending.add(make_message(step))
        elif expected:
            assert pending.take().correlation_id == expected.pop(0)
        assert [request.correlation_id for request in pending.messages] == expected
        assert pending.size == sum(request.frame.captured for request in pending.messages)
    assert pending.has(number) == (number in expected)
    assert pending.index(number) == (expected.index(number) if number in expected else None)
    if number in expected:
        assert pending.distance(number) == 0
    elif expected and number < expected[0]:
        assert pending.distance(number) == expected[0] - number
    else:
        assert pending.distance(number) is None


def test_asking_for_what_does_not_wait_costs_no_search() -> None:
    """It is asked at every byte of a stream whose boundaries are not known."""
    pending = PendingRequests()
    for number in range(20_000):
        pending.add(make_message(number))
    assert pending.has(0)
    assert not pending.let_ids_go()
    start = time.process_time()
    for number in range(100_000, 150_000):
        assert pending.index(number) is None
        assert pending.distance(number) is None
    assert time.process_time() - start < 5

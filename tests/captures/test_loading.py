"""What `load` gives of every sample capture is what `open_capture` gives, whenever one looks, and however often."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector import facts
from dissector.loaded.capture import LoadedCapture
from dissector.loaded.store import Store
from dissector.views import jsonl

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def streamed(capture: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Any, Any]:
    """Give a capture's exchanges as JSON, their frames, and the ledger before and after they were looked at."""
    with dissector.open_capture(capture) as opened:
        exchanges = list(opened)
    before = books(opened.ledger)
    values = [jsonl.as_dict(exchange) for exchange in exchanges]
    return values, [frames(exchange) for exchange in exchanges], before, books(opened.ledger)


def books(ledger: dissector.Ledger) -> Any:
    """Return what a ledger says; which packets are examples depends on the order in which one looks."""
    assert ledger.discrepancies() == []
    said = ledger.as_dict()
    entries = {(entry["category"], entry["cause"]): entry["bytes"] for entry in said.pop("payload")["entries"]}
    return said, entries


def frames(exchange: dissector.Exchange) -> dict[str, Any]:
    sides = {"request": exchange.request, "response": exchange.response}
    found = {side: (message.frame, message.remark, message.side) for side, message in sides.items() if message}
    pinned = (exchange.group, exchange.mechanism, exchange.capture_start, exchange.outcome, dict(exchange.topic_names))
    return {**found, "pinned": pinned}


def test_exchanges_are_those_of_the_stream(capture: Path, streamed: Any) -> None:
    """Bodies, frames, what was known then; and the ledger follows what is looked at, once."""
    values, framed, before, after = streamed
    with dissector.load(capture) as loaded:
        assert len(loaded) == len(values)
        assert books(loaded.ledger) == before
        assert [frames(exchange) for exchange in loaded] == framed
        assert books(loaded.ledger) == before
        order = list(range(len(values)))
        random.Random(1).shuffle(order)  # noqa: S311
        for number in order:
            assert jsonl.as_dict(loaded[number]) == values[number]
        assert books(loaded.ledger) == after
        assert [jsonl.as_dict(exchange) for exchange in loaded] == values
        assert books(loaded.ledger) == after


def test_nothing_is_counted_twice_where_nothing_is_kept(capture: Path, streamed: Any) -> None:
    """An exchange that is made anew each time it is asked for moves the ledger the first time only."""
    values, _, _, after = streamed
    store = Store(max_exchanges=0)
    with dissector.open_capture(capture) as opened:
        store.add_all(opened)
        store.finish(opened.ledger, opened.record_limits)
    loaded = LoadedCapture(store, opened.ledger, None)
    for _ in range(2):
        for number, expected in enumerate(values):
            for message in (loaded[number].request, loaded[number].response):
                assert message is None or message.body is not None or message.error is not None or message.is_token
            assert jsonl.as_dict(loaded[number]) == expected
    assert books(loaded.ledger) == after


def test_names_have_the_exchanges_that_name_them(capture: Path) -> None:
    """Those of kinds that cannot name any are passed over; nothing is missed by that."""
    with dissector.load(capture) as loaded:
        for names_of, found in ((facts.topics, loaded.topics), (facts.groups, loaded.groups)):
            expected: dict[str, list[int]] = {}
            for number, exchange in enumerate(loaded):
                for name in names_of(exchange):
                    expected.setdefault(name, []).append(number)
            assert {name: list(several.numbers) for name, several in found.items()} == expected

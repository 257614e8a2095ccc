"""The summary of a capture counts what going through it counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

import dissector
from dissector import Outcome, facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ["orders.pcapng", "errors.pcap", "sasl.pcap", "quorum.pcap"]


@pytest.fixture(scope="module", params=NAMES)
def loaded(request: pytest.FixtureRequest, captures: Path) -> Iterator[dissector.LoadedCapture]:
    with dissector.load(captures / request.param) as capture:
        yield capture


def counted(names: Iterator[str]) -> dict[str, int]:
    return dict(Counter(names))


def test_it_counts_what_is_there(loaded: dissector.LoadedCapture) -> None:
    found = loaded.summary()
    exchanges = list(loaded)
    messages = list(loaded.messages)
    assert (found.exchanges, found.messages) == (len(exchanges), len(messages))
    assert found.bytes == sum(message.size for message in messages)
    assert found.start == min(message.timestamp for message in messages)
    assert found.end == max(message.timestamp for message in messages)
    assert found.duration == found.end - found.start
    assert found.connections == len(loaded.connections)
    assert found.clients == Counter(exchange.client_id for exchange in exchanges)
    ends = (exchange.connection.server for exchange in exchanges)
    assert found.brokers == Counter(f"{end.host}:{end.port}" for end in ends if end is not None)
    assert found.outcomes == Counter((exchange.outcome, exchange.outcome_reason) for exchange in exchanges)
    assert found.topics == Counter(name for exchange in exchanges for name in facts.topics(exchange))
    assert found.groups == Counter(name for exchange in exchanges for name in facts.groups(exchange))
    assert found.errors == Counter(name for exchange in exchanges for name in facts.errors(exchange))
    assert found.looked_into == len(exchanges)


def test_apis_have_their_versions_and_latencies(loaded: dissector.LoadedCapture) -> None:
    found = {api.name: api for api in loaded.summary().apis}
    assert [api.exchanges for api in found.values()] == sorted((api.exchanges for api in found.values()), reverse=True)
    assert set(found) == {exchange.api_name or "unknown" for exchange in loaded}
    for name, api in found.items():
        own = [exchange for exchange in loaded if (exchange.api_name or "unknown") == name]
        latencies = sorted(exchange.latency for exchange in own if exchange.latency is not None)
        assert api.versions == Counter(exchange.api_version for exchange in own)
        assert api.unanswered == sum(exchange.outcome is Outcome.UNANSWERED for exchange in own)
        assert api.longest == max(latencies, default=None)
        if latencies:
            assert sum(latency <= api.median for latency in latencies) * 2 >= len(latencies)
            assert sum(latency < api.median for latency in latencies) * 2 < len(latencies)
            assert sum(latency <= api.p99 for latency in latencies) >= len(latencies) * 0.99
        assert sum(api.per_bucket) == api.exchanges


def test_time_is_divided(loaded: dissector.LoadedCapture) -> None:
    found = loaded.summary()
    assert sum(found.requests) == len(loaded)
    assert found.bucket * len(found.requests) > found.duration
    assert list(found.requests) == [sum(column) for column in zip(*(api.per_bucket for api in found.apis), strict=True)]
    assert sum(found.unanswered) == sum(exchange.outcome is Outcome.UNANSWERED for exchange in loaded)


def test_of_rare_apis_all_are_looked_into(captures: Path) -> None:
    """What went wrong with a group stands in few exchanges, among many of Produce and Fetch."""
    with dissector.load(captures / "orders.pcapng") as loaded:
        few, whole = loaded.summary(bodies=150), loaded.summary(bodies=None)
        assert few.looked_into <= 150
        for name in ("MEMBER_ID_REQUIRED", "REBALANCE_IN_PROGRESS", "GROUP_ID_NOT_FOUND", "TOPIC_ALREADY_EXISTS"):
            assert few.errors[name] == whole.errors[name]
        assert loaded.summary(bodies=1).looked_into <= 1


def test_of_many_exchanges_some_are_looked_into(captures: Path) -> None:
    with dissector.load(captures / "groups.pcap") as loaded:
        few = loaded.summary(bodies=100)
        assert 50 < few.looked_into <= 100
        assert sum(few.topics.values()) < sum(loaded.summary(bodies=None).topics.values())
        assert few.exchanges == len(loaded)
        assert loaded.summary(bodies=100) is few


def test_of_a_selection_it_is_the_selections(captures: Path) -> None:
    with dissector.load(captures / "orders.pcapng") as loaded:
        found = loaded.exchanges("api == Metadata").summary()
        assert [api.name for api in found.apis] == ["Metadata"]
        nothing = loaded.exchanges(lambda _: False).summary()
        assert (nothing.start, nothing.end, nothing.duration, nothing.exchanges) == (None, None, 0, 0)
        assert nothing.apis == []

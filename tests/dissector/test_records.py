"""The records of an exchange: every field of every message that has some, under the topic and partition around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.records import _places, each_field, each_record
from dissector.recordsets import ways_to_records
from structs import registry
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.grammar import Side

HEARTBEAT = 12
CAPTURES = Path(__file__).resolve().parents[2] / "captures"


@pytest.fixture(scope="module", params=["cluster.pcap", "codecs.pcap", "eras.pcap", "quorum.pcap", "kafka-0.8.2.pcap"])
def exchanges(request: pytest.FixtureRequest) -> list[dissector.Exchange]:
    with dissector.open_capture(CAPTURES / request.param) as capture:
        return list(capture)


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], RecordSet]]:
    """Yield what holds records in a body, knowing nothing of grammars."""
    if isinstance(value, RecordSet):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from walk(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from walk(part, (*path, index))


def nearest(body: Any, path: tuple[str | int, ...], *names: str) -> Any:
    """Return the innermost of the values with one of these names on the way to a place in a body."""
    found = None
    for step in path:
        if isinstance(body, dict):
            found = next((body[name] for name in names if name in body), found)
        body = body[step]
    return found


def test_every_field_is_found_where_it_is(exchanges: list[dissector.Exchange]) -> None:
    """In the order of the bodies, and with what stands around it."""
    count = 0
    for exchange in exchanges:
        fields = list(each_field(exchange))
        messages = [message for message in (exchange.request, exchange.response) if message is not None]
        walked = [(message, *found) for message in messages for found in walk(message.body)]
        assert [(field.message, field.path, id(field.batches)) for field in fields] == [
            (message, path, id(batches)) for message, path, batches in walked
        ]
        for field in fields:
            body = field.message.body
            topic_id = nearest(body, field.path, "topic_id")
            name = nearest(body, field.path, "topic", "name")
            assert field.topic_id == topic_id
            assert field.topic == (name if name is not None else exchange.topic_names.get(topic_id))
            assert field.partition == nearest(body, field.path, "index", "partition", "partition_index")
        count += len(fields)
    assert count > 0


def test_every_record_is_there_with_its_place(exchanges: list[dissector.Exchange]) -> None:
    for exchange in exchanges:
        records = list(each_record(exchange))
        assert [(located.field, located.batch.index, located.place, located.record) for located in records] == [
            (field, batch.index, place, record)
            for field in each_field(exchange)
            for batch in field.batches
            for place, record in enumerate(batch)
        ]
        for located in records:
            assert located.exchange is exchange
            assert located[-1] == (
                located.offset,
                located.record.timestamp,
                located.key,
                located.value,
                *located[-1][4:],
            )
            assert located.is_produced == (located.field.message is exchange.request)
            assert (located.topic, located.partition) == (located.field.topic, located.field.partition)


@pytest.mark.parametrize("side", ["request", "response"])
def test_all_messages_with_records_have_them_in_partitions_of_topics(side: Side) -> None:
    """And say whose they are."""
    found = set()
    for api in registry.apis():
        for version in api.versions.each():
            variants = [grammar for _, grammar in registry.variants(api.key, version, side)]
            for grammar in (registry.grammar(api.key, version, side), *variants):
                if ways_to_records(grammar):
                    places = _places(grammar)
                    assert ways_to_records(grammar) == (
                        (places.topics, ((places.partitions, ((places.records, None),)),)),
                    )
                    assert places.topic or places.topic_id
                    assert places.partition
                    found.add(api.name)
    assert found == {"request": {"Produce"}, "response": {"Fetch", "ShareFetch"}}[side]


def test_messages_without_records_are_not_decoded() -> None:
    """To look for records in them costs nothing."""
    with dissector.open_capture(CAPTURES / "cluster.pcap") as capture:
        heartbeats = [exchange for exchange in capture if exchange.api_key == HEARTBEAT]
        assert heartbeats
        for exchange in heartbeats:
            assert not list(each_field(exchange))
            assert exchange.request is not None
            assert exchange.request.unread is None  # nobody looked at the body

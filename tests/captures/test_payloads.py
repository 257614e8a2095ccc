"""Payloads in the sample captures: all that can be known is decoded, and nothing real is complained about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from dissector.engine import Dissection
from dissector.sources.files import CaptureReader
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP_APIS = {"JoinGroup": 11, "SyncGroup": 14, "DescribeGroups": 15}
BYTES = {"metadata", "assignment", "member_metadata", "member_assignment"}


def exchanges(path: Path, ports: set[int]) -> Iterator[dict[str, Any]]:
    dissection = Dissection(ports=ports)
    with CaptureReader(path) as packets:
        for packet in packets:
            yield from map(jsonl.as_dict, dissection.feed(packet))
    yield from map(jsonl.as_dict, dissection.finish())


def structs(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from structs(item)


@pytest.mark.parametrize("name", ["orders.pcapng", "groups.pcap", "transactions.pcap"])
def test_what_the_members_of_groups_say_is_decoded(captures: Path, name: str) -> None:
    """Every payload that is not empty, of every client library, without a warning."""
    seen: Counter[str] = Counter()
    for exchange in exchanges(captures / name, {9092}):
        if exchange["api_name"] not in GROUP_APIS:
            continue
        for side in ("request", "response"):
            message = exchange[side]
            assert message is None or message["warnings"] == []
            for values in structs(message):
                for field in BYTES & values.keys():
                    if values[field]:
                        assert values[f"{field}_decoded"] is not None
                        seen[exchange["client_id"]] += 1
    assert len(seen) >= 2


@pytest.mark.parametrize("name", ["groups.pcap", "transactions.pcap"])
def test_internal_topics_that_were_read_back_are_decoded(captures: Path, name: str) -> None:
    """Every key, and every value that is no tombstone."""
    count = 0
    for exchange in exchanges(captures / name, {9092}):
        if exchange["api_name"] != "Fetch" or exchange["response"] is None:
            continue
        for topic in (exchange["response"]["body"] or {}).get("responses", ()):
            internal = (topic.get("topic") or topic.get("topic_name") or "").startswith("__")
            for values in structs(topic):
                if internal and "headers" in values and "offset" in values:
                    assert values["key_decoded"] is not None
                    assert values["value"] is None or values["value_decoded"] is not None
                    count += 1
    assert count > 50

"""The payloads inside payloads that a capture was recorded for are in it, and are read to their ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Lines = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def lines(captures: Path) -> Lines:
    """Give a function from the name of a capture to its lines of JSON, read once."""
    known: dict[str, list[dict[str, Any]]] = {}

    def read(name: str) -> list[dict[str, Any]]:
        if name not in known:
            ports = json.loads((captures / f"{name}.json").read_text(encoding="utf-8"))["ports"]
            with dissector.open_capture(captures / f"{name}.pcap", ports=ports) as opened:
                known[name] = [json.loads(jsonl.line(exchange)) for exchange in opened]
        return known[name]

    return read


def bodies(lines: list[dict[str, Any]], api: str, side: str) -> Iterator[dict[str, Any]]:
    yield from (line[side]["body"] for line in lines if line["api_name"] == api and line[side] is not None)


def payloads(body: Any, field: str) -> Iterator[Any]:
    """Yield what was decoded of a field, wherever in a body it stands."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name == f"{field}_decoded":
                yield value
            yield from payloads(value, field)
    elif isinstance(body, list):
        for value in body:
            yield from payloads(value, field)


def test_connect_workers_offer_and_assign_in_each_of_their_formats(lines: Lines) -> None:
    """Metadata of versions 0 to 2, with the connectors they have; assignments of the protocols eager and sessioned."""
    offered = [
        found for body in bodies(lines("connect"), "JoinGroup", "request") for found in payloads(body, "metadata")
    ]
    workers = [payload for payload in offered if "url" in payload]
    assert {payload["version"] for payload in workers} == {0, 1, 2}
    assert {payload["url"] for payload in workers} == {"http://127.0.0.1:8083/", "http://127.0.0.1:8084/"}
    assert any(list(payloads(payload, "allocation")) for payload in workers)
    given = [
        found for body in bodies(lines("connect"), "SyncGroup", "response") for found in payloads(body, "assignment")
    ]
    connectors = [payload for payload in given if "leader_url" in payload]
    assert {payload["version"] for payload in connectors} == {0, 2}
    assert any(payload.get("delay") for payload in connectors)
    assert {entry["connector"] for payload in connectors for entry in payload["assignment"]} == {"import", "export"}


def test_streams_instances_tell_their_tasks_and_are_told_where_all_are(lines: Lines) -> None:
    """Under subscriptions and assignments stand the tasks, the instances' addresses and the tags."""
    joins = bodies(lines("streams"), "JoinGroup", "request")
    subscriptions = [found for body in joins for found in payloads(body, "user_data") if "process_id" in found]
    assert {payload["version"] for payload in subscriptions} == {11}
    assert len({payload["process_id"] for payload in subscriptions}) == 2
    assert all(payload["client_tags"] for payload in subscriptions)
    syncs = bodies(lines("streams"), "SyncGroup", "response")
    assignments = [found for body in syncs for found in payloads(body, "user_data") if "active_tasks" in found]
    assert any(payload["standby_tasks"] for payload in assignments)
    ports = {host["port"] for payload in assignments for host in payload["indexed_partitions_by_host"]}
    assert ports == {7001, 7002}


def test_streams_groups_of_kip_1071_are_on_the_wire_and_in_the_internal_topic(lines: Lines) -> None:
    """A topology is described once, tasks are assigned, and the coordinator keeps both."""
    heartbeats = bodies(lines("streams"), "StreamsGroupHeartbeat", "request")
    assert any(body["topology"] for body in heartbeats)
    described = next(bodies(lines("streams"), "StreamsGroupDescribe", "response"))["groups"][0]
    assert [len(member["assignment"]["active_tasks"]) for member in described["members"]] == [2, 2]
    keys = [found for body in bodies(lines("streams"), "Fetch", "response") for found in payloads(body, "key")]
    assert {17, 19, 20, 21, 22, 23} <= {key["type"] for key in keys}


def test_metrics_are_read_in_each_codec(lines: Lines) -> None:
    """Whatever they are compressed with, metrics of the subscribed names come out."""
    codecs = set()
    for body in bodies(lines("telemetry"), "PushTelemetry", "request"):
        codecs.add(body["compression_type"])
        resources = body["metrics_decoded"]["resource_metrics"]
        names = [metric["name"] for each in resources for scope in each["scope_metrics"] for metric in scope["metrics"]]
        assert names
        assert all(name.startswith(("org.apache.kafka.consumer", "org.apache.kafka.producer")) for name in names)
    assert codecs == {0, 1, 3, 4}


@pytest.mark.parametrize(("name", "version"), [("quorum", 0), ("cluster", 1)])
def test_snapshots_are_records(lines: Lines, name: str, version: int) -> None:
    """From the control record at the start to the one at the end, in both versions of FetchSnapshot."""
    assert {line["api_version"] for line in lines(name) if line["api_name"] == "FetchSnapshot"} == {version}
    slices = [
        found
        for body in bodies(lines(name), "FetchSnapshot", "response")
        for found in payloads(body, "unaligned_records")
    ]
    records = [record for batches in slices for batch in batches for record in batch["records"]]
    assert records[0]["key_decoded"]["type_name"] == "SNAPSHOT_HEADER"
    assert records[-1]["key_decoded"]["type_name"] == "SNAPSHOT_FOOTER"
    assert all("value_decoded" in record for record in records)

"""Statistics of the sample captures, held against sums over the JSON Lines of the same exchanges."""

from __future__ import annotations

import json
import statistics as standard
import subprocess
from collections import Counter, defaultdict
from itertools import product
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from dissector.capture import open_capture
from dissector.dimensions import NONE
from dissector.statistics import Statistics
from dissector.views import jsonl, stats
from structs.registry import api

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.framing import FrameFields
    from dissector.messages import Message

WAITING = {"Fetch", "ShareFetch", "JoinGroup", "SyncGroup"}
LATE = 100  # milliseconds
FORWARDED = "response_data_decoded"  # of an Envelope


def test_every_number_is_what_the_json_lines_add_up_to(capture: Path) -> None:
    """Counts, bytes, quantiles and means of all, by API, by client, by broker, and by API and version together."""
    counted = Statistics([("api",), ("client",), ("broker",), ("api", "version")])
    rows = []
    with open_capture(capture) as exchanges:
        for exchange in exchanges:
            counted.take(exchange)
            rows.append(json.loads(jsonl.line(exchange)))
    mark_waits(rows)
    found = json.loads(stats.to_json(counted))
    assert found["total"] == summed(rows)
    for table in found["tables"]:
        expected = defaultdict(list)
        for row in rows:
            expected[tuple(key(row)[name] for name in table["by"])].append(row)
        got = {tuple(row.pop(name) for name in table["by"]): row for row in table["rows"]}
        assert got == {names: summed(group) for names, group in expected.items()}
    moments = [row[side]["timestamp"] for row in rows for side in ("request", "response") if row[side]]
    assert [found[name] and found[name][:26] for name in ("began", "ended")] == (
        [min(moments)[:26], max(moments)[:26]] if moments else [None, None]
    )


def test_what_is_counted_before_there_are_exchanges_is_counted_the_same(capture: Path) -> None:
    """Pairs of requests and answers that the statistics take in their place."""
    shown, spared = [], 0
    for is_spared in (False, True):
        counted = Statistics([("api",), ("client",), ("broker", "version")])

        def take_pair(request: Message, answer: FrameFields, counted: Statistics = counted) -> bool:
            nonlocal spared
            is_taken = counted.take_pair(request, answer)
            spared += is_taken
            return is_taken

        with open_capture(capture) as exchanges:
            if is_spared:
                exchanges.spare(take_pair)
            total = sum(counted.take(exchange) is None for exchange in exchanges)
            shown.append((stats.to_json(counted), exchanges.ledger.as_dict()))
    assert shown[0] == shown[1]
    assert total + spared == sum(exchanges.ledger.exchanges.values())


def mark_waits(rows: list[dict[str, Any]]) -> None:
    """Note in each row whether its answer was held back, or was asked for while an earlier one still was."""
    for row in rows:
        row["waits"] = row["api_name"] in WAITING
    timed = [row for row in rows if row["latency_ms"] is not None]
    for row, other in product(timed, timed):
        if row["connection"]["id"] == other["connection"]["id"] and other["api_name"] in WAITING:
            since, until = other["request"], other["response"]
            asked = row["request"]
            behind = (since["timestamp"], since["frame"]) < (asked["timestamp"], asked["frame"])
            row["waits"] |= behind and asked["timestamp"] < until["timestamp"]


def key(row: dict[str, Any]) -> dict[str, Any]:
    server = row["connection"]["server"]
    host = f"[{server['host']}]" if ":" in server["host"] else server["host"]
    client, version = row["client_id"], row["api_version"]
    return {
        "api": "(SASL token)" if row["outcome"] == "opaque" else row["api_name"],
        "version": version if version is None else f"v{version}",
        "client": client,
        "broker": f"{host}:{server['port']}",
    }


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a row of statistics must say of exchanges."""
    timed = [row for row in rows if row["latency_ms"] is not None]
    outcomes = [row["outcome"] for row in rows if row["latency_ms"] is None]
    fetches = [row for row in timed if row["api_name"] in ("Fetch", "ShareFetch")]
    return {
        "requests": sum(row["request"] is not None for row in rows),
        "answered": len(timed),
        "unanswered": outcomes.count("unanswered"),
        "no_response_expected": outcomes.count("no_response_expected"),
        "orphan_responses": outcomes.count("orphan_response"),
        "late": sum(row["latency_ms"] > row["request"]["body"]["max_wait_ms"] + LATE for row in fetches),
        "request_bytes": sum(row["request"]["size"] for row in rows if row["request"]),
        "response_bytes": sum(row["response"]["size"] for row in rows if row["response"]),
        "latency_ms": quantiles([row["latency_ms"] for row in timed if not row["waits"]]),
        "wait_ms": quantiles([row["latency_ms"] for row in timed if row["waits"]]),
    }


def quantiles(latencies: list[float]) -> dict[str, Any] | None:
    if not latencies:
        return None
    ordered = sorted(latencies)
    assert len(ordered) <= 1000  # beyond, they are not exact
    at = {name: ordered[ceil(share * len(ordered)) - 1] for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return {
        "count": len(ordered),
        "mean": pytest.approx(standard.fmean(ordered), abs=1e-6),
        "min": pytest.approx(ordered[0]),
        **{name: pytest.approx(value) for name, value in at.items()},
        "max": pytest.approx(ordered[-1]),
    }


def test_topics_groups_and_errors_are_those_of_the_bodies(capture: Path) -> None:
    """Each exchange counts once in every row that it belongs to; an independent walk over its JSON says in which."""
    tables = [("topic",), ("error",), ("api", "error")]
    counted = Statistics(tables)
    expected: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {table: defaultdict(int) for table in tables}
    with open_capture(capture) as exchanges:
        for exchange in exchanges:
            counted.take(exchange)
            row = json.loads(jsonl.line(exchange, show_secrets=True))
            errors = set(values(row["response"], "error_name")) - {"NONE"} or {NONE}
            names = {"error": errors, "api": {key(row)["api"] or NONE}}
            for table in (("error",), ("api", "error")):
                for keys in product(*(names[name] for name in table)):
                    expected[table][keys] += 1
    for table in (("error",), ("api", "error")):
        rows = {names: row.exchanges for names, row in counted.read().tables[table].items()}
        assert rows == expected[table]
    assert sum(row.exchanges for row in counted.read().tables[("topic",)].values()) >= counted.read().total.exchanges


def values(value: Any, name: str) -> list[str]:
    """Return the texts of all fields of that name, at any depth, forwarded ones too; records are not looked into."""
    if isinstance(value, list):
        return [text for element in value for text in values(element, name)]
    if not isinstance(value, dict):
        return []
    own = [value[name]] if isinstance(value.get(name), str) else []
    inner = (
        element for field, element in value.items() if field == FORWARDED or not field.endswith(("records", "_decoded"))
    )
    return own + [text for element in inner for text in values(element, name)]


@pytest.mark.parametrize("name", ["admin", "eras", "errors", "groups"])
def test_wireshark_counts_as_many_requests_of_each_api(name: str, captures: Path) -> None:
    """What tshark finds in packets to the broker's port; it reads all headers, if not all bodies."""
    path = captures / f"{name}.pcap"
    asked = ["-d", "tcp.port==9092,kafka", "-Y", "kafka.api_key && tcp.dstport==9092", "-T", "fields"]
    command = ["tshark", "-n", "-r", path, *asked, "-E", "occurrence=a", "-e", "kafka.api_key"]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    expected = Counter(api(int(key)).name for line in output.splitlines() for key in line.split(","))
    counted = Statistics([("api", "broker")])
    with open_capture(path, where="broker == 127.0.0.1:9092") as capture:
        for exchange in capture:
            counted.take(exchange)
    assert {key[0]: row.requests for key, row in counted.read().tables[("api", "broker")].items()} == expected

"""The tables of every sample capture say what JSON Lines say, value by value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

Object = dict[str, Any]
TABLES = ("exchanges", "messages", "records")


@pytest.fixture(scope="module")
def loaded(capture: Path) -> Iterator[dissector.LoadedCapture]:
    with dissector.load(capture) as opened:
        yield opened


@pytest.fixture(scope="module")
def objects(loaded: dissector.LoadedCapture) -> list[Object]:
    """Give the capture as JSON Lines."""
    return [json.loads(jsonl.line(exchange)) for exchange in loaded]


def rows_of(table: pa.Table) -> list[Object]:
    """Return a table's rows, times and durations as the integers that they are."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) or pa.types.is_duration(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.int64()))
    rows: list[Object] = table.to_pylist()
    return rows


def nanoseconds(text: str) -> int:
    whole, fraction = text.removesuffix("Z").split(".")
    return int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


def flat(number: int, value: Object) -> Object:
    """Return the columns that exchanges, messages and records have in common, with the words that filters have."""
    connection = value["connection"]
    words = {"client": "client", "server": "broker"}
    ends = {f"{word}_{what}": connection[end][what] for end, word in words.items() for what in ("host", "port")}
    header = {name: value[name] for name in ("api_key", "api_name", "api_version", "correlation_id", "client_id")}
    return {"exchange": number, "connection_id": connection["id"], **ends, **header}


def test_exchanges(loaded: dissector.LoadedCapture, objects: list[Object]) -> None:
    expected = []
    for number, value in enumerate(objects):
        row = flat(number, value)
        for side in ("request", "response"):
            message = value[side]
            row[f"{side}_packet"] = message and message["frame"]
            row[f"{side}_timestamp"] = message and nanoseconds(message["timestamp"])
            row[f"{side}_size"] = message and message["size"]
        row |= {name: value[name] for name in ("latency_ms", "outcome", "outcome_reason")}
        row["errors"] = errors(value["response"])
        expected.append(row)
    found = rows_of(loaded.exchanges().to_arrow())
    assert [{name: row[name] for name in expected[0]} for row in found] == expected
    assert [row["latency"] and row["latency"] / 1e6 for row in found] == [row["latency_ms"] for row in found]


def errors(message: Object | None) -> list[str]:
    """Return the errors that a response names; of those inside payloads, only what an envelope forwards counts."""

    def each(value: Any, name: str = "") -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if not key.endswith("_decoded") or key == "response_data_decoded":
                    yield from each(inner, key)
        elif isinstance(value, list):
            for inner in value:
                yield from each(inner)
        elif name.endswith("error_name") and value != "NONE":
            yield value

    return list(dict.fromkeys(each((message or {}).get("body"))))


def test_messages(loaded: dissector.LoadedCapture, objects: list[Object]) -> None:
    expected = []
    for number, value in enumerate(objects):
        for side in ("request", "response"):
            message = value[side]
            if message is not None:
                error = message["error"] or {}
                plain = {name: message[name] for name in ("size", "inferred", "warnings", "body")}
                row = {**flat(number, value), "side": side, "timestamp": nanoseconds(message["timestamp"]), **plain}
                row |= {"packet": message["frame"]}
                row |= {f"error_{name}": error.get(name) for name in ("kind", "message", "offset", "field")}
                expected.append(row)
    found = rows_of(loaded.messages.to_arrow())
    for row in found:
        row["warnings"] = json.loads(row["warnings"])
        row["body"] = row["body"] and json.loads(row["body"])
    assert found == [{name: row[name] for name in found[0]} for row in expected]


def test_records(loaded: dissector.LoadedCapture, objects: list[Object]) -> None:
    """Every record of every batch: where it was, and what is in it."""
    expected = [row for number, value in enumerate(objects) for row in records(number, value)]
    found = rows_of(loaded.records.to_arrow())
    assert [{name: content(row, name) for name in expected[0]} for row in found] == expected if expected else not found
    for row in found:
        assert row["key_text"] == text(row["key"])
        assert row["value_text"] == text(row["value"])
        assert row["timestamp"] == (None if row["timestamp_ms"] == -1 else row["timestamp_ms"])


def records(number: int, value: Object) -> Iterator[Object]:
    for side in ("request", "response"):
        body = (value[side] or {}).get("body") or {}
        topics = body.get("topic_data" if side == "request" else "responses") or []
        if value["api_name"] not in ("Produce", "Fetch", "ShareFetch"):
            continue
        for topic in topics:
            for partition in topic.get("partition_data") or topic.get("partitions") or []:
                for index, batch in enumerate(partition.get("records") or []):
                    for record in batch["records"]:
                        yield {
                            **flat(number, value),
                            "side": side,
                            "packet": value[side]["frame"],
                            "topic": topic.get("topic_name", topic.get("name", topic.get("topic"))),
                            "topic_id": topic.get("topic_id"),
                            "partition": partition.get("index", partition.get("partition_index")),
                            "batch": index,
                            "magic": batch["magic"],
                            "compression": batch["compression"],
                            "timestamp_type": batch["timestamp_type"],
                            "base_offset": batch.get("base_offset"),
                            "producer_id": batch.get("producer_id"),
                            "producer_epoch": batch.get("producer_epoch"),
                            "base_sequence": batch.get("base_sequence"),
                            "offset": record["offset"],
                            "timestamp_ms": record["timestamp"],
                            "key": record["key"],
                            "value": record["value"],
                            "headers": record["headers"],
                            "key_decoded": record.get("key_decoded"),
                            "value_decoded": record.get("value_decoded"),
                        }


def content(row: Object, name: str) -> Any:
    """Return a value of a record as JSON Lines have it."""
    value = row[name]
    if name in ("key", "value"):
        return {"withheld": row[f"{name}_size"]} if value is None and row[f"{name}_size"] is not None else shown(value)
    if name == "headers":
        return [{"key": header["key"], "value": shown(header["value"])} for header in value]
    return value and json.loads(value) if name.endswith("_decoded") else value


def shown(value: bytes | None) -> Any:
    return value if value is None else text(value) if text(value) is not None else {"hex": value.hex()}


def text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def test_connections(loaded: dissector.LoadedCapture, objects: list[Object]) -> None:
    """What was on each connection; and all their bytes together."""
    found = {row["connection_id"]: row for row in rows_of(loaded.connections.to_arrow())}
    assert set(found) == {value["connection"]["id"] for value in objects}
    for number, row in found.items():
        own = [value for value in objects if value["connection"]["id"] == number]
        times = [
            nanoseconds(value[side]["timestamp"]) for value in own for side in ("request", "response") if value[side]
        ]
        assert (row["exchanges"], row["started"], row["ended"]) == (len(own), min(times), max(times))
        assert row["unanswered"] == sum(value["outcome"] == "unanswered" for value in own)
        assert row["client_ids"] == list(dict.fromkeys(v["client_id"] for v in own if v["client_id"] is not None))
        assert row["api_names"] == list(dict.fromkeys(v["api_name"] for v in own if v["api_name"] is not None))
    if len(found) == loaded.ledger.connections:  # none of another protocol, or without any exchange
        bytes_of = [row["client_bytes"] + row["broker_bytes"] for row in found.values()]
        assert sum(bytes_of) == loaded.ledger.captured

"""Every sample capture is decoded as an independent walk over its packets and the clients' own logs say."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PRODUCE, FETCH, SHARE_FETCH = 0, 1, 78

ODDITIES = {  # by capture: what its servers and clients really said
    "mock.pcap": {  # a body of its own where it lacks a version of ApiVersions, a byte too much in Metadata
        ("ApiVersions", "response", "truncated"),
        ("Metadata", "response", "trailing_bytes"),
    },
    "admin.pcap": {("Metadata", "request", "trailing_bytes")},  # librdkafka's admin client: three bytes too much
    "errors.pcap": {("ApiVersions", "request", "unknown_version")},  # a probe asks for version 20
}


@pytest.fixture(scope="module")
def exchanges(
    capture: Path, keylog: Path | None, provenance: dict[str, Any]
) -> tuple[list[dissector.Exchange], dissector.Ledger]:
    """Give a capture's exchanges, every body looked at, and the ledger."""
    with dissector.open_capture(capture, keylog=keylog, ports=provenance["ports"]) as opened:
        found = list(opened)
    for exchange in found:
        for message in messages(exchange):
            assert message.body is not None or message.error is not None or message.is_token
    return found, opened.ledger


def messages(exchange: dissector.Exchange) -> Iterator[dissector.Message]:
    yield from (message for message in (exchange.request, exchange.response) if message is not None)


def test_the_frames_are_those_of_an_independent_walk(
    capture: Path, exchanges: tuple[list[dissector.Exchange], dissector.Ledger], independent_walk: Callable[[Path], Any]
) -> None:
    """Connection, side, size, completing packet, correlation id, API, version and client id of every frame."""
    walked = Counter(row(frame.connection, frame) for frame in independent_walk(capture).frames)
    decoded = Counter(
        row(exchange.connection.id, message)
        for exchange in exchanges[0]
        for message in messages(exchange)
        if not message.frame.missing
    )
    assert decoded == walked


def row(connection: int, frame: Any) -> tuple[Any, ...]:
    """Return what must agree of a frame; bare SASL tokens, and answers to them, have no header to compare."""
    place = (connection, frame.packet_number, frame.side, frame.size)
    if getattr(frame, "is_token", False) or frame.correlation_id is None:
        return place
    if frame.side == "response":
        return *place, frame.correlation_id
    return *place, frame.correlation_id, frame.api_key, frame.api_version, frame.client_id


def test_the_ledger_balances(
    capture: Path, exchanges: tuple[list[dissector.Exchange], dissector.Ledger], independent_walk: Callable[[Path], Any]
) -> None:
    """Both balances hold, and the totals are those that the walk counted."""
    ledger = exchanges[1]
    walk = independent_walk(capture)
    assert ledger.discrepancies() == []
    assert ledger.captured == walk.payload_bytes
    assert ledger.total("duplicate") == walk.duplicate_bytes
    assert ledger.packets == walk.packets
    assert ledger.connections == len(walk.connections)
    assert sum(ledger.exchanges.values()) == len(exchanges[0])


def test_everything_decodes(
    exchanges: tuple[list[dissector.Exchange], dissector.Ledger], provenance: dict[str, Any]
) -> None:
    """No message that is whole has an error or a warning; the oddities of servers and clients are known."""
    problems = {
        (exchange.api_name, message.side, problem.kind)
        for exchange in exchanges[0]
        for message in messages(exchange)
        if not message.frame.missing
        for problem in [*([message.error] if message.error else []), *message.warnings]
    }
    assert problems == ODDITIES.get(provenance["file"], set())


def test_messages_that_a_connection_took_with_it_are_incomplete(
    capture: Path, exchanges: tuple[list[dissector.Exchange], dissector.Ledger], independent_walk: Callable[[Path], Any]
) -> None:
    """Their bytes are those that the walk could make no frame of."""
    cut = [message for exchange in exchanges[0] for message in messages(exchange) if message.frame.missing]
    assert sum(message.frame.captured for message in cut) == independent_walk(capture).unframed_bytes
    assert all(message.error.kind == "incomplete" for message in cut)


def test_every_record_batch_decodes(
    exchanges: tuple[list[dissector.Exchange], dissector.Ledger], provenance: dict[str, Any]
) -> None:
    """Checksums are right, every byte is understood; the mock broker leaves its control batches without one."""
    for exchange in exchanges[0]:
        for message in messages(exchange):
            for _, _, records in record_fields(message, exchange):
                assert records.error is None
                for batch in records:
                    no_checksum = "mock" in provenance["servers"] and batch.is_control and batch.crc == 0
                    assert [problem.kind for problem in batch.warnings] == ["checksum"] * no_checksum
                    assert (batch.error, batch.undecoded_bytes) == (None, 0)


def test_the_records_are_those_the_clients_logged(
    exchanges: tuple[list[dissector.Exchange], dissector.Ledger], provenance: dict[str, Any], client_log: list[dict]
) -> None:
    """Per client, action, topic and partition: the checksum over what the client logged is that of the capture.

    A client may have fetched a record more than once, in formats with and without timestamps; then one of these counts.
    """
    decoded = decoded_records(exchanges[0])
    for expected in provenance["records"]:
        key = (expected["client"], expected["action"], expected["topic"], expected["partition"])
        found = []
        for entry in client_log:
            if tuple(entry[name] for name in KEY) == key:
                logged = [entry[name] for name in ROW]
                available = decoded[key][entry["offset"]]
                same = (
                    index for index, fetched in enumerate(available) if without_none(fetched) == without_none(logged)
                )
                fetched = available.pop(next(same, 0))
                found.append(logged if without_none(fetched) == without_none(logged) else fetched)
        assert checksum(found) == expected["sha256"], key
        assert len(found) == expected["count"], key


def without_none(row: list[Any]) -> list[Any]:
    """Write a missing timestamp as the wire has it in magic 1 and 2: some clients say null for it, others -1."""
    return [-1 if name == "timestamp" and value is None else value for name, value in zip(ROW, row, strict=True)]


KEY = ("client", "action", "topic", "partition")
ROW = ("topic", "partition", "offset", "timestamp", "key", "value", "headers")


def decoded_records(exchanges: list[dissector.Exchange]) -> dict[tuple, dict[int | None, list[list[Any]]]]:
    """Return the records on the wire as the client log writes them: by client, action, topic, partition; by offset."""
    found: dict[tuple, dict[int | None, list[list[Any]]]] = defaultdict(lambda: defaultdict(list))
    for exchange in exchanges:
        for message in messages(exchange):
            action = "produced" if message.side == "request" else "consumed"
            for topic, partition, batches in record_fields(message, exchange):
                rows = [record for batch in batches if not batch.is_control for record in batch]
                offsets = [record.offset for record in rows]
                if action == "produced":  # the offsets of old message sets mean nothing before the broker sets them
                    base = base_offset(exchange, topic, partition)
                    offsets = [None if base is None else base + number for number in range(len(rows))]
                for offset, record in zip(offsets, rows, strict=True):
                    row = [topic, partition, offset, record.timestamp, text(record.key), text(record.value)]
                    row.append([[name, text(value)] for name, value in record.headers])
                    found[exchange.client_id, action, topic, partition][offset].append(row)
    return found


def record_fields(message: dissector.Message, exchange: dissector.Exchange) -> Iterator[tuple[str, int, Any]]:
    """Yield topic, partition and batches of each records field of a message that is not null."""
    body = message.body or {}
    if message.api_key == PRODUCE and message.side == "request":
        topics, partitions, index = body.get("topic_data", ()), "partition_data", "index"
    elif message.api_key in (FETCH, SHARE_FETCH) and message.side == "response":
        topics, partitions, index = body.get("responses", ()), "partitions", "partition_index"
    else:
        return
    for topic in topics:
        for partition in topic.get(partitions, ()):
            if partition.get("records") is not None:
                yield topic_name(topic, exchange), partition[index], partition["records"]


def base_offset(exchange: dissector.Exchange, name: str, index: int) -> int | None:
    """Return the offset that the broker gave the first record of a partition, None if nobody acknowledged it."""
    if exchange.response is None or exchange.response.body is None or exchange.request.body["acks"] == 0:
        return None
    return next(
        partition["base_offset"]
        for topic in exchange.response.body["responses"]
        if topic_name(topic, exchange) == name
        for partition in topic["partition_responses"]
        if partition["index"] == index
    )


def topic_name(topic: dict[str, Any], exchange: dissector.Exchange) -> str:
    return topic.get("name") or topic.get("topic") or exchange.topic_names.get(topic["topic_id"], topic["topic_id"])


def text(raw: bytes | None) -> Any:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"hex": raw.hex()}


def checksum(rows: list[list[Any]]) -> str:
    """Return the checksum that captures/README.md defines."""
    rows = sorted(rows, key=lambda row: (row[2] is not None, row[2] or 0))
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class TestJsonLines:
    """The contract of `--format jsonl`."""

    KEYS = (
        "connection",
        "api_key",
        "api_name",
        "api_version",
        "correlation_id",
        "client_id",
        "latency_ms",
        "request",
        "response",
        "outcome",
        "outcome_reason",
    )
    MESSAGE_KEYS = ("frame", "timestamp", "size", "body", "inferred", "error", "warnings")

    @pytest.fixture
    def lines(self, exchanges: tuple[list[dissector.Exchange], dissector.Ledger]) -> list[str]:
        return [jsonl.line(exchange) for exchange in exchanges[0]]

    def test_each_line_has_the_keys_of_the_contract(self, lines: list[str]) -> None:
        for line in lines:
            exchange = json.loads(line)
            assert tuple(exchange) == self.KEYS
            for message in (exchange["request"], exchange["response"]):
                assert message is None or tuple(message) == self.MESSAGE_KEYS

    def test_nothing_but_printable_ascii_stands_in_a_line(self, lines: list[str]) -> None:
        """Whatever came over the wire, a terminal is safe."""
        assert all(line.isascii() and line.isprintable() for line in lines)

    def test_lines_come_in_the_order_in_which_exchanges_settle(
        self,
        exchanges: tuple[list[dissector.Exchange], dissector.Ledger],
        capture: Path,
        keylog: Path | None,
        provenance: dict[str, Any],
    ) -> None:
        """An answered exchange stands before whatever was answered later; a second run gives the same lines."""
        answered = [
            exchange.response.packet_number
            for exchange in exchanges[0]
            if exchange.outcome == "answered" and not exchange.response.frame.missing
        ]
        assert answered == sorted(answered)
        with dissector.open_capture(capture, keylog=keylog, ports=provenance["ports"]) as again:
            assert [jsonl.line(exchange) for exchange in again] == [jsonl.line(exchange) for exchange in exchanges[0]]

"""What one message costs, and one record: by us and by our peers, in one run; the microseconds of CPU are medians.

    python benchmarks/messages.py                all rows
    python benchmarks/messages.py --rounds 30    steadier figures, on a machine that has other things to do

Bodies are read from the same bytes, in turn, and the values are compared before anything is measured. "construct" is a
grammar of stock construct classes, as its users write them, interpreted and with `.compile()`; it leaves tagged fields
as they are. The ratios are medians of those of each round: how many times faster we are. "interpreted" is ours without
the straight code of structs.compiler, "spans" with the byte range of every field.
Needs `pip install --group bench`; kio is Rust, and aiokafka's records are Cython.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import aiokafka.record.memory_records
import construct
import kafka.record
import kio.serial

from structs import records, registry, wire
from structs.records import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from structs.grammar import Side

    Readers = dict[str, Callable[[], Any]]

SLICE: Final = 0.05  # seconds that each reader takes in a round, at least
_CODES: Final = {"i": "l", "I": "L"}  # construct spells 32 bits so
BATCH: Final = build.build_batch(
    [records.Record(number, 1_700_000_000_000 + number, None, b"x" * 100) for number in range(3)]
)
PARTITION: Final = {"error_code": 0, "leader_epoch": 4, "replica_nodes": [1, 2, 3], "isr_nodes": [1, 2, 3]}


class Row(NamedTuple):
    """A message: its API, version and side, where kafka-python and kio have it, and what it says."""

    name: str
    api_key: int
    version: int
    side: Side
    kafka_python: str
    kio: str
    body: dict[str, Any]


def metadata(topics: int, partitions: int) -> dict[str, Any]:
    """Return what a cluster of three brokers answers about its topics."""
    return {
        "brokers": [{"node_id": node, "host": f"broker-{node}.example.com", "port": 9092} for node in (1, 2, 3)],
        "cluster_id": "5L6g3nShT-eMCtK--X86sw",
        "controller_id": 1,
        "topics": [
            {
                "name": f"topic-{topic}",
                "partitions": [
                    {"partition_index": index, "leader_id": index % 3, **PARTITION} for index in range(partitions)
                ],
            }
            for topic in range(topics)
        ],
    }


FETCHED: Final = {"partition_index": 0, "high_watermark": 103, "last_stable_offset": 103, "log_start_offset": 0}
ROWS: Final = [
    Row("Produce 9 request", 0, 9, "request", "producer.ProduceRequest", "produce", {
        "acks": -1,
        "timeout_ms": 30000,
        "topic_data": [{"name": "orders", "partition_data": [{"index": 0, "records": BATCH}]}],
    }),
    Row("Fetch 12 response", 1, 12, "response", "consumer.FetchResponse", "fetch", {
        "session_id": 77,
        "responses": [{"topic": "orders", "partitions": [{**FETCHED, "records": BATCH}]}],
    }),
    Row("Fetch 11 request", 1, 11, "request", "consumer.FetchRequest", "fetch", {
        "max_wait_ms": 500,
        "min_bytes": 1,
        "session_id": 77,
        "session_epoch": 3,
        "topics": [{"topic": "orders", "partitions": [
            {"partition": index, "fetch_offset": 103, "partition_max_bytes": 1 << 20} for index in range(3)
        ]}],
    }),
    Row("OffsetCommit 8 request", 8, 8, "request", "consumer.OffsetCommitRequest", "offset_commit", {
        "group_id": "billing",
        "member_id": "billing-1-6f0c",
        "topics": [{"name": "orders", "partitions": [
            {"partition_index": index, "committed_offset": 103, "committed_metadata": ""} for index in range(3)
        ]}],
    }),
    Row("Heartbeat 4 request", 12, 4, "request", "consumer.HeartbeatRequest", "heartbeat", {
        "group_id": "billing", "generation_id": 5, "member_id": "billing-1-6f0c",
    }),
    Row("Metadata 9 response, 3 x 6", 3, 9, "response", "metadata.MetadataResponse", "metadata", metadata(3, 6)),
    Row("Metadata 9 response, 1000 x 12", 3, 9, "response", "metadata.MetadataResponse", "metadata",
        metadata(1000, 12)),
]  # fmt: skip


def main() -> None:
    """Compare, measure, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="how often each row is measured (15)")
    rounds = parser.parse_args().rounds
    peers = ", ".join(f"{name} {version(name)}" for name in ("construct", "kafka-python", "kio", "aiokafka"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {peers}\n")
    measured = ("construct", "compiled", "kafka-python", "kio", "interpreted", "spans")
    print("| message | bytes | ours, us | " + " | ".join(f"{name} | x" for name in measured) + " |")
    print("| --- | --- | --- |" + " --- | --- |" * len(measured))
    for row in ROWS:
        data = registry.grammar(row.api_key, row.version, row.side).build(row.body)
        print_row(f"| {row.name} | {len(data)} ", message_readers(row, data), rounds)
    print("\n| records | bytes | ours, us | kafka-python | x | aiokafka | x |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for count, size, headers in ((1, 100, ()), (500, 100, ()), (500, 1000, ()), (500, 100, (("trace", b"0" * 16),))):
        made = [
            records.Record(number, 1_700_000_000_000 + number, b"key-%d" % number, b"x" * size, headers)
            for number in range(count)
        ]
        data = build.build_batch(made)
        name = f"| {count} of {size} bytes{', a header each' if headers else ''} | {len(data)} "
        print_row(name, record_readers(data, count), rounds)


def print_row(start: str, readers: Readers, rounds: int) -> None:
    """Measure all readers in turn and print what they took, and how many times what the first took."""
    times = measure(readers, rounds)
    ours, *others = times.values()
    cells = [f"{median(ours):.2f}"]
    for theirs in others:
        ratio = median(their / our for our, their in zip(ours, theirs, strict=True))
        cells += [f"{median(theirs):.2f}", f"{ratio:.1f}"]
    print(f"{start}| {' | '.join(cells)} |", flush=True)


def measure(readers: Readers, rounds: int) -> dict[str, list[float]]:
    """Return the microseconds of CPU that each reader took in each round."""
    times: dict[str, list[float]] = {name: [] for name in readers}
    calls = {}
    for name, read in readers.items():
        read()
        start = time.process_time()
        read()
        calls[name] = max(1, int(SLICE / max(time.process_time() - start, 1e-6)))
    for _ in range(rounds):
        for name, read in readers.items():
            start = time.process_time()
            for _ in range(calls[name]):
                read()
            times[name].append((time.process_time() - start) / calls[name] * 1e6)
    return times


def message_readers(row: Row, data: bytes) -> Readers:
    """Return what reads a message, each held to our own reading of it."""
    grammar = registry.grammar(row.api_key, row.version, row.side)
    module, _, name = row.kafka_python.partition(".")
    kafka_python = getattr(import_module(f"kafka.protocol.{module}"), name)
    kios = import_module(f"kio.schema.{row.kio}.v{row.version}.{row.side}")
    kio_reader = kio.serial.entity_reader(getattr(kios, name))
    plain = stock(grammar)
    readers: Readers = {
        "ours": partial(wire.decode, grammar, data),
        "construct": partial(plain.parse, data),
        "compiled": partial(plain.compile().parse, data),
        "kafka-python": partial(kafka_python.decode, data, version=row.version),
        "kio": partial(kio_reader, data, 0),
        "interpreted": partial(wire.interpret, grammar, data),
        "spans": partial(wire.decode, grammar, data, spans=True),
    }
    for _ in range(1 + wire.WARM // len(data)):  # from here on straight code reads it
        readers["ours"](), readers["spans"]()
    value = wire.interpret(grammar, data).value
    for peer, read in readers.items():
        found = read()
        found = found.value if isinstance(found, wire.Decoded) else found[0] if peer == "kio" else found
        compared = agreed(value, found, f"{row.name}, {peer}")
        assert compared > len(value) // 2, f"{row.name}: hardly anything to compare in what {peer} says"
    return readers


def agreed(ours: Any, theirs: Any, where: str) -> int:
    """Hold a value to what a peer made of the same bytes; return how many single values both have in the same form."""
    if isinstance(ours, dict):
        named = theirs if isinstance(theirs, dict) else {name: getattr(theirs, name, None) for name in ours}
        there = [name for name in ours if named.get(name) is not None]
        return sum(agreed(ours[name], named[name], f"{where}: {name}") for name in there)
    if isinstance(ours, list):
        assert len(ours) == len(theirs), where
        return sum(agreed(*pair, where) for pair in zip(ours, theirs, strict=True))
    if not isinstance(theirs, type(ours)):
        return 0  # kio has times and enumerations where we have numbers
    assert ours == theirs, f"{where} is {theirs!r}, not {ours!r}"
    return 1


def stock(node: wire.Node) -> construct.Construct:
    """Return a grammar of construct's own classes for the same bytes."""
    if isinstance(node, wire.Struct):
        fields = [member.name / stock(member.node) for member in node.members]
        if node.tagged is not None:
            field = construct.Struct(
                "tag" / construct.VarInt, "data" / construct.Prefixed(construct.VarInt, construct.GreedyBytes)
            )
            fields.append("_tagged" / construct.PrefixedArray(construct.VarInt, field))
        return construct.Struct(*fields)
    if isinstance(node, wire.Number):
        return construct.FormatField(">", _CODES.get(node.code, node.code))
    if isinstance(node, wire.Boolean):
        return construct.Flag
    assert isinstance(node, wire.Prefixed), node
    return _prefixed(node)


def _prefixed(node: wire.Prefixed) -> construct.Construct:
    count = construct.this.length - 1 if node.compact else construct.this.length
    content: construct.Construct = construct.Bytes(count)
    if isinstance(node, wire.Array):
        content = construct.Array(count, stock(node.element))
    elif isinstance(node, wire.String):
        content = construct.StringEncoded(construct.Bytes(count), "utf8")
    is_there = construct.this.length > 0 if node.compact else construct.this.length >= 0
    length = construct.VarInt if node.compact else construct.FormatField(">", _CODES.get(node.code, node.code))
    return construct.FocusedSeq("value", "length" / length, "value" / construct.If(is_there, content))


def record_readers(data: bytes, count: int) -> Readers:
    """Return what reads and checks record batches, each held to the number of records."""

    def ours() -> int:
        total = 0
        for batch in records.parse(data):
            assert not batch.warnings  # the checksum is right
            total += len(batch.records)
        return total

    readers: Readers = {
        "ours": ours,
        "kafka-python": partial(_theirs, kafka.record.MemoryRecords, data),
        "aiokafka": partial(_theirs, aiokafka.record.memory_records.MemoryRecords, data),
    }
    assert all(read() == count for read in readers.values())
    return readers


def _theirs(kind: Any, data: bytes) -> int:
    count = 0
    batches = kind(data)
    while batches.has_next():
        batch = batches.next_batch()
        assert batch.validate_crc()
        for _ in batch:
            count += 1
    return count


if __name__ == "__main__":
    main()

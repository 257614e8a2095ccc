"""What Kafka Streams' own assignor tells the members of its group, as user data of the consumer protocol.

Source: Kafka's SubscriptionInfo (whose layout is a definition of Kafka's) and AssignmentInfo (whose layout is code).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structs import registry, wire
from structs.buffers import Problem
from structs.embedded.encodings import JavaChars, JavaText
from structs.embedded.payload import Payload, failed, read
from structs.grammar import Array, Data, Int32, Int64, Struct
from structs.grammar import Scalar as Encoding

if TYPE_CHECKING:
    from structs.buffers import Buffer

Utf: Final = Encoding(JavaText(), "")
Topic: Final = Encoding(JavaText(), "", "topic_name")
Chars: Final = Encoding(JavaChars(), "")

TaskId = Struct(
    "subtopology" / Int32,
    "partition" / Int32,
    "named_topology" / Chars("10+"),
)

TopicPartition = Struct(
    "topic" / Topic,
    "partition" / Int32,
)

StandbyTask = Struct(
    "task_id" / TaskId,
    "partitions" / Array(TopicPartition),
)

HostPartitions = Struct(
    "host" / Utf,
    "port" / Int32,
    "partitions" / Array(TopicPartition),
)

TopicIndex = Struct(
    "index" / Int32,
    "topic" / Topic,
)

IndexedPartition = Struct(
    "topic_index" / Int32,
    "partition" / Int32,
)

IndexedHostPartitions = Struct(
    "host" / Utf,
    "port" / Int32,
    "partitions" / Array(IndexedPartition),
)

AssignmentInfo = Data(
    "AssignmentInfo",
    "version" / Int32,
    "commonly_supported_version" / Int32("3+"),
    "active_tasks" / Array(TaskId),
    "standby_tasks" / Array(StandbyTask),
    "partitions_by_host" / Array(HostPartitions, "2-4"),
    "topics" / Array(TopicIndex, "5+"),
    "indexed_partitions_by_host" / Array(IndexedHostPartitions, "5+"),
    "indexed_standby_partitions_by_host" / Array(IndexedHostPartitions, "6+"),
    "error_code" / Int32("4+"),
    "next_rebalance_ms" / Int64("7+"),
    versions="1-11",
)

# All that a reader can know of a version that is newer than itself (KIP-268).
_FutureVersion: Final = Data(
    "FutureVersion",
    "version" / Int32,
    "latest_supported_version" / Int32,
    versions="0",
)


def subscription(data: Buffer, *, spans: bool = False) -> Payload:
    """Read a SubscriptionInfo."""
    return _read(registry.data("SubscriptionInfoData"), data, spans=spans)


def assignment(data: Buffer, *, spans: bool = False) -> Payload:
    """Read an AssignmentInfo."""
    return _read(AssignmentInfo, data, spans=spans)


def _read(schema: Data, data: Buffer, *, spans: bool) -> Payload:
    version = int.from_bytes(data[:4], "big", signed=True)
    if len(data) < 4 or version in schema.versions:
        return read(schema.at(version if version in schema.versions else 1), data, spans=spans)
    if version < 1:
        return failed("malformed", f"version {version}", field="version")
    grammar = _FutureVersion.at(0)
    head = wire.decode(grammar, data, spans=spans)
    text = f"version {version} is not known, only {schema.versions}: the rest is not decoded"
    head.warnings.append(Problem("unknown_version", text, 0, "version"))
    return Payload(head.value, head.stop, head.error, head.warnings, head.spans, grammar)

"""FetchSnapshot (API key 59)."""

from structs.grammar import (
    Api,
    Array,
    BrokerId,
    Embedded,
    ErrorCode,
    Int32,
    Int64,
    String,
    Struct,
    TopicName,
    UInt16,
    Uuid,
)

FETCH_SNAPSHOT = Api("FetchSnapshot", key=59, versions="0-1", flexible="0+")

SnapshotId = Struct(
    "end_offset" / Int64,
    "epoch" / Int32,
)

RequestPartitionSnapshot = Struct(
    "partition" / Int32,
    "current_leader_epoch" / Int32,
    "snapshot_id" / SnapshotId,
    "position" / Int64,
    "replica_directory_id" / Uuid("1+", tag=0),
)

RequestTopicSnapshot = Struct(
    "name" / TopicName,
    "partitions" / Array(RequestPartitionSnapshot),
)

FetchSnapshotRequest = FETCH_SNAPSHOT.request(
    "cluster_id" / String(nullable=True, default=None, tag=0),
    "replica_id" / BrokerId(default=-1),
    "max_bytes" / Int32(default=2147483647),
    "topics" / Array(RequestTopicSnapshot),
)

LeaderIdAndEpoch = Struct(
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
)

ResponsePartitionSnapshot = Struct(
    "index" / Int32,
    "error_code" / ErrorCode,
    "snapshot_id" / SnapshotId,
    "current_leader" / LeaderIdAndEpoch(tag=0),
    "size" / Int64,
    "position" / Int64,
    "unaligned_records" / Embedded("snapshot slice"),
)

ResponseTopicSnapshot = Struct(
    "name" / TopicName,
    "partitions" / Array(ResponsePartitionSnapshot),
)

NodeEndpoint = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / UInt16,
)

FetchSnapshotResponse = FETCH_SNAPSHOT.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "topics" / Array(ResponseTopicSnapshot),
    "node_endpoints" / Array(NodeEndpoint, "1+", tag=0),
)

"""Fetch (API key 1)."""

from structs.grammar import (
    Api,
    Array,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int8,
    Int32,
    Int64,
    ProducerId,
    Records,
    String,
    Struct,
    TopicId,
    TopicName,
    Uuid,
)

FETCH = Api("Fetch", key=1, versions="0-18", flexible="12+")

ReplicaState = Struct(
    "replica_id" / Enumeration(BrokerId, "replica_id")(default=-1),
    "replica_epoch" / Int64(default=-1),
)

FetchPartition = Struct(
    "partition" / Int32,
    "current_leader_epoch" / Int32("9+", default=-1),
    "fetch_offset" / Int64,
    "last_fetched_epoch" / Int32("12+", default=-1),
    "log_start_offset" / Int64("5+", default=-1),
    "partition_max_bytes" / Int32,
    "replica_directory_id" / Uuid("17+", tag=0),
    "high_watermark" / Int64("18+", default=9223372036854775807, tag=1),
)

FetchTopic = Struct(
    "topic" / TopicName("0-12"),
    "topic_id" / TopicId("13+"),
    "partitions" / Array(FetchPartition),
)

ForgottenTopic = Struct(
    "topic" / TopicName("7-12"),
    "topic_id" / TopicId("13+"),
    "partitions" / Array(Int32),
)

FetchRequest = FETCH.request(
    "cluster_id" / String("12+", nullable=True, default=None, tag=0),
    "replica_id" / Enumeration(BrokerId, "replica_id")("0-14", default=-1),
    "replica_state" / ReplicaState("15+", tag=1),
    "max_wait_ms" / Int32,
    "min_bytes" / Int32,
    "max_bytes" / Int32("3+", default=2147483647),
    "isolation_level" / Enumeration(Int8, "isolation_level")("4+"),
    "session_id" / Int32("7+"),
    "session_epoch" / Int32("7+", default=-1),
    "topics" / Array(FetchTopic),
    "forgotten_topics_data" / Array(ForgottenTopic, "7+"),
    "rack_id" / String("11+"),
)

EpochEndOffset = Struct(
    "epoch" / Int32(default=-1),
    "end_offset" / Int64(default=-1),
)

LeaderIdAndEpoch = Struct(
    "leader_id" / BrokerId(default=-1),
    "leader_epoch" / Int32(default=-1),
)

SnapshotId = Struct(
    "end_offset" / Int64(default=-1),
    "epoch" / Int32(default=-1),
)

AbortedTransaction = Struct(
    "producer_id" / ProducerId,
    "first_offset" / Int64,
)

PartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "high_watermark" / Int64,
    "last_stable_offset" / Int64("4+", default=-1),
    "log_start_offset" / Int64("5+", default=-1),
    "diverging_epoch" / EpochEndOffset("12+", tag=0),
    "current_leader" / LeaderIdAndEpoch("12+", tag=1),
    "snapshot_id" / SnapshotId("12+", tag=2),
    "aborted_transactions" / Array(AbortedTransaction, "4+", nullable=True),
    "preferred_read_replica" / BrokerId("11+", default=-1),
    "records" / Records(nullable=True),
)

FetchableTopicResponse = Struct(
    "topic" / TopicName("0-12"),
    "topic_id" / TopicId("13+"),
    "partitions" / Array(PartitionData),
)

NodeEndpoint = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "rack" / String(nullable=True, default=None),
)

FetchResponse = FETCH.response(
    "throttle_time_ms" / Int32("1+"),
    "error_code" / ErrorCode("7+"),
    "session_id" / Int32("7+"),
    "responses" / Array(FetchableTopicResponse),
    "node_endpoints" / Array(NodeEndpoint, "16+", tag=0),
)

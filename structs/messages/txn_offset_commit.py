"""TxnOffsetCommit (API key 28)."""

from structs.grammar import (
    Api,
    Array,
    ErrorCode,
    GroupId,
    Int16,
    Int32,
    Int64,
    ProducerId,
    String,
    Struct,
    TopicId,
    TopicName,
    TransactionalId,
)

TXN_OFFSET_COMMIT = Api("TxnOffsetCommit", key=28, versions="0-6", flexible="3+")

TxnOffsetCommitRequestPartition = Struct(
    "partition_index" / Int32,
    "committed_offset" / Int64,
    "committed_leader_epoch" / Int32("2+", default=-1),
    "committed_metadata" / String(nullable=True),
)

TxnOffsetCommitRequestTopic = Struct(
    "name" / TopicName("0-5"),
    "topic_id" / TopicId("6+"),
    "partitions" / Array(TxnOffsetCommitRequestPartition),
)

TxnOffsetCommitRequest = TXN_OFFSET_COMMIT.request(
    "transactional_id" / TransactionalId,
    "group_id" / GroupId,
    "producer_id" / ProducerId,
    "producer_epoch" / Int16,
    "generation_id_or_member_epoch" / Int32("3+", default=-1),
    "member_id" / String("3+"),
    "group_instance_id" / String("3+", nullable=True, default=None),
    "topics" / Array(TxnOffsetCommitRequestTopic),
)

TxnOffsetCommitResponsePartition = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

TxnOffsetCommitResponseTopic = Struct(
    "name" / TopicName("0-5"),
    "topic_id" / TopicId("6+"),
    "partitions" / Array(TxnOffsetCommitResponsePartition),
)

TxnOffsetCommitResponse = TXN_OFFSET_COMMIT.response(
    "throttle_time_ms" / Int32,
    "topics" / Array(TxnOffsetCommitResponseTopic),
)

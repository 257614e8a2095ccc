"""OffsetCommit (API key 8)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, Int64, String, Struct, TopicId, TopicName

OFFSET_COMMIT = Api("OffsetCommit", key=8, versions="0-10", flexible="8+")

OffsetCommitRequestPartition = Struct(
    "partition_index" / Int32,
    "committed_offset" / Int64,
    "committed_leader_epoch" / Int32("6+", default=-1),
    "commit_timestamp" / Int64("1", default=-1),
    "committed_metadata" / String(nullable=True),
)

OffsetCommitRequestTopic = Struct(
    "name" / TopicName("0-9"),
    "topic_id" / TopicId("10+"),
    "partitions" / Array(OffsetCommitRequestPartition),
)

OffsetCommitRequest = OFFSET_COMMIT.request(
    "group_id" / GroupId,
    "generation_id_or_member_epoch" / Int32("1+", default=-1),
    "member_id" / String("1+"),
    "group_instance_id" / String("7+", nullable=True, default=None),
    "retention_time_ms" / Int64("2-4", default=-1),
    "topics" / Array(OffsetCommitRequestTopic),
)

OffsetCommitResponsePartition = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

OffsetCommitResponseTopic = Struct(
    "name" / TopicName("0-9"),
    "topic_id" / TopicId("10+"),
    "partitions" / Array(OffsetCommitResponsePartition),
)

OffsetCommitResponse = OFFSET_COMMIT.response(
    "throttle_time_ms" / Int32("3+"),
    "topics" / Array(OffsetCommitResponseTopic),
)

"""AlterShareGroupOffsets (API key 91)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, Int64, String, Struct, TopicId, TopicName

ALTER_SHARE_GROUP_OFFSETS = Api("AlterShareGroupOffsets", key=91, versions="0", flexible="0+")

AlterShareGroupOffsetsRequestPartition = Struct(
    "partition_index" / Int32,
    "start_offset" / Int64,
)

AlterShareGroupOffsetsRequestTopic = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(AlterShareGroupOffsetsRequestPartition),
)

AlterShareGroupOffsetsRequest = ALTER_SHARE_GROUP_OFFSETS.request(
    "group_id" / GroupId,
    "topics" / Array(AlterShareGroupOffsetsRequestTopic),
)

AlterShareGroupOffsetsResponsePartition = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

AlterShareGroupOffsetsResponseTopic = Struct(
    "topic_name" / TopicName,
    "topic_id" / TopicId,
    "partitions" / Array(AlterShareGroupOffsetsResponsePartition),
)

AlterShareGroupOffsetsResponse = ALTER_SHARE_GROUP_OFFSETS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "responses" / Array(AlterShareGroupOffsetsResponseTopic),
)

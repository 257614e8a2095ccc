"""OffsetDelete (API key 47)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, Struct, TopicName

OFFSET_DELETE = Api("OffsetDelete", key=47, versions="0", flexible="none")

OffsetDeleteRequestPartition = Struct(
    "partition_index" / Int32,
)

OffsetDeleteRequestTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(OffsetDeleteRequestPartition),
)

OffsetDeleteRequest = OFFSET_DELETE.request(
    "group_id" / GroupId,
    "topics" / Array(OffsetDeleteRequestTopic),
)

OffsetDeleteResponsePartition = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

OffsetDeleteResponseTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(OffsetDeleteResponsePartition),
)

OffsetDeleteResponse = OFFSET_DELETE.response(
    "error_code" / ErrorCode,
    "throttle_time_ms" / Int32,
    "topics" / Array(OffsetDeleteResponseTopic),
)

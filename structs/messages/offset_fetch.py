"""OffsetFetch (API key 9)."""

from structs.grammar import Api, Array, Boolean, ErrorCode, GroupId, Int32, Int64, String, Struct, TopicId, TopicName

OFFSET_FETCH = Api("OffsetFetch", key=9, versions="0-10", flexible="6+")

OffsetFetchRequestTopic = Struct(
    "name" / TopicName,
    "partition_indexes" / Array(Int32),
)

OffsetFetchRequestTopics = Struct(
    "name" / TopicName("8-9"),
    "topic_id" / TopicId("10+"),
    "partition_indexes" / Array(Int32),
)

OffsetFetchRequestGroup = Struct(
    "group_id" / GroupId,
    "member_id" / String("9+", nullable=True, default=None),
    "member_epoch" / Int32("9+", default=-1),
    "topics" / Array(OffsetFetchRequestTopics, nullable=True),
)

OffsetFetchRequest = OFFSET_FETCH.request(
    "group_id" / GroupId("0-7"),
    "topics" / Array(OffsetFetchRequestTopic, "0-7", nullable="2+"),
    "groups" / Array(OffsetFetchRequestGroup, "8+"),
    "require_stable" / Boolean("7+"),
)

OffsetFetchResponsePartition = Struct(
    "partition_index" / Int32,
    "committed_offset" / Int64,
    "committed_leader_epoch" / Int32("5+", default=-1),
    "metadata" / String(nullable=True),
    "error_code" / ErrorCode,
)

OffsetFetchResponseTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(OffsetFetchResponsePartition),
)

OffsetFetchResponsePartitions = Struct(
    "partition_index" / Int32,
    "committed_offset" / Int64,
    "committed_leader_epoch" / Int32(default=-1),
    "metadata" / String(nullable=True),
    "error_code" / ErrorCode,
)

OffsetFetchResponseTopics = Struct(
    "name" / TopicName("8-9"),
    "topic_id" / TopicId("10+"),
    "partitions" / Array(OffsetFetchResponsePartitions),
)

OffsetFetchResponseGroup = Struct(
    "group_id" / GroupId,
    "topics" / Array(OffsetFetchResponseTopics),
    "error_code" / ErrorCode,
)

OffsetFetchResponse = OFFSET_FETCH.response(
    "throttle_time_ms" / Int32("3+"),
    "topics" / Array(OffsetFetchResponseTopic, "0-7"),
    "error_code" / ErrorCode("2-7"),
    "groups" / Array(OffsetFetchResponseGroup, "8+"),
)

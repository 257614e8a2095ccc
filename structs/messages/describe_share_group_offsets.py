"""DescribeShareGroupOffsets (API key 90)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, Int64, String, Struct, TopicId, TopicName

DESCRIBE_SHARE_GROUP_OFFSETS = Api("DescribeShareGroupOffsets", key=90, versions="0-1", flexible="0+")

DescribeShareGroupOffsetsRequestTopic = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(Int32),
)

DescribeShareGroupOffsetsRequestGroup = Struct(
    "group_id" / GroupId,
    "topics" / Array(DescribeShareGroupOffsetsRequestTopic, nullable=True),
)

DescribeShareGroupOffsetsRequest = DESCRIBE_SHARE_GROUP_OFFSETS.request(
    "groups" / Array(DescribeShareGroupOffsetsRequestGroup),
)

DescribeShareGroupOffsetsResponsePartition = Struct(
    "partition_index" / Int32,
    "start_offset" / Int64,
    "leader_epoch" / Int32,
    "lag" / Int64("1+", default=-1),
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

DescribeShareGroupOffsetsResponseTopic = Struct(
    "topic_name" / TopicName,
    "topic_id" / TopicId,
    "partitions" / Array(DescribeShareGroupOffsetsResponsePartition),
)

DescribeShareGroupOffsetsResponseGroup = Struct(
    "group_id" / GroupId,
    "topics" / Array(DescribeShareGroupOffsetsResponseTopic),
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

DescribeShareGroupOffsetsResponse = DESCRIBE_SHARE_GROUP_OFFSETS.response(
    "throttle_time_ms" / Int32,
    "groups" / Array(DescribeShareGroupOffsetsResponseGroup),
)

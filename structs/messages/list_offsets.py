"""ListOffsets (API key 2)."""

from structs.grammar import Api, Array, BrokerId, Enumeration, ErrorCode, Int8, Int32, Int64, Struct, TopicName

LIST_OFFSETS = Api("ListOffsets", key=2, versions="0-11", flexible="6+")

ListOffsetsPartition = Struct(
    "partition_index" / Int32,
    "current_leader_epoch" / Int32("4+", default=-1),
    "timestamp" / Enumeration(Int64, "list_offsets_timestamp"),
    "max_num_offsets" / Int32("0", default=1),
)

ListOffsetsTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(ListOffsetsPartition),
)

ListOffsetsRequest = LIST_OFFSETS.request(
    "replica_id" / Enumeration(BrokerId, "replica_id"),
    "isolation_level" / Enumeration(Int8, "isolation_level")("2+"),
    "topics" / Array(ListOffsetsTopic),
    "timeout_ms" / Int32("10+"),
)

ListOffsetsPartitionResponse = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "old_style_offsets" / Array(Int64, "0"),
    "timestamp" / Int64("1+", default=-1),
    "offset" / Int64("1+", default=-1),
    "leader_epoch" / Int32("4+", default=-1),
)

ListOffsetsTopicResponse = Struct(
    "name" / TopicName,
    "partitions" / Array(ListOffsetsPartitionResponse),
)

ListOffsetsResponse = LIST_OFFSETS.response(
    "throttle_time_ms" / Int32("2+"),
    "topics" / Array(ListOffsetsTopicResponse),
)

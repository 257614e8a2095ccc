"""OffsetForLeaderEpoch (API key 23)."""

from structs.grammar import Api, Array, BrokerId, Enumeration, ErrorCode, Int32, Int64, Struct, TopicName

OFFSET_FOR_LEADER_EPOCH = Api("OffsetForLeaderEpoch", key=23, versions="0-4", flexible="4+")

OffsetForLeaderPartition = Struct(
    "partition" / Int32,
    "current_leader_epoch" / Int32("2+", default=-1),
    "leader_epoch" / Int32,
)

OffsetForLeaderTopic = Struct(
    "topic" / TopicName,
    "partitions" / Array(OffsetForLeaderPartition),
)

OffsetForLeaderEpochRequest = OFFSET_FOR_LEADER_EPOCH.request(
    "replica_id" / Enumeration(BrokerId, "replica_id")("3+", default=-2),
    "topics" / Array(OffsetForLeaderTopic),
)

EpochEndOffset = Struct(
    "error_code" / ErrorCode,
    "partition" / Int32,
    "leader_epoch" / Int32("1+", default=-1),
    "end_offset" / Int64(default=-1),
)

OffsetForLeaderTopicResult = Struct(
    "topic" / TopicName,
    "partitions" / Array(EpochEndOffset),
)

OffsetForLeaderEpochResponse = OFFSET_FOR_LEADER_EPOCH.response(
    "throttle_time_ms" / Int32("2+"),
    "topics" / Array(OffsetForLeaderTopicResult),
)

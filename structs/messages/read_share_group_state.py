"""ReadShareGroupState (API key 84)."""

from structs.grammar import (
    Api,
    Array,
    Enumeration,
    ErrorCode,
    GroupId,
    Int8,
    Int16,
    Int32,
    Int64,
    String,
    Struct,
    TopicId,
)

READ_SHARE_GROUP_STATE = Api("ReadShareGroupState", key=84, versions="0", flexible="0+")

PartitionData = Struct(
    "partition" / Int32,
    "leader_epoch" / Int32,
)

ReadStateData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

ReadShareGroupStateRequest = READ_SHARE_GROUP_STATE.request(
    "group_id" / GroupId,
    "topics" / Array(ReadStateData),
)

StateBatch = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "delivery_state" / Enumeration(Int8, "delivery_state"),
    "delivery_count" / Int16,
)

PartitionResult = Struct(
    "partition" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "state_epoch" / Int32,
    "start_offset" / Int64,
    "state_batches" / Array(StateBatch),
)

ReadStateResult = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionResult),
)

ReadShareGroupStateResponse = READ_SHARE_GROUP_STATE.response(
    "results" / Array(ReadStateResult),
)

"""WriteShareGroupState (API key 85)."""

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

WRITE_SHARE_GROUP_STATE = Api("WriteShareGroupState", key=85, versions="0-1", flexible="0+")

StateBatch = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "delivery_state" / Enumeration(Int8, "delivery_state"),
    "delivery_count" / Int16,
)

PartitionData = Struct(
    "partition" / Int32,
    "state_epoch" / Int32,
    "leader_epoch" / Int32,
    "start_offset" / Int64,
    "delivery_complete_count" / Int32("1+", default=-1),
    "state_batches" / Array(StateBatch),
)

WriteStateData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

WriteShareGroupStateRequest = WRITE_SHARE_GROUP_STATE.request(
    "group_id" / GroupId,
    "topics" / Array(WriteStateData),
)

PartitionResult = Struct(
    "partition" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

WriteStateResult = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionResult),
)

WriteShareGroupStateResponse = WRITE_SHARE_GROUP_STATE.response(
    "results" / Array(WriteStateResult),
)

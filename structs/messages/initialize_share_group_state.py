"""InitializeShareGroupState (API key 83)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, Int64, String, Struct, TopicId

INITIALIZE_SHARE_GROUP_STATE = Api("InitializeShareGroupState", key=83, versions="0", flexible="0+")

PartitionData = Struct(
    "partition" / Int32,
    "state_epoch" / Int32,
    "start_offset" / Int64,
)

InitializeStateData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

InitializeShareGroupStateRequest = INITIALIZE_SHARE_GROUP_STATE.request(
    "group_id" / GroupId,
    "topics" / Array(InitializeStateData),
)

PartitionResult = Struct(
    "partition" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

InitializeStateResult = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionResult),
)

InitializeShareGroupStateResponse = INITIALIZE_SHARE_GROUP_STATE.response(
    "results" / Array(InitializeStateResult),
)

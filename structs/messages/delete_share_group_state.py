"""DeleteShareGroupState (API key 86)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct, TopicId

DELETE_SHARE_GROUP_STATE = Api("DeleteShareGroupState", key=86, versions="0", flexible="0+")

PartitionData = Struct(
    "partition" / Int32,
)

DeleteStateData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

DeleteShareGroupStateRequest = DELETE_SHARE_GROUP_STATE.request(
    "group_id" / GroupId,
    "topics" / Array(DeleteStateData),
)

PartitionResult = Struct(
    "partition" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

DeleteStateResult = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionResult),
)

DeleteShareGroupStateResponse = DELETE_SHARE_GROUP_STATE.response(
    "results" / Array(DeleteStateResult),
)

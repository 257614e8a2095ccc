"""DeleteShareGroupOffsets (API key 92)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct, TopicId, TopicName

DELETE_SHARE_GROUP_OFFSETS = Api("DeleteShareGroupOffsets", key=92, versions="0", flexible="0+")

DeleteShareGroupOffsetsRequestTopic = Struct(
    "topic_name" / TopicName,
)

DeleteShareGroupOffsetsRequest = DELETE_SHARE_GROUP_OFFSETS.request(
    "group_id" / GroupId,
    "topics" / Array(DeleteShareGroupOffsetsRequestTopic),
)

DeleteShareGroupOffsetsResponseTopic = Struct(
    "topic_name" / TopicName,
    "topic_id" / TopicId,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

DeleteShareGroupOffsetsResponse = DELETE_SHARE_GROUP_OFFSETS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "responses" / Array(DeleteShareGroupOffsetsResponseTopic),
)

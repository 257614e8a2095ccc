"""ShareGroupHeartbeat (API key 76)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct, TopicId, TopicName

SHARE_GROUP_HEARTBEAT = Api("ShareGroupHeartbeat", key=76, versions="0-1", flexible="0+")

ShareGroupHeartbeatRequest = SHARE_GROUP_HEARTBEAT.request(
    "group_id" / GroupId,
    "member_id" / String,
    "member_epoch" / Int32,
    "rack_id" / String(nullable=True, default=None),
    "subscribed_topic_names" / Array(TopicName, nullable=True, default=None),
)

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

Assignment = Struct(
    "topic_partitions" / Array(TopicPartitions),
)

ShareGroupHeartbeatResponse = SHARE_GROUP_HEARTBEAT.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "member_id" / String(nullable=True, default=None),
    "member_epoch" / Int32,
    "heartbeat_interval_ms" / Int32,
    "assignment" / Assignment(nullable=True, default=None),
)

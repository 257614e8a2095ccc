"""ConsumerGroupHeartbeat (API key 68)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct, TopicId, TopicName

CONSUMER_GROUP_HEARTBEAT = Api("ConsumerGroupHeartbeat", key=68, versions="0-1", flexible="0+")

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ConsumerGroupHeartbeatRequest = CONSUMER_GROUP_HEARTBEAT.request(
    "group_id" / GroupId,
    "member_id" / String,
    "member_epoch" / Int32,
    "instance_id" / String(nullable=True, default=None),
    "rack_id" / String(nullable=True, default=None),
    "rebalance_timeout_ms" / Int32(default=-1),
    "subscribed_topic_names" / Array(TopicName, nullable=True, default=None),
    "subscribed_topic_regex" / String("1+", nullable=True, default=None),
    "server_assignor" / String(nullable=True, default=None),
    "topic_partitions" / Array(TopicPartitions, nullable=True, default=None),
)

Assignment = Struct(
    "topic_partitions" / Array(TopicPartitions),
)

ConsumerGroupHeartbeatResponse = CONSUMER_GROUP_HEARTBEAT.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "member_id" / String(nullable=True, default=None),
    "member_epoch" / Int32,
    "heartbeat_interval_ms" / Int32,
    "assignment" / Assignment(nullable=True, default=None),
)

"""ShareAcknowledge (API key 79)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    GroupId,
    Int8,
    Int32,
    Int64,
    String,
    Struct,
    TopicId,
)

SHARE_ACKNOWLEDGE = Api("ShareAcknowledge", key=79, versions="0-2", flexible="0+")

AcknowledgementBatch = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "acknowledge_types" / Array(Enumeration(Int8, "acknowledge_type")),
)

AcknowledgePartition = Struct(
    "partition_index" / Int32,
    "acknowledgement_batches" / Array(AcknowledgementBatch),
)

AcknowledgeTopic = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(AcknowledgePartition),
)

ShareAcknowledgeRequest = SHARE_ACKNOWLEDGE.request(
    "group_id" / GroupId(nullable=True, default=None),
    "member_id" / String(nullable=True),
    "share_session_epoch" / Int32,
    "is_renew_ack" / Boolean("2+"),
    "topics" / Array(AcknowledgeTopic),
)

LeaderIdAndEpoch = Struct(
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
)

PartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "current_leader" / LeaderIdAndEpoch,
)

ShareAcknowledgeTopicResponse = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

NodeEndpoint = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "rack" / String(nullable=True, default=None),
)

ShareAcknowledgeResponse = SHARE_ACKNOWLEDGE.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "acquisition_lock_timeout_ms" / Int32("2+"),
    "responses" / Array(ShareAcknowledgeTopicResponse),
    "node_endpoints" / Array(NodeEndpoint),
)

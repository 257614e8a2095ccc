"""ShareFetch (API key 78)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    GroupId,
    Int8,
    Int16,
    Int32,
    Int64,
    Records,
    String,
    Struct,
    TopicId,
)

SHARE_FETCH = Api("ShareFetch", key=78, versions="0-2", flexible="0+")

AcknowledgementBatch = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "acknowledge_types" / Array(Enumeration(Int8, "acknowledge_type")),
)

FetchPartition = Struct(
    "partition_index" / Int32,
    "partition_max_bytes" / Int32("0"),
    "acknowledgement_batches" / Array(AcknowledgementBatch),
)

FetchTopic = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(FetchPartition),
)

ForgottenTopic = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ShareFetchRequest = SHARE_FETCH.request(
    "group_id" / GroupId(nullable=True, default=None),
    "member_id" / String(nullable=True),
    "share_session_epoch" / Int32,
    "max_wait_ms" / Int32,
    "min_bytes" / Int32,
    "max_bytes" / Int32(default=2147483647),
    "max_records" / Int32("1+"),
    "batch_size" / Int32("1+"),
    "share_acquire_mode" / Enumeration(Int8, "share_acquire_mode")("2+"),
    "is_renew_ack" / Boolean("2+"),
    "topics" / Array(FetchTopic),
    "forgotten_topics_data" / Array(ForgottenTopic),
)

LeaderIdAndEpoch = Struct(
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
)

AcquiredRecords = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "delivery_count" / Int16,
)

PartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "acknowledge_error_code" / ErrorCode,
    "acknowledge_error_message" / String(nullable=True, default=None),
    "current_leader" / LeaderIdAndEpoch,
    "records" / Records(nullable="0"),
    "acquired_records" / Array(AcquiredRecords),
)

ShareFetchableTopicResponse = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

NodeEndpoint = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "rack" / String(nullable=True, default=None),
)

ShareFetchResponse = SHARE_FETCH.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "acquisition_lock_timeout_ms" / Int32("1+"),
    "responses" / Array(ShareFetchableTopicResponse),
    "node_endpoints" / Array(NodeEndpoint),
)

"""DescribeProducers (API key 61)."""

from structs.grammar import Api, Array, ErrorCode, Int32, Int64, ProducerId, String, Struct, TopicName

DESCRIBE_PRODUCERS = Api("DescribeProducers", key=61, versions="0", flexible="0+")

TopicRequest = Struct(
    "name" / TopicName,
    "partition_indexes" / Array(Int32),
)

DescribeProducersRequest = DESCRIBE_PRODUCERS.request(
    "topics" / Array(TopicRequest),
)

ProducerState = Struct(
    "producer_id" / ProducerId,
    "producer_epoch" / Int32,
    "last_sequence" / Int32(default=-1),
    "last_timestamp" / Int64(default=-1),
    "coordinator_epoch" / Int32,
    "current_txn_start_offset" / Int64(default=-1),
)

PartitionResponse = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "active_producers" / Array(ProducerState),
)

TopicResponse = Struct(
    "name" / TopicName,
    "partitions" / Array(PartitionResponse),
)

DescribeProducersResponse = DESCRIBE_PRODUCERS.response(
    "throttle_time_ms" / Int32,
    "topics" / Array(TopicResponse),
)

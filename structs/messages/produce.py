"""Produce (API key 0)."""

from structs.grammar import (
    Api,
    Array,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int16,
    Int32,
    Int64,
    Records,
    String,
    Struct,
    TopicId,
    TopicName,
    TransactionalId,
)

PRODUCE = Api("Produce", key=0, versions="0-13", flexible="9+")

PartitionProduceData = Struct(
    "index" / Int32,
    "records" / Records(nullable=True),
)

TopicProduceData = Struct(
    "name" / TopicName("0-12"),
    "topic_id" / TopicId("13+"),
    "partition_data" / Array(PartitionProduceData),
)

ProduceRequest = PRODUCE.request(
    "transactional_id" / TransactionalId("3+", nullable=True, default=None),
    "acks" / Enumeration(Int16, "acks"),
    "timeout_ms" / Int32,
    "topic_data" / Array(TopicProduceData),
)

BatchIndexAndErrorMessage = Struct(
    "batch_index" / Int32,
    "batch_index_error_message" / String(nullable=True, default=None),
)

LeaderIdAndEpoch = Struct(
    "leader_id" / BrokerId(default=-1),
    "leader_epoch" / Int32(default=-1),
)

PartitionProduceResponse = Struct(
    "index" / Int32,
    "error_code" / ErrorCode,
    "base_offset" / Int64,
    "log_append_time_ms" / Int64("2+", default=-1),
    "log_start_offset" / Int64("5+", default=-1),
    "record_errors" / Array(BatchIndexAndErrorMessage, "8+"),
    "error_message" / String("8+", nullable=True, default=None),
    "current_leader" / LeaderIdAndEpoch("10+", tag=0),
)

TopicProduceResponse = Struct(
    "name" / TopicName("0-12"),
    "topic_id" / TopicId("13+"),
    "partition_responses" / Array(PartitionProduceResponse),
)

NodeEndpoint = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "rack" / String(nullable=True, default=None),
)

ProduceResponse = PRODUCE.response(
    "responses" / Array(TopicProduceResponse),
    "throttle_time_ms" / Int32("1+"),
    "node_endpoints" / Array(NodeEndpoint, "10+", tag=0),
)

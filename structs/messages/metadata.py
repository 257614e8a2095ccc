"""Metadata (API key 3)."""

from structs.grammar import (
    Api,
    Array,
    AuthorizedOperations,
    Boolean,
    BrokerId,
    ErrorCode,
    Int32,
    String,
    Struct,
    TopicId,
    TopicName,
)

METADATA = Api("Metadata", key=3, versions="0-13", flexible="9+")

MetadataRequestTopic = Struct(
    "topic_id" / TopicId("10+"),
    "name" / TopicName(nullable="10+"),
)

MetadataRequest = METADATA.request(
    "topics" / Array(MetadataRequestTopic, nullable="1+"),
    "allow_auto_topic_creation" / Boolean("4+", default=True),
    "include_cluster_authorized_operations" / Boolean("8-10"),
    "include_topic_authorized_operations" / Boolean("8+"),
)

MetadataResponseBroker = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "rack" / String("1+", nullable=True, default=None),
)

MetadataResponsePartition = Struct(
    "error_code" / ErrorCode,
    "partition_index" / Int32,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32("7+", default=-1),
    "replica_nodes" / Array(BrokerId),
    "isr_nodes" / Array(BrokerId),
    "offline_replicas" / Array(BrokerId, "5+"),
)

MetadataResponseTopic = Struct(
    "error_code" / ErrorCode,
    "name" / TopicName(nullable="12+"),
    "topic_id" / TopicId("10+"),
    "is_internal" / Boolean("1+"),
    "partitions" / Array(MetadataResponsePartition),
    "topic_authorized_operations" / AuthorizedOperations("8+", default=-2147483648),
)

MetadataResponse = METADATA.response(
    "throttle_time_ms" / Int32("3+"),
    "brokers" / Array(MetadataResponseBroker),
    "cluster_id" / String("2+", nullable=True, default=None),
    "controller_id" / BrokerId("1+", default=-1),
    "topics" / Array(MetadataResponseTopic),
    "cluster_authorized_operations" / AuthorizedOperations("8-10", default=-2147483648),
    "error_code" / ErrorCode("13+"),
)

"""UpdateMetadata (API key 6)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int8,
    Int16,
    Int32,
    Int64,
    String,
    Struct,
    TopicId,
    TopicName,
)

UPDATE_METADATA = Api("UpdateMetadata", key=6, versions="0-8", flexible="6+")

UpdateMetadataPartitionState = Struct(
    "topic_name" / TopicName("0-4"),
    "partition_index" / Int32,
    "controller_epoch" / Int32,
    "leader" / BrokerId,
    "leader_epoch" / Int32,
    "isr" / Array(BrokerId),
    "zk_version" / Int32,
    "replicas" / Array(BrokerId),
    "offline_replicas" / Array(BrokerId, "4+"),
)

UpdateMetadataTopicState = Struct(
    "topic_name" / TopicName,
    "topic_id" / TopicId("7+"),
    "partition_states" / Array(UpdateMetadataPartitionState),
)

UpdateMetadataEndpoint = Struct(
    "port" / Int32,
    "host" / String,
    "listener" / String("3+"),
    "security_protocol" / Enumeration(Int16, "security_protocol"),
)

UpdateMetadataBroker = Struct(
    "id" / BrokerId,
    "v0_host" / String("0"),
    "v0_port" / Int32("0"),
    "endpoints" / Array(UpdateMetadataEndpoint, "1+"),
    "rack" / String("2+", nullable=True),
)

UpdateMetadataRequest = UPDATE_METADATA.request(
    "controller_id" / BrokerId,
    "is_kraft_controller" / Boolean("8+"),
    "type" / Int8("8+", tag=0),
    "controller_epoch" / Int32,
    "broker_epoch" / Int64("5+", default=-1),
    "ungrouped_partition_states" / Array(UpdateMetadataPartitionState, "0-4"),
    "topic_states" / Array(UpdateMetadataTopicState, "5+"),
    "live_brokers" / Array(UpdateMetadataBroker),
)

UpdateMetadataResponse = UPDATE_METADATA.response(
    "error_code" / ErrorCode,
)

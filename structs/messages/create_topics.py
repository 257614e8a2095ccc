"""CreateTopics (API key 19)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    ConfigValue,
    Enumeration,
    ErrorCode,
    Int8,
    Int16,
    Int32,
    String,
    Struct,
    TopicId,
    TopicName,
)

CREATE_TOPICS = Api("CreateTopics", key=19, versions="0-7", flexible="5+")

CreatableReplicaAssignment = Struct(
    "partition_index" / Int32,
    "broker_ids" / Array(BrokerId),
)

CreatableTopicConfig = Struct(
    "name" / String,
    "value" / ConfigValue(nullable=True),
)

CreatableTopic = Struct(
    "name" / TopicName,
    "num_partitions" / Int32,
    "replication_factor" / Int16,
    "assignments" / Array(CreatableReplicaAssignment),
    "configs" / Array(CreatableTopicConfig),
)

CreateTopicsRequest = CREATE_TOPICS.request(
    "topics" / Array(CreatableTopic),
    "timeout_ms" / Int32(default=60000),
    "validate_only" / Boolean("1+"),
)

CreatableTopicConfigs = Struct(
    "name" / String,
    "value" / ConfigValue(nullable=True),
    "read_only" / Boolean,
    "config_source" / Enumeration(Int8, "config_source")(default=-1),
    "is_sensitive" / Boolean,
)

CreatableTopicResult = Struct(
    "name" / TopicName,
    "topic_id" / TopicId("7+"),
    "error_code" / ErrorCode,
    "error_message" / String("1+", nullable=True),
    "topic_config_error_code" / ErrorCode("5+", tag=0),
    "num_partitions" / Int32("5+", default=-1),
    "replication_factor" / Int16("5+", default=-1),
    "configs" / Array(CreatableTopicConfigs, "5+", nullable=True),
)

CreateTopicsResponse = CREATE_TOPICS.response(
    "throttle_time_ms" / Int32("2+"),
    "topics" / Array(CreatableTopicResult),
)

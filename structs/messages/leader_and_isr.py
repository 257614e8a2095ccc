"""LeaderAndIsr (API key 4)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int8,
    Int32,
    Int64,
    String,
    Struct,
    TopicId,
    TopicName,
)

LEADER_AND_ISR = Api("LeaderAndIsr", key=4, versions="0-7", flexible="4+")

LeaderAndIsrPartitionState = Struct(
    "topic_name" / TopicName("0-1"),
    "partition_index" / Int32,
    "controller_epoch" / Int32,
    "leader" / BrokerId,
    "leader_epoch" / Int32,
    "isr" / Array(BrokerId),
    "partition_epoch" / Int32,
    "replicas" / Array(BrokerId),
    "adding_replicas" / Array(BrokerId, "3+"),
    "removing_replicas" / Array(BrokerId, "3+"),
    "is_new" / Boolean("1+"),
    "leader_recovery_state" / Enumeration(Int8, "leader_recovery_state")("6+"),
)

LeaderAndIsrTopicState = Struct(
    "topic_name" / TopicName,
    "topic_id" / TopicId("5+"),
    "partition_states" / Array(LeaderAndIsrPartitionState),
)

LeaderAndIsrLiveLeader = Struct(
    "broker_id" / BrokerId,
    "host_name" / String,
    "port" / Int32,
)

LeaderAndIsrRequest = LEADER_AND_ISR.request(
    "controller_id" / BrokerId,
    "is_kraft_controller" / Boolean("7+"),
    "controller_epoch" / Int32,
    "broker_epoch" / Int64("2+", default=-1),
    "type" / Int8("5+"),
    "ungrouped_partition_states" / Array(LeaderAndIsrPartitionState, "0-1"),
    "topic_states" / Array(LeaderAndIsrTopicState, "2+"),
    "live_leaders" / Array(LeaderAndIsrLiveLeader),
)

LeaderAndIsrPartitionError = Struct(
    "topic_name" / TopicName("0-4"),
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

LeaderAndIsrTopicError = Struct(
    "topic_id" / TopicId,
    "partition_errors" / Array(LeaderAndIsrPartitionError),
)

LeaderAndIsrResponse = LEADER_AND_ISR.response(
    "error_code" / ErrorCode,
    "partition_errors" / Array(LeaderAndIsrPartitionError, "0-4"),
    "topics" / Array(LeaderAndIsrTopicError, "5+"),
)

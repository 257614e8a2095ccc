"""AlterPartition (API key 56)."""

from structs.grammar import Api, Array, BrokerId, Enumeration, ErrorCode, Int8, Int32, Int64, Struct, TopicId, TopicName

ALTER_PARTITION = Api("AlterPartition", key=56, versions="0-3", flexible="0+")

BrokerState = Struct(
    "broker_id" / BrokerId,
    "broker_epoch" / Int64(default=-1),
)

RequestPartitionData = Struct(
    "partition_index" / Int32,
    "leader_epoch" / Int32,
    "new_isr" / Array(BrokerId, "0-2"),
    "new_isr_with_epochs" / Array(BrokerState, "3+"),
    "leader_recovery_state" / Enumeration(Int8, "leader_recovery_state")("1+"),
    "partition_epoch" / Int32,
)

RequestTopicData = Struct(
    "topic_name" / TopicName("0-1"),
    "topic_id" / TopicId("2+"),
    "partitions" / Array(RequestPartitionData),
)

AlterPartitionRequest = ALTER_PARTITION.request(
    "broker_id" / BrokerId,
    "broker_epoch" / Int64(default=-1),
    "topics" / Array(RequestTopicData),
)

ResponsePartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
    "isr" / Array(BrokerId),
    "leader_recovery_state" / Enumeration(Int8, "leader_recovery_state")("1+"),
    "partition_epoch" / Int32,
)

ResponseTopicData = Struct(
    "topic_name" / TopicName("0-1"),
    "topic_id" / TopicId("2+"),
    "partitions" / Array(ResponsePartitionData),
)

AlterPartitionResponse = ALTER_PARTITION.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "topics" / Array(ResponseTopicData),
)

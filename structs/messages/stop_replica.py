"""StopReplica (API key 5)."""

from structs.grammar import Api, Array, Boolean, BrokerId, ErrorCode, Int32, Int64, Struct, TopicName

STOP_REPLICA = Api("StopReplica", key=5, versions="0-4", flexible="2+")

StopReplicaPartitionV0 = Struct(
    "topic_name" / TopicName,
    "partition_index" / Int32,
)

StopReplicaTopicV1 = Struct(
    "name" / TopicName,
    "partition_indexes" / Array(Int32),
)

StopReplicaPartitionState = Struct(
    "partition_index" / Int32,
    "leader_epoch" / Int32(default=-1),
    "delete_partition" / Boolean,
)

StopReplicaTopicState = Struct(
    "topic_name" / TopicName,
    "partition_states" / Array(StopReplicaPartitionState),
)

StopReplicaRequest = STOP_REPLICA.request(
    "controller_id" / BrokerId,
    "is_kraft_controller" / Boolean("4+"),
    "controller_epoch" / Int32,
    "broker_epoch" / Int64("1+", default=-1),
    "delete_partitions" / Boolean("0-2"),
    "ungrouped_partitions" / Array(StopReplicaPartitionV0, "0"),
    "topics" / Array(StopReplicaTopicV1, "1-2"),
    "topic_states" / Array(StopReplicaTopicState, "3+"),
)

StopReplicaPartitionError = Struct(
    "topic_name" / TopicName,
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

StopReplicaResponse = STOP_REPLICA.response(
    "error_code" / ErrorCode,
    "partition_errors" / Array(StopReplicaPartitionError),
)

"""DescribeTopicPartitions (API key 75)."""

from structs.grammar import (
    Api,
    Array,
    AuthorizedOperations,
    Boolean,
    BrokerId,
    ErrorCode,
    Int32,
    Struct,
    TopicId,
    TopicName,
)

DESCRIBE_TOPIC_PARTITIONS = Api("DescribeTopicPartitions", key=75, versions="0", flexible="0+")

TopicRequest = Struct(
    "name" / TopicName,
)

Cursor = Struct(
    "topic_name" / TopicName,
    "partition_index" / Int32,
)

DescribeTopicPartitionsRequest = DESCRIBE_TOPIC_PARTITIONS.request(
    "topics" / Array(TopicRequest),
    "response_partition_limit" / Int32(default=2000),
    "cursor" / Cursor(nullable=True, default=None),
)

DescribeTopicPartitionsResponsePartition = Struct(
    "error_code" / ErrorCode,
    "partition_index" / Int32,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32(default=-1),
    "replica_nodes" / Array(BrokerId),
    "isr_nodes" / Array(BrokerId),
    "eligible_leader_replicas" / Array(BrokerId, nullable=True, default=None),
    "last_known_elr" / Array(BrokerId, nullable=True, default=None),
    "offline_replicas" / Array(BrokerId),
)

DescribeTopicPartitionsResponseTopic = Struct(
    "error_code" / ErrorCode,
    "name" / TopicName(nullable=True),
    "topic_id" / TopicId,
    "is_internal" / Boolean,
    "partitions" / Array(DescribeTopicPartitionsResponsePartition),
    "topic_authorized_operations" / AuthorizedOperations(default=-2147483648),
)

DescribeTopicPartitionsResponse = DESCRIBE_TOPIC_PARTITIONS.response(
    "throttle_time_ms" / Int32,
    "topics" / Array(DescribeTopicPartitionsResponseTopic),
    "next_cursor" / Cursor(nullable=True, default=None),
)

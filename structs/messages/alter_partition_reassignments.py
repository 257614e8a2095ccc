"""AlterPartitionReassignments (API key 45)."""

from structs.grammar import Api, Array, Boolean, BrokerId, ErrorCode, Int32, String, Struct, TopicName

ALTER_PARTITION_REASSIGNMENTS = Api("AlterPartitionReassignments", key=45, versions="0-1", flexible="0+")

ReassignablePartition = Struct(
    "partition_index" / Int32,
    "replicas" / Array(BrokerId, nullable=True, default=None),
)

ReassignableTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(ReassignablePartition),
)

AlterPartitionReassignmentsRequest = ALTER_PARTITION_REASSIGNMENTS.request(
    "timeout_ms" / Int32(default=60000),
    "allow_replication_factor_change" / Boolean("1+", default=True),
    "topics" / Array(ReassignableTopic),
)

ReassignablePartitionResponse = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

ReassignableTopicResponse = Struct(
    "name" / TopicName,
    "partitions" / Array(ReassignablePartitionResponse),
)

AlterPartitionReassignmentsResponse = ALTER_PARTITION_REASSIGNMENTS.response(
    "throttle_time_ms" / Int32,
    "allow_replication_factor_change" / Boolean("1+", default=True),
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "responses" / Array(ReassignableTopicResponse),
)

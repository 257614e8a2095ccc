"""ListPartitionReassignments (API key 46)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int32, String, Struct, TopicName

LIST_PARTITION_REASSIGNMENTS = Api("ListPartitionReassignments", key=46, versions="0", flexible="0+")

ListPartitionReassignmentsTopics = Struct(
    "name" / TopicName,
    "partition_indexes" / Array(Int32),
)

ListPartitionReassignmentsRequest = LIST_PARTITION_REASSIGNMENTS.request(
    "timeout_ms" / Int32(default=60000),
    "topics" / Array(ListPartitionReassignmentsTopics, nullable=True, default=None),
)

OngoingPartitionReassignment = Struct(
    "partition_index" / Int32,
    "replicas" / Array(BrokerId),
    "adding_replicas" / Array(BrokerId),
    "removing_replicas" / Array(BrokerId),
)

OngoingTopicReassignment = Struct(
    "name" / TopicName,
    "partitions" / Array(OngoingPartitionReassignment),
)

ListPartitionReassignmentsResponse = LIST_PARTITION_REASSIGNMENTS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "topics" / Array(OngoingTopicReassignment),
)

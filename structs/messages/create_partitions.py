"""CreatePartitions (API key 37)."""

from structs.grammar import Api, Array, Boolean, BrokerId, ErrorCode, Int32, String, Struct, TopicName

CREATE_PARTITIONS = Api("CreatePartitions", key=37, versions="0-3", flexible="2+")

CreatePartitionsAssignment = Struct(
    "broker_ids" / Array(BrokerId),
)

CreatePartitionsTopic = Struct(
    "name" / TopicName,
    "count" / Int32,
    "assignments" / Array(CreatePartitionsAssignment, nullable=True),
)

CreatePartitionsRequest = CREATE_PARTITIONS.request(
    "topics" / Array(CreatePartitionsTopic),
    "timeout_ms" / Int32,
    "validate_only" / Boolean,
)

CreatePartitionsTopicResult = Struct(
    "name" / TopicName,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)

CreatePartitionsResponse = CREATE_PARTITIONS.response(
    "throttle_time_ms" / Int32,
    "results" / Array(CreatePartitionsTopicResult),
)

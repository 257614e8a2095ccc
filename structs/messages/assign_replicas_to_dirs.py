"""AssignReplicasToDirs (API key 73)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int32, Int64, Struct, TopicId, Uuid

ASSIGN_REPLICAS_TO_DIRS = Api("AssignReplicasToDirs", key=73, versions="0", flexible="0+")

RequestPartitionData = Struct(
    "partition_index" / Int32,
)

RequestTopicData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(RequestPartitionData),
)

RequestDirectoryData = Struct(
    "id" / Uuid,
    "topics" / Array(RequestTopicData),
)

AssignReplicasToDirsRequest = ASSIGN_REPLICAS_TO_DIRS.request(
    "broker_id" / BrokerId,
    "broker_epoch" / Int64(default=-1),
    "directories" / Array(RequestDirectoryData),
)

ResponsePartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

ResponseTopicData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(ResponsePartitionData),
)

ResponseDirectoryData = Struct(
    "id" / Uuid,
    "topics" / Array(ResponseTopicData),
)

AssignReplicasToDirsResponse = ASSIGN_REPLICAS_TO_DIRS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "directories" / Array(ResponseDirectoryData),
)

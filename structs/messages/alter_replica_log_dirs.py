"""AlterReplicaLogDirs (API key 34)."""

from structs.grammar import Api, Array, ErrorCode, Int32, String, Struct, TopicName

ALTER_REPLICA_LOG_DIRS = Api("AlterReplicaLogDirs", key=34, versions="0-2", flexible="2+")

AlterReplicaLogDirTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(Int32),
)

AlterReplicaLogDir = Struct(
    "path" / String,
    "topics" / Array(AlterReplicaLogDirTopic),
)

AlterReplicaLogDirsRequest = ALTER_REPLICA_LOG_DIRS.request(
    "dirs" / Array(AlterReplicaLogDir),
)

AlterReplicaLogDirPartitionResult = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

AlterReplicaLogDirTopicResult = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(AlterReplicaLogDirPartitionResult),
)

AlterReplicaLogDirsResponse = ALTER_REPLICA_LOG_DIRS.response(
    "throttle_time_ms" / Int32,
    "results" / Array(AlterReplicaLogDirTopicResult),
)

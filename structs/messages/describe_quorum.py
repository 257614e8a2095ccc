"""DescribeQuorum (API key 55)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int32, Int64, String, Struct, TopicName, UInt16, Uuid

DESCRIBE_QUORUM = Api("DescribeQuorum", key=55, versions="0-2", flexible="0+")

RequestPartitionData = Struct(
    "partition_index" / Int32,
)

RequestTopicData = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(RequestPartitionData),
)

DescribeQuorumRequest = DESCRIBE_QUORUM.request(
    "topics" / Array(RequestTopicData),
)

ReplicaState = Struct(
    "replica_id" / BrokerId,
    "replica_directory_id" / Uuid("2+"),
    "log_end_offset" / Int64,
    "last_fetch_timestamp" / Int64("1+", default=-1),
    "last_caught_up_timestamp" / Int64("1+", default=-1),
)

ResponsePartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String("2+", nullable=True),
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
    "high_watermark" / Int64,
    "current_voters" / Array(ReplicaState),
    "observers" / Array(ReplicaState),
)

ResponseTopicData = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(ResponsePartitionData),
)

Listener = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
)

Node = Struct(
    "node_id" / BrokerId,
    "listeners" / Array(Listener),
)

DescribeQuorumResponse = DESCRIBE_QUORUM.response(
    "error_code" / ErrorCode,
    "error_message" / String("2+", nullable=True),
    "topics" / Array(ResponseTopicData),
    "nodes" / Array(Node, "2+"),
)

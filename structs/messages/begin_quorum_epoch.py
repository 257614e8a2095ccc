"""BeginQuorumEpoch (API key 53)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int32, String, Struct, TopicName, UInt16, Uuid

BEGIN_QUORUM_EPOCH = Api("BeginQuorumEpoch", key=53, versions="0-1", flexible="1+")

RequestPartitionData = Struct(
    "partition_index" / Int32,
    "voter_directory_id" / Uuid("1+"),
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
)

RequestTopicData = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(RequestPartitionData),
)

LeaderEndpoint = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
)

BeginQuorumEpochRequest = BEGIN_QUORUM_EPOCH.request(
    "cluster_id" / String(nullable=True, default=None),
    "voter_id" / BrokerId("1+", default=-1),
    "topics" / Array(RequestTopicData),
    "leader_endpoints" / Array(LeaderEndpoint, "1+"),
)

ResponsePartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
)

ResponseTopicData = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(ResponsePartitionData),
)

NodeEndpoint = Struct(
    "node_id" / BrokerId,
    "host" / String,
    "port" / UInt16,
)

BeginQuorumEpochResponse = BEGIN_QUORUM_EPOCH.response(
    "error_code" / ErrorCode,
    "topics" / Array(ResponseTopicData),
    "node_endpoints" / Array(NodeEndpoint, "1+", tag=0),
)

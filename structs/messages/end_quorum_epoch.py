"""EndQuorumEpoch (API key 54)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int32, String, Struct, TopicName, UInt16, Uuid

END_QUORUM_EPOCH = Api("EndQuorumEpoch", key=54, versions="0-1", flexible="1+")

ReplicaInfo = Struct(
    "candidate_id" / BrokerId,
    "candidate_directory_id" / Uuid,
)

RequestPartitionData = Struct(
    "partition_index" / Int32,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
    "preferred_successors" / Array(Int32, "0"),
    "preferred_candidates" / Array(ReplicaInfo, "1+"),
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

EndQuorumEpochRequest = END_QUORUM_EPOCH.request(
    "cluster_id" / String(nullable=True, default=None),
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

EndQuorumEpochResponse = END_QUORUM_EPOCH.response(
    "error_code" / ErrorCode,
    "topics" / Array(ResponseTopicData),
    "node_endpoints" / Array(NodeEndpoint, "1+", tag=0),
)

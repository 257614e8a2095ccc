"""Vote (API key 52)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    ErrorCode,
    Int32,
    Int64,
    String,
    Struct,
    TopicName,
    UInt16,
    Uuid,
)

VOTE = Api("Vote", key=52, versions="0-2", flexible="0+")

RequestPartitionData = Struct(
    "partition_index" / Int32,
    "replica_epoch" / Int32,
    "replica_id" / BrokerId,
    "replica_directory_id" / Uuid("1+"),
    "voter_directory_id" / Uuid("1+"),
    "last_offset_epoch" / Int32,
    "last_offset" / Int64,
    "pre_vote" / Boolean("2+"),
)

RequestTopicData = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(RequestPartitionData),
)

VoteRequest = VOTE.request(
    "cluster_id" / String(nullable=True, default=None),
    "voter_id" / BrokerId("1+", default=-1),
    "topics" / Array(RequestTopicData),
)

ResponsePartitionData = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
    "vote_granted" / Boolean,
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

VoteResponse = VOTE.response(
    "error_code" / ErrorCode,
    "topics" / Array(ResponseTopicData),
    "node_endpoints" / Array(NodeEndpoint, "1+", tag=0),
)

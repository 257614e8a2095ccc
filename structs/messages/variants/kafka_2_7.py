"""Layouts that Kafka 2.7 brought and a later release replaced, under the same version numbers."""

from structs.grammar import Api, Array, BrokerId, Data, Int32, String, Struct, TopicName

END_QUORUM_EPOCH = Api("EndQuorumEpoch", key=54, versions="0", flexible="none")

PartitionData = Struct(
    "partition_index" / Int32,
    "replica_id" / Int32,
    "leader_id" / BrokerId,
    "leader_epoch" / Int32,
    "preferred_successors" / Array(Int32),
)

TopicData = Struct(
    "topic_name" / TopicName,
    "partitions" / Array(PartitionData),
)

EndQuorumEpochRequest = END_QUORUM_EPOCH.request(
    "cluster_id" / String(nullable=True, default=None),
    "topics" / Array(TopicData),
)

Voter = Struct(
    "voter_id" / BrokerId,
)

LeaderChangeMessage = Data(
    "LeaderChangeMessage",
    "leader_id" / BrokerId,
    "voters" / Array(Voter),
    versions="0",
    flexible="0+",
)

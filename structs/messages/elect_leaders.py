"""ElectLeaders (API key 43)."""

from structs.grammar import Api, Array, Enumeration, ErrorCode, Int8, Int32, String, Struct, TopicName

ELECT_LEADERS = Api("ElectLeaders", key=43, versions="0-2", flexible="2+")

TopicPartitions = Struct(
    "topic" / TopicName,
    "partitions" / Array(Int32),
)

ElectLeadersRequest = ELECT_LEADERS.request(
    "election_type" / Enumeration(Int8, "election_type")("1+"),
    "topic_partitions" / Array(TopicPartitions, nullable=True),
    "timeout_ms" / Int32(default=60000),
)

PartitionResult = Struct(
    "partition_id" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

ReplicaElectionResult = Struct(
    "topic" / TopicName,
    "partition_result" / Array(PartitionResult),
)

ElectLeadersResponse = ELECT_LEADERS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode("1+"),
    "replica_election_results" / Array(ReplicaElectionResult),
)

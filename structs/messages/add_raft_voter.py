"""AddRaftVoter (API key 80)."""

from structs.grammar import Api, Array, Boolean, BrokerId, ErrorCode, Int32, String, Struct, UInt16, Uuid

ADD_RAFT_VOTER = Api("AddRaftVoter", key=80, versions="0-1", flexible="0+")

Listener = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
)

AddRaftVoterRequest = ADD_RAFT_VOTER.request(
    "cluster_id" / String(nullable=True),
    "timeout_ms" / Int32,
    "voter_id" / BrokerId,
    "voter_directory_id" / Uuid,
    "listeners" / Array(Listener),
    "ack_when_committed" / Boolean("1+", default=True),
)

AddRaftVoterResponse = ADD_RAFT_VOTER.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

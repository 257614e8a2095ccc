"""RemoveRaftVoter (API key 81)."""

from structs.grammar import Api, BrokerId, ErrorCode, Int32, String, Uuid

REMOVE_RAFT_VOTER = Api("RemoveRaftVoter", key=81, versions="0", flexible="0+")

RemoveRaftVoterRequest = REMOVE_RAFT_VOTER.request(
    "cluster_id" / String(nullable=True),
    "voter_id" / BrokerId,
    "voter_directory_id" / Uuid,
)

RemoveRaftVoterResponse = REMOVE_RAFT_VOTER.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

"""UpdateRaftVoter (API key 82)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int16, Int32, String, Struct, UInt16, Uuid

UPDATE_RAFT_VOTER = Api("UpdateRaftVoter", key=82, versions="0", flexible="0+")

Listener = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
)

KRaftVersionFeature = Struct(
    "min_supported_version" / Int16,
    "max_supported_version" / Int16,
)

UpdateRaftVoterRequest = UPDATE_RAFT_VOTER.request(
    "cluster_id" / String(nullable=True),
    "current_leader_epoch" / Int32,
    "voter_id" / BrokerId,
    "voter_directory_id" / Uuid,
    "listeners" / Array(Listener),
    "kraft_version_feature" / KRaftVersionFeature,
)

CurrentLeader = Struct(
    "leader_id" / BrokerId(default=-1),
    "leader_epoch" / Int32(default=-1),
    "host" / String,
    "port" / Int32,
)

UpdateRaftVoterResponse = UPDATE_RAFT_VOTER.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "current_leader" / CurrentLeader(tag=0),
)

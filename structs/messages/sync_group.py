"""SyncGroup (API key 14)."""

from structs.grammar import Api, Array, Embedded, ErrorCode, GroupId, Int32, String, Struct

SYNC_GROUP = Api("SyncGroup", key=14, versions="0-5", flexible="4+")

SyncGroupRequestAssignment = Struct(
    "member_id" / String,
    "assignment" / Embedded("group assignment"),
)

SyncGroupRequest = SYNC_GROUP.request(
    "group_id" / GroupId,
    "generation_id" / Int32,
    "member_id" / String,
    "group_instance_id" / String("3+", nullable=True, default=None),
    "protocol_type" / String("5+", nullable=True, default=None),
    "protocol_name" / String("5+", nullable=True, default=None),
    "assignments" / Array(SyncGroupRequestAssignment),
)

SyncGroupResponse = SYNC_GROUP.response(
    "throttle_time_ms" / Int32("1+"),
    "error_code" / ErrorCode,
    "protocol_type" / String("5+", nullable=True, default=None),
    "protocol_name" / String("5+", nullable=True, default=None),
    "assignment" / Embedded("group assignment"),
)

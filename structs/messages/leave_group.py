"""LeaveGroup (API key 13)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct

LEAVE_GROUP = Api("LeaveGroup", key=13, versions="0-5", flexible="4+")

MemberIdentity = Struct(
    "member_id" / String,
    "group_instance_id" / String(nullable=True, default=None),
    "reason" / String("5+", nullable=True, default=None),
)

LeaveGroupRequest = LEAVE_GROUP.request(
    "group_id" / GroupId,
    "member_id" / String("0-2"),
    "members" / Array(MemberIdentity, "3+"),
)

MemberResponse = Struct(
    "member_id" / String,
    "group_instance_id" / String(nullable=True),
    "error_code" / ErrorCode,
)

LeaveGroupResponse = LEAVE_GROUP.response(
    "throttle_time_ms" / Int32("1+"),
    "error_code" / ErrorCode,
    "members" / Array(MemberResponse, "3+"),
)

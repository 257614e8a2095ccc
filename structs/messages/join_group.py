"""JoinGroup (API key 11)."""

from structs.grammar import Api, Array, Boolean, Embedded, ErrorCode, GroupId, Int32, String, Struct

JOIN_GROUP = Api("JoinGroup", key=11, versions="0-9", flexible="6+")

JoinGroupRequestProtocol = Struct(
    "name" / String,
    "metadata" / Embedded("group subscription"),
)

JoinGroupRequest = JOIN_GROUP.request(
    "group_id" / GroupId,
    "session_timeout_ms" / Int32,
    "rebalance_timeout_ms" / Int32("1+", default=-1),
    "member_id" / String,
    "group_instance_id" / String("5+", nullable=True, default=None),
    "protocol_type" / String,
    "protocols" / Array(JoinGroupRequestProtocol),
    "reason" / String("8+", nullable=True, default=None),
)

JoinGroupResponseMember = Struct(
    "member_id" / String,
    "group_instance_id" / String("5+", nullable=True, default=None),
    "metadata" / Embedded("group subscription"),
)

JoinGroupResponse = JOIN_GROUP.response(
    "throttle_time_ms" / Int32("2+"),
    "error_code" / ErrorCode,
    "generation_id" / Int32(default=-1),
    "protocol_type" / String("7+", nullable=True, default=None),
    "protocol_name" / String(nullable="7+"),
    "leader" / String,
    "skip_assignment" / Boolean("9+"),
    "member_id" / String,
    "members" / Array(JoinGroupResponseMember),
)

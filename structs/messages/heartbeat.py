"""Heartbeat (API key 12)."""

from structs.grammar import Api, ErrorCode, GroupId, Int32, String

HEARTBEAT = Api("Heartbeat", key=12, versions="0-4", flexible="4+")

HeartbeatRequest = HEARTBEAT.request(
    "group_id" / GroupId,
    "generation_id" / Int32,
    "member_id" / String,
    "group_instance_id" / String("3+", nullable=True, default=None),
)

HeartbeatResponse = HEARTBEAT.response(
    "throttle_time_ms" / Int32("1+"),
    "error_code" / ErrorCode,
)

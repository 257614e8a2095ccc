"""BrokerHeartbeat (API key 63)."""

from structs.grammar import Api, Array, Boolean, BrokerId, ErrorCode, Int32, Int64, Uuid

BROKER_HEARTBEAT = Api("BrokerHeartbeat", key=63, versions="0-2", flexible="0+")

BrokerHeartbeatRequest = BROKER_HEARTBEAT.request(
    "broker_id" / BrokerId,
    "broker_epoch" / Int64(default=-1),
    "current_metadata_offset" / Int64,
    "want_fence" / Boolean,
    "want_shut_down" / Boolean,
    "offline_log_dirs" / Array(Uuid, "1+", tag=0),
    "cordoned_log_dirs" / Array(Uuid, "2+", nullable=True, default=None, tag=1),
)

BrokerHeartbeatResponse = BROKER_HEARTBEAT.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "is_caught_up" / Boolean,
    "is_fenced" / Boolean(default=True),
    "should_shut_down" / Boolean,
)

"""FindCoordinator (API key 10)."""

from structs.grammar import Api, Array, BrokerId, Enumeration, ErrorCode, Int8, Int32, String, Struct

FIND_COORDINATOR = Api("FindCoordinator", key=10, versions="0-6", flexible="3+")

FindCoordinatorRequest = FIND_COORDINATOR.request(
    "key" / String("0-3"),
    "key_type" / Enumeration(Int8, "coordinator_key_type")("1+"),
    "coordinator_keys" / Array(String, "4+"),
)

Coordinator = Struct(
    "key" / String,
    "node_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

FindCoordinatorResponse = FIND_COORDINATOR.response(
    "throttle_time_ms" / Int32("1+"),
    "error_code" / ErrorCode("0-3"),
    "error_message" / String("1-3", nullable=True),
    "node_id" / BrokerId("0-3"),
    "host" / String("0-3"),
    "port" / Int32("0-3"),
    "coordinators" / Array(Coordinator, "4+"),
)

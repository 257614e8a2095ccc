"""UnregisterController (API key 94)."""

from structs.grammar import Api, BrokerId, ErrorCode, Int32, String

UNREGISTER_CONTROLLER = Api("UnregisterController", key=94, versions="0", flexible="0+")

UnregisterControllerRequest = UNREGISTER_CONTROLLER.request(
    "controller_id" / BrokerId,
)

UnregisterControllerResponse = UNREGISTER_CONTROLLER.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

"""UnregisterBroker (API key 64)."""

from structs.grammar import Api, BrokerId, ErrorCode, Int32, String

UNREGISTER_BROKER = Api("UnregisterBroker", key=64, versions="0", flexible="0+")

UnregisterBrokerRequest = UNREGISTER_BROKER.request(
    "broker_id" / BrokerId,
)

UnregisterBrokerResponse = UNREGISTER_BROKER.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

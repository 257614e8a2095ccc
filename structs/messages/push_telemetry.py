"""PushTelemetry (API key 72)."""

from structs.grammar import Api, Boolean, Embedded, Enumeration, ErrorCode, Int8, Int32, Uuid

PUSH_TELEMETRY = Api("PushTelemetry", key=72, versions="0", flexible="0+")

PushTelemetryRequest = PUSH_TELEMETRY.request(
    "client_instance_id" / Uuid,
    "subscription_id" / Int32,
    "terminating" / Boolean,
    "compression_type" / Enumeration(Int8, "compression_type"),
    "metrics" / Embedded("telemetry metrics"),
)

PushTelemetryResponse = PUSH_TELEMETRY.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
)

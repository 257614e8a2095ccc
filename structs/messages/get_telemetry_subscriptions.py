"""GetTelemetrySubscriptions (API key 71)."""

from structs.grammar import Api, Array, Boolean, Enumeration, ErrorCode, Int8, Int32, String, Uuid

GET_TELEMETRY_SUBSCRIPTIONS = Api("GetTelemetrySubscriptions", key=71, versions="0", flexible="0+")

GetTelemetrySubscriptionsRequest = GET_TELEMETRY_SUBSCRIPTIONS.request(
    "client_instance_id" / Uuid,
)

GetTelemetrySubscriptionsResponse = GET_TELEMETRY_SUBSCRIPTIONS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "client_instance_id" / Uuid,
    "subscription_id" / Int32,
    "accepted_compression_types" / Array(Enumeration(Int8, "compression_type")),
    "push_interval_ms" / Int32,
    "telemetry_max_bytes" / Int32,
    "delta_temporality" / Boolean,
    "requested_metrics" / Array(String),
)

"""AlterClientQuotas (API key 49)."""

from structs.grammar import Api, Array, Boolean, ErrorCode, Float64, Int32, String, Struct

ALTER_CLIENT_QUOTAS = Api("AlterClientQuotas", key=49, versions="0-1", flexible="1+")

EntityData = Struct(
    "entity_type" / String,
    "entity_name" / String(nullable=True),
)

OpData = Struct(
    "key" / String,
    "value" / Float64,
    "remove" / Boolean,
)

RequestEntryData = Struct(
    "entity" / Array(EntityData),
    "ops" / Array(OpData),
)

AlterClientQuotasRequest = ALTER_CLIENT_QUOTAS.request(
    "entries" / Array(RequestEntryData),
    "validate_only" / Boolean,
)

ResponseEntryData = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "entity" / Array(EntityData),
)

AlterClientQuotasResponse = ALTER_CLIENT_QUOTAS.response(
    "throttle_time_ms" / Int32,
    "entries" / Array(ResponseEntryData),
)

"""DescribeClientQuotas (API key 48)."""

from structs.grammar import Api, Array, Boolean, Enumeration, ErrorCode, Float64, Int8, Int32, String, Struct

DESCRIBE_CLIENT_QUOTAS = Api("DescribeClientQuotas", key=48, versions="0-1", flexible="1+")

ComponentData = Struct(
    "entity_type" / String,
    "match_type" / Enumeration(Int8, "quota_match_type"),
    "match" / String(nullable=True),
)

DescribeClientQuotasRequest = DESCRIBE_CLIENT_QUOTAS.request(
    "components" / Array(ComponentData),
    "strict" / Boolean,
)

EntityData = Struct(
    "entity_type" / String,
    "entity_name" / String(nullable=True),
)

ValueData = Struct(
    "key" / String,
    "value" / Float64,
)

EntryData = Struct(
    "entity" / Array(EntityData),
    "values" / Array(ValueData),
)

DescribeClientQuotasResponse = DESCRIBE_CLIENT_QUOTAS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "entries" / Array(EntryData, nullable=True),
)

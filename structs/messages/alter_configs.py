"""AlterConfigs (API key 33)."""

from structs.grammar import Api, Array, Boolean, ConfigValue, Enumeration, ErrorCode, Int8, Int32, String, Struct

ALTER_CONFIGS = Api("AlterConfigs", key=33, versions="0-2", flexible="2+")

AlterableConfig = Struct(
    "name" / String,
    "value" / ConfigValue(nullable=True),
)

AlterConfigsResource = Struct(
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
    "configs" / Array(AlterableConfig),
)

AlterConfigsRequest = ALTER_CONFIGS.request(
    "resources" / Array(AlterConfigsResource),
    "validate_only" / Boolean,
)

AlterConfigsResourceResponse = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
)

AlterConfigsResponse = ALTER_CONFIGS.response(
    "throttle_time_ms" / Int32,
    "responses" / Array(AlterConfigsResourceResponse),
)

"""IncrementalAlterConfigs (API key 44)."""

from structs.grammar import Api, Array, Boolean, ConfigValue, Enumeration, ErrorCode, Int8, Int32, String, Struct

INCREMENTAL_ALTER_CONFIGS = Api("IncrementalAlterConfigs", key=44, versions="0-1", flexible="1+")

AlterableConfig = Struct(
    "name" / String,
    "config_operation" / Enumeration(Int8, "config_operation"),
    "value" / ConfigValue(nullable=True),
)

AlterConfigsResource = Struct(
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
    "configs" / Array(AlterableConfig),
)

IncrementalAlterConfigsRequest = INCREMENTAL_ALTER_CONFIGS.request(
    "resources" / Array(AlterConfigsResource),
    "validate_only" / Boolean,
)

AlterConfigsResourceResponse = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
)

IncrementalAlterConfigsResponse = INCREMENTAL_ALTER_CONFIGS.response(
    "throttle_time_ms" / Int32,
    "responses" / Array(AlterConfigsResourceResponse),
)

"""DescribeConfigs (API key 32)."""

from structs.grammar import Api, Array, Boolean, ConfigValue, Enumeration, ErrorCode, Int8, Int32, String, Struct

DESCRIBE_CONFIGS = Api("DescribeConfigs", key=32, versions="0-4", flexible="4+")

DescribeConfigsResource = Struct(
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
    "configuration_keys" / Array(String, nullable=True),
)

DescribeConfigsRequest = DESCRIBE_CONFIGS.request(
    "resources" / Array(DescribeConfigsResource),
    "include_synonyms" / Boolean("1+"),
    "include_documentation" / Boolean("3+"),
)

DescribeConfigsSynonym = Struct(
    "name" / String,
    "value" / ConfigValue(nullable=True),
    "source" / Enumeration(Int8, "config_source"),
)

DescribeConfigsResourceResult = Struct(
    "name" / String,
    "value" / ConfigValue(nullable=True),
    "read_only" / Boolean,
    "is_default" / Boolean("0"),
    "config_source" / Enumeration(Int8, "config_source")("1+", default=-1),
    "is_sensitive" / Boolean,
    "synonyms" / Array(DescribeConfigsSynonym, "1+"),
    "config_type" / Enumeration(Int8, "config_type")("3+"),
    "documentation" / String("3+", nullable=True),
)

DescribeConfigsResult = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
    "configs" / Array(DescribeConfigsResourceResult),
)

DescribeConfigsResponse = DESCRIBE_CONFIGS.response(
    "throttle_time_ms" / Int32,
    "results" / Array(DescribeConfigsResult),
)

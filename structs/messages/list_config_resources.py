"""ListConfigResources (API key 74)."""

from structs.grammar import Api, Array, Enumeration, ErrorCode, Int8, Int32, String, Struct

LIST_CONFIG_RESOURCES = Api("ListConfigResources", key=74, versions="0-1", flexible="0+")

ListConfigResourcesRequest = LIST_CONFIG_RESOURCES.request(
    "resource_types" / Array(Enumeration(Int8, "config_resource_type"), "1+"),
)

ConfigResource = Struct(
    "resource_name" / String,
    "resource_type" / Enumeration(Int8, "config_resource_type")("1+", default=16),
)

ListConfigResourcesResponse = LIST_CONFIG_RESOURCES.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "config_resources" / Array(ConfigResource),
)

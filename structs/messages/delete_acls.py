"""DeleteAcls (API key 31)."""

from structs.grammar import Api, Array, ErrorCode, Int8, Int32, String, Struct

DELETE_ACLS = Api("DeleteAcls", key=31, versions="0-3", flexible="2+")

DeleteAclsFilter = Struct(
    "resource_type_filter" / Int8,
    "resource_name_filter" / String(nullable=True),
    "pattern_type_filter" / Int8("1+", default=3),
    "principal_filter" / String(nullable=True),
    "host_filter" / String(nullable=True),
    "operation" / Int8,
    "permission_type" / Int8,
)

DeleteAclsRequest = DELETE_ACLS.request(
    "filters" / Array(DeleteAclsFilter),
)

DeleteAclsMatchingAcl = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resource_type" / Int8,
    "resource_name" / String,
    "pattern_type" / Int8("1+", default=3),
    "principal" / String,
    "host" / String,
    "operation" / Int8,
    "permission_type" / Int8,
)

DeleteAclsFilterResult = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "matching_acls" / Array(DeleteAclsMatchingAcl),
)

DeleteAclsResponse = DELETE_ACLS.response(
    "throttle_time_ms" / Int32,
    "filter_results" / Array(DeleteAclsFilterResult),
)

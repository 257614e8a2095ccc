"""DeleteAcls (API key 31)."""

from structs.grammar import Api, Array, Enumeration, ErrorCode, Int8, Int32, String, Struct

DELETE_ACLS = Api("DeleteAcls", key=31, versions="0-3", flexible="2+")

DeleteAclsFilter = Struct(
    "resource_type_filter" / Enumeration(Int8, "acl_resource_type"),
    "resource_name_filter" / String(nullable=True),
    "pattern_type_filter" / Enumeration(Int8, "pattern_type")("1+", default=3),
    "principal_filter" / String(nullable=True),
    "host_filter" / String(nullable=True),
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
)

DeleteAclsRequest = DELETE_ACLS.request(
    "filters" / Array(DeleteAclsFilter),
)

DeleteAclsMatchingAcl = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resource_type" / Enumeration(Int8, "acl_resource_type"),
    "resource_name" / String,
    "pattern_type" / Enumeration(Int8, "pattern_type")("1+", default=3),
    "principal" / String,
    "host" / String,
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
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

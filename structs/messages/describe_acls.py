"""DescribeAcls (API key 29)."""

from structs.grammar import Api, Array, Enumeration, ErrorCode, Int8, Int32, String, Struct

DESCRIBE_ACLS = Api("DescribeAcls", key=29, versions="0-3", flexible="2+")

DescribeAclsRequest = DESCRIBE_ACLS.request(
    "resource_type_filter" / Enumeration(Int8, "acl_resource_type"),
    "resource_name_filter" / String(nullable=True),
    "pattern_type_filter" / Enumeration(Int8, "pattern_type")("1+", default=3),
    "principal_filter" / String(nullable=True),
    "host_filter" / String(nullable=True),
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
)

AclDescription = Struct(
    "principal" / String,
    "host" / String,
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
)

DescribeAclsResource = Struct(
    "resource_type" / Enumeration(Int8, "acl_resource_type"),
    "resource_name" / String,
    "pattern_type" / Enumeration(Int8, "pattern_type")("1+", default=3),
    "acls" / Array(AclDescription),
)

DescribeAclsResponse = DESCRIBE_ACLS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resources" / Array(DescribeAclsResource),
)

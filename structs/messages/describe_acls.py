"""DescribeAcls (API key 29)."""

from structs.grammar import Api, Array, ErrorCode, Int8, Int32, String, Struct

DESCRIBE_ACLS = Api("DescribeAcls", key=29, versions="0-3", flexible="2+")

DescribeAclsRequest = DESCRIBE_ACLS.request(
    "resource_type_filter" / Int8,
    "resource_name_filter" / String(nullable=True),
    "pattern_type_filter" / Int8("1+", default=3),
    "principal_filter" / String(nullable=True),
    "host_filter" / String(nullable=True),
    "operation" / Int8,
    "permission_type" / Int8,
)

AclDescription = Struct(
    "principal" / String,
    "host" / String,
    "operation" / Int8,
    "permission_type" / Int8,
)

DescribeAclsResource = Struct(
    "resource_type" / Int8,
    "resource_name" / String,
    "pattern_type" / Int8("1+", default=3),
    "acls" / Array(AclDescription),
)

DescribeAclsResponse = DESCRIBE_ACLS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "resources" / Array(DescribeAclsResource),
)

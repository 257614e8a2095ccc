"""CreateAcls (API key 30)."""

from structs.grammar import Api, Array, Enumeration, ErrorCode, Int8, Int32, String, Struct

CREATE_ACLS = Api("CreateAcls", key=30, versions="0-3", flexible="2+")

AclCreation = Struct(
    "resource_type" / Enumeration(Int8, "acl_resource_type"),
    "resource_name" / String,
    "resource_pattern_type" / Enumeration(Int8, "pattern_type")("1+", default=3),
    "principal" / String,
    "host" / String,
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
)

CreateAclsRequest = CREATE_ACLS.request(
    "creations" / Array(AclCreation),
)

AclCreationResult = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

CreateAclsResponse = CREATE_ACLS.response(
    "throttle_time_ms" / Int32,
    "results" / Array(AclCreationResult),
)

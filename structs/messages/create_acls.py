"""CreateAcls (API key 30)."""

from structs.grammar import Api, Array, ErrorCode, Int8, Int32, String, Struct

CREATE_ACLS = Api("CreateAcls", key=30, versions="0-3", flexible="2+")

AclCreation = Struct(
    "resource_type" / Int8,
    "resource_name" / String,
    "resource_pattern_type" / Int8("1+", default=3),
    "principal" / String,
    "host" / String,
    "operation" / Int8,
    "permission_type" / Int8,
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

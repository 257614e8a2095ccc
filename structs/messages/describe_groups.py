"""DescribeGroups (API key 15)."""

from structs.grammar import (
    Api,
    Array,
    AuthorizedOperations,
    Boolean,
    Embedded,
    ErrorCode,
    GroupId,
    Int32,
    String,
    Struct,
)

DESCRIBE_GROUPS = Api("DescribeGroups", key=15, versions="0-6", flexible="5+")

DescribeGroupsRequest = DESCRIBE_GROUPS.request(
    "groups" / Array(GroupId),
    "include_authorized_operations" / Boolean("3+"),
)

DescribedGroupMember = Struct(
    "member_id" / String,
    "group_instance_id" / String("4+", nullable=True, default=None),
    "client_id" / String,
    "client_host" / String,
    "member_metadata" / Embedded("group subscription"),
    "member_assignment" / Embedded("group assignment"),
)

DescribedGroup = Struct(
    "error_code" / ErrorCode,
    "error_message" / String("6+", nullable=True, default=None),
    "group_id" / GroupId,
    "group_state" / String,
    "protocol_type" / String,
    "protocol_data" / String,
    "members" / Array(DescribedGroupMember),
    "authorized_operations" / AuthorizedOperations("3+", default=-2147483648),
)

DescribeGroupsResponse = DESCRIBE_GROUPS.response(
    "throttle_time_ms" / Int32("1+"),
    "groups" / Array(DescribedGroup),
)

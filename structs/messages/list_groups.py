"""ListGroups (API key 16)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct

LIST_GROUPS = Api("ListGroups", key=16, versions="0-5", flexible="3+")

ListGroupsRequest = LIST_GROUPS.request(
    "states_filter" / Array(String, "4+"),
    "types_filter" / Array(String, "5+"),
)

ListedGroup = Struct(
    "group_id" / GroupId,
    "protocol_type" / String,
    "group_state" / String("4+"),
    "group_type" / String("5+"),
)

ListGroupsResponse = LIST_GROUPS.response(
    "throttle_time_ms" / Int32("1+"),
    "error_code" / ErrorCode,
    "groups" / Array(ListedGroup),
)

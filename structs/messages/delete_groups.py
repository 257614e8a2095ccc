"""DeleteGroups (API key 42)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, String, Struct

DELETE_GROUPS = Api("DeleteGroups", key=42, versions="0-3", flexible="2+")

DeleteGroupsRequest = DELETE_GROUPS.request(
    "groups_names" / Array(GroupId),
)

DeletableGroupResult = Struct(
    "group_id" / GroupId,
    "error_code" / ErrorCode,
    "error_message" / String("3+", nullable=True, default=None),
)

DeleteGroupsResponse = DELETE_GROUPS.response(
    "throttle_time_ms" / Int32,
    "results" / Array(DeletableGroupResult),
)

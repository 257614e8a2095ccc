"""ReadShareGroupStateSummary (API key 87)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int32, Int64, String, Struct, TopicId

READ_SHARE_GROUP_STATE_SUMMARY = Api("ReadShareGroupStateSummary", key=87, versions="0-1", flexible="0+")

PartitionData = Struct(
    "partition" / Int32,
    "leader_epoch" / Int32,
)

ReadStateSummaryData = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionData),
)

ReadShareGroupStateSummaryRequest = READ_SHARE_GROUP_STATE_SUMMARY.request(
    "group_id" / GroupId,
    "topics" / Array(ReadStateSummaryData),
)

PartitionResult = Struct(
    "partition" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "state_epoch" / Int32,
    "leader_epoch" / Int32,
    "start_offset" / Int64,
    "delivery_complete_count" / Int32("1+", default=-1),
)

ReadStateSummaryResult = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionResult),
)

ReadShareGroupStateSummaryResponse = READ_SHARE_GROUP_STATE_SUMMARY.response(
    "results" / Array(ReadStateSummaryResult),
)

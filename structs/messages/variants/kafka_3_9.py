"""Layouts that Kafka 3.9 brought and a later release replaced, under the same version numbers."""

from structs.grammar import Api, Array, Data, ErrorCode, Int32, Int64, String, Struct, TopicId

READ_SHARE_GROUP_STATE_SUMMARY = Api("ReadShareGroupStateSummary", key=87, versions="0", flexible="0+")

PartitionResult = Struct(
    "partition" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "state_epoch" / Int32,
    "start_offset" / Int64,
)

ReadStateSummaryResult = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(PartitionResult),
)

ReadShareGroupStateSummaryResponse = READ_SHARE_GROUP_STATE_SUMMARY.response(
    "results" / Array(ReadStateSummaryResult),
)

ShareGroupMetadataValue = Data(
    "ShareGroupMetadataValue",
    "epoch" / Int32,
    versions="0",
    flexible="0+",
    key=11,
)

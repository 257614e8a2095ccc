"""DeleteRecords (API key 21)."""

from structs.grammar import Api, Array, ErrorCode, Int32, Int64, Struct, TopicName

DELETE_RECORDS = Api("DeleteRecords", key=21, versions="0-2", flexible="2+")

DeleteRecordsPartition = Struct(
    "partition_index" / Int32,
    "offset" / Int64,
)

DeleteRecordsTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(DeleteRecordsPartition),
)

DeleteRecordsRequest = DELETE_RECORDS.request(
    "topics" / Array(DeleteRecordsTopic),
    "timeout_ms" / Int32,
)

DeleteRecordsPartitionResult = Struct(
    "partition_index" / Int32,
    "low_watermark" / Int64,
    "error_code" / ErrorCode,
)

DeleteRecordsTopicResult = Struct(
    "name" / TopicName,
    "partitions" / Array(DeleteRecordsPartitionResult),
)

DeleteRecordsResponse = DELETE_RECORDS.response(
    "throttle_time_ms" / Int32,
    "topics" / Array(DeleteRecordsTopicResult),
)

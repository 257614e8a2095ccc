"""WriteTxnMarkers (API key 27)."""

from structs.grammar import Api, Array, Boolean, ErrorCode, Int8, Int16, Int32, ProducerId, Struct, TopicName

WRITE_TXN_MARKERS = Api("WriteTxnMarkers", key=27, versions="0-2", flexible="1+")

WritableTxnMarkerTopic = Struct(
    "name" / TopicName,
    "partition_indexes" / Array(Int32),
)

WritableTxnMarker = Struct(
    "producer_id" / ProducerId,
    "producer_epoch" / Int16,
    "transaction_result" / Boolean,
    "topics" / Array(WritableTxnMarkerTopic),
    "coordinator_epoch" / Int32,
    "transaction_version" / Int8("2+"),
)

WriteTxnMarkersRequest = WRITE_TXN_MARKERS.request(
    "markers" / Array(WritableTxnMarker),
)

WritableTxnMarkerPartitionResult = Struct(
    "partition_index" / Int32,
    "error_code" / ErrorCode,
)

WritableTxnMarkerTopicResult = Struct(
    "name" / TopicName,
    "partitions" / Array(WritableTxnMarkerPartitionResult),
)

WritableTxnMarkerResult = Struct(
    "producer_id" / ProducerId,
    "topics" / Array(WritableTxnMarkerTopicResult),
)

WriteTxnMarkersResponse = WRITE_TXN_MARKERS.response(
    "markers" / Array(WritableTxnMarkerResult),
)

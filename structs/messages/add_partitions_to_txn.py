"""AddPartitionsToTxn (API key 24)."""

from structs.grammar import Api, Array, Boolean, ErrorCode, Int16, Int32, ProducerId, Struct, TopicName, TransactionalId

ADD_PARTITIONS_TO_TXN = Api("AddPartitionsToTxn", key=24, versions="0-5", flexible="3+")

AddPartitionsToTxnTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(Int32),
)

AddPartitionsToTxnTransaction = Struct(
    "transactional_id" / TransactionalId,
    "producer_id" / ProducerId,
    "producer_epoch" / Int16,
    "verify_only" / Boolean,
    "topics" / Array(AddPartitionsToTxnTopic),
)

AddPartitionsToTxnRequest = ADD_PARTITIONS_TO_TXN.request(
    "transactions" / Array(AddPartitionsToTxnTransaction, "4+"),
    "v3_and_below_transactional_id" / TransactionalId("0-3"),
    "v3_and_below_producer_id" / ProducerId("0-3"),
    "v3_and_below_producer_epoch" / Int16("0-3"),
    "v3_and_below_topics" / Array(AddPartitionsToTxnTopic, "0-3"),
)

AddPartitionsToTxnPartitionResult = Struct(
    "partition_index" / Int32,
    "partition_error_code" / ErrorCode,
)

AddPartitionsToTxnTopicResult = Struct(
    "name" / TopicName,
    "results_by_partition" / Array(AddPartitionsToTxnPartitionResult),
)

AddPartitionsToTxnResult = Struct(
    "transactional_id" / TransactionalId,
    "topic_results" / Array(AddPartitionsToTxnTopicResult),
)

AddPartitionsToTxnResponse = ADD_PARTITIONS_TO_TXN.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode("4+"),
    "results_by_transaction" / Array(AddPartitionsToTxnResult, "4+"),
    "results_by_topic_v3_and_below" / Array(AddPartitionsToTxnTopicResult, "0-3"),
)

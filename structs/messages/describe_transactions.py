"""DescribeTransactions (API key 65)."""

from structs.grammar import (
    Api,
    Array,
    ErrorCode,
    Int16,
    Int32,
    Int64,
    ProducerId,
    String,
    Struct,
    TopicName,
    TransactionalId,
)

DESCRIBE_TRANSACTIONS = Api("DescribeTransactions", key=65, versions="0", flexible="0+")

DescribeTransactionsRequest = DESCRIBE_TRANSACTIONS.request(
    "transactional_ids" / Array(TransactionalId),
)

TopicData = Struct(
    "topic" / TopicName,
    "partitions" / Array(Int32),
)

TransactionState = Struct(
    "error_code" / ErrorCode,
    "transactional_id" / TransactionalId,
    "transaction_state" / String,
    "transaction_timeout_ms" / Int32,
    "transaction_start_time_ms" / Int64,
    "producer_id" / ProducerId,
    "producer_epoch" / Int16,
    "topics" / Array(TopicData),
)

DescribeTransactionsResponse = DESCRIBE_TRANSACTIONS.response(
    "throttle_time_ms" / Int32,
    "transaction_states" / Array(TransactionState),
)

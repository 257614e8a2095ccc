"""ListTransactions (API key 66)."""

from structs.grammar import Api, Array, ErrorCode, Int32, Int64, ProducerId, String, Struct, TransactionalId

LIST_TRANSACTIONS = Api("ListTransactions", key=66, versions="0-2", flexible="0+")

ListTransactionsRequest = LIST_TRANSACTIONS.request(
    "state_filters" / Array(String),
    "producer_id_filters" / Array(ProducerId),
    "duration_filter" / Int64("1+", default=-1),
    "transactional_id_pattern" / String("2+", nullable=True, default=None),
)

TransactionState = Struct(
    "transactional_id" / TransactionalId,
    "producer_id" / ProducerId,
    "transaction_state" / String,
)

ListTransactionsResponse = LIST_TRANSACTIONS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "unknown_state_filters" / Array(String),
    "transaction_states" / Array(TransactionState),
)

"""EndTxn (API key 26)."""

from structs.grammar import Api, Boolean, ErrorCode, Int16, Int32, ProducerId, TransactionalId

END_TXN = Api("EndTxn", key=26, versions="0-5", flexible="3+")

EndTxnRequest = END_TXN.request(
    "transactional_id" / TransactionalId,
    "producer_id" / ProducerId,
    "producer_epoch" / Int16,
    "committed" / Boolean,
)

EndTxnResponse = END_TXN.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "producer_id" / ProducerId("5+", default=-1),
    "producer_epoch" / Int16("5+", default=-1),
)

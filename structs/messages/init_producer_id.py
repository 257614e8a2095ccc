"""InitProducerId (API key 22)."""

from structs.grammar import Api, Boolean, ErrorCode, Int16, Int32, ProducerId, TransactionalId

INIT_PRODUCER_ID = Api("InitProducerId", key=22, versions="0-6", flexible="2+")

InitProducerIdRequest = INIT_PRODUCER_ID.request(
    "transactional_id" / TransactionalId(nullable=True),
    "transaction_timeout_ms" / Int32,
    "producer_id" / ProducerId("3+", default=-1),
    "producer_epoch" / Int16("3+", default=-1),
    "enable2_pc" / Boolean("6+"),
    "keep_prepared_txn" / Boolean("6+"),
)

InitProducerIdResponse = INIT_PRODUCER_ID.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "producer_id" / ProducerId(default=-1),
    "producer_epoch" / Int16,
    "ongoing_txn_producer_id" / ProducerId("6+", default=-1),
    "ongoing_txn_producer_epoch" / Int16("6+", default=-1),
)

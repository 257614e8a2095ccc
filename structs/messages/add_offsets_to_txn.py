"""AddOffsetsToTxn (API key 25)."""

from structs.grammar import Api, ErrorCode, GroupId, Int16, Int32, ProducerId, TransactionalId

ADD_OFFSETS_TO_TXN = Api("AddOffsetsToTxn", key=25, versions="0-4", flexible="3+")

AddOffsetsToTxnRequest = ADD_OFFSETS_TO_TXN.request(
    "transactional_id" / TransactionalId,
    "producer_id" / ProducerId,
    "producer_epoch" / Int16,
    "group_id" / GroupId,
)

AddOffsetsToTxnResponse = ADD_OFFSETS_TO_TXN.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
)

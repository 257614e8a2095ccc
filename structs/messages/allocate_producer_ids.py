"""AllocateProducerIds (API key 67)."""

from structs.grammar import Api, BrokerId, ErrorCode, Int32, Int64, ProducerId

ALLOCATE_PRODUCER_IDS = Api("AllocateProducerIds", key=67, versions="0", flexible="0+")

AllocateProducerIdsRequest = ALLOCATE_PRODUCER_IDS.request(
    "broker_id" / BrokerId,
    "broker_epoch" / Int64(default=-1),
)

AllocateProducerIdsResponse = ALLOCATE_PRODUCER_IDS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "producer_id_start" / ProducerId,
    "producer_id_len" / Int32,
)

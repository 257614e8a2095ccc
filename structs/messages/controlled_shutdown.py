"""ControlledShutdown (API key 7)."""

from structs.grammar import Api, Array, BrokerId, ErrorCode, Int32, Int64, Struct, TopicName

CONTROLLED_SHUTDOWN = Api("ControlledShutdown", key=7, versions="0-3", flexible="3+")

ControlledShutdownRequest = CONTROLLED_SHUTDOWN.request(
    "broker_id" / BrokerId,
    "broker_epoch" / Int64("2+", default=-1),
)

RemainingPartition = Struct(
    "topic_name" / TopicName,
    "partition_index" / Int32,
)

ControlledShutdownResponse = CONTROLLED_SHUTDOWN.response(
    "error_code" / ErrorCode,
    "remaining_partitions" / Array(RemainingPartition),
)

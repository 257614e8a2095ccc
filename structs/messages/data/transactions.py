"""Records of __transaction_state."""

from structs.grammar import (
    Array,
    Data,
    Enumeration,
    Int8,
    Int16,
    Int32,
    Int64,
    ProducerId,
    Struct,
    TopicName,
    TransactionalId,
)

TransactionLogKey = Data(
    "TransactionLogKey",
    "transactional_id" / TransactionalId,
    versions="0",
    key=0,
)

PartitionsSchema = Struct(
    "topic" / TopicName,
    "partition_ids" / Array(Int32),
)

TransactionLogValue = Data(
    "TransactionLogValue",
    "producer_id" / ProducerId,
    "previous_producer_id" / ProducerId("1+", default=-1, tag=0),
    "next_producer_id" / ProducerId("1+", default=-1, tag=1),
    "producer_epoch" / Int16,
    "next_producer_epoch" / Int16("1+", default=-1, tag=3),
    "transaction_timeout_ms" / Int32,
    "transaction_status" / Enumeration(Int8, "transaction_status"),
    "transaction_partitions" / Array(PartitionsSchema, nullable=True),
    "transaction_last_update_timestamp_ms" / Int64,
    "transaction_start_timestamp_ms" / Int64,
    "client_transaction_version" / Int16("1+", tag=2),
    versions="0-1",
    flexible="1+",
    key=0,
)

"""Layouts that Kafka 4.0 brought and a later release replaced, under the same version numbers."""

from structs.grammar import (
    Array,
    Data,
    Enumeration,
    Int8,
    Int16,
    Int32,
    Int64,
    String,
    Struct,
    TopicId,
    TopicName,
    UInt16,
)

StateBatch = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "delivery_state" / Enumeration(Int8, "delivery_state"),
    "delivery_count" / Int16,
)

ShareSnapshotValue = Data(
    "ShareSnapshotValue",
    "snapshot_epoch" / UInt16,
    "state_epoch" / Int32,
    "leader_epoch" / Int32,
    "start_offset" / Int64,
    "state_batches" / Array(StateBatch),
    versions="0",
    flexible="0+",
    key=0,
)

ShareUpdateValue = Data(
    "ShareUpdateValue",
    "snapshot_epoch" / UInt16,
    "leader_epoch" / Int32,
    "start_offset" / Int64,
    "state_batches" / Array(StateBatch),
    versions="0",
    flexible="0+",
    key=1,
)

PartitionMetadata = Struct(
    "partition" / Int32,
    "racks" / Array(String),
)

TopicMetadata = Struct(
    "topic_id" / TopicId,
    "topic_name" / TopicName,
    "num_partitions" / Int32,
    "partition_metadata" / Array(PartitionMetadata),
)

ShareGroupPartitionMetadataValue = Data(
    "ShareGroupPartitionMetadataValue",
    "topics" / Array(TopicMetadata),
    versions="0",
    flexible="0+",
    key=9,
)

TopicPartitionsInfo = Struct(
    "topic_id" / TopicId,
    "topic_name" / TopicName,
    "partitions" / Array(Int32),
)

TopicInfo = Struct(
    "topic_id" / TopicId,
    "topic_name" / TopicName,
)

ShareGroupStatePartitionMetadataValue = Data(
    "ShareGroupStatePartitionMetadataValue",
    "initialized_topics" / Array(TopicPartitionsInfo),
    "deleting_topics" / Array(TopicInfo),
    versions="0",
    flexible="0+",
    key=15,
)

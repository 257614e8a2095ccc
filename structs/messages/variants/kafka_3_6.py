"""Layouts that Kafka 3.6 brought and a later release replaced, under the same version numbers."""

from structs.grammar import Array, Bytes, Data, Int8, Int16, Int32, String, Struct, TopicId, TopicName

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

ConsumerGroupPartitionMetadataValue = Data(
    "ConsumerGroupPartitionMetadataValue",
    "epoch" / Int32,
    "topics" / Array(TopicMetadata),
    versions="0",
    flexible="0+",
    key=4,
)

Assignor = Struct(
    "name" / String,
    "minimum_version" / Int16,
    "maximum_version" / Int16,
    "reason" / Int8,
    "version" / Int16,
    "metadata" / Bytes,
)

ConsumerGroupMemberMetadataValue = Data(
    "ConsumerGroupMemberMetadataValue",
    "instance_id" / String(nullable=True),
    "rack_id" / String(nullable=True),
    "client_id" / String,
    "client_host" / String,
    "subscribed_topic_names" / Array(String),
    "subscribed_topic_regex" / String(nullable=True),
    "rebalance_timeout_ms" / Int32(default=-1),
    "server_assignor" / String(nullable=True),
    "assignors" / Array(Assignor),
    versions="0",
    flexible="0+",
    key=5,
)

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ConsumerGroupCurrentMemberAssignmentValue = Data(
    "ConsumerGroupCurrentMemberAssignmentValue",
    "member_epoch" / Int32,
    "previous_member_epoch" / Int32,
    "target_member_epoch" / Int32,
    "assigned_partitions" / Array(TopicPartitions),
    "partitions_pending_revocation" / Array(TopicPartitions),
    "partitions_pending_assignment" / Array(TopicPartitions),
    "error" / Int8,
    "metadata_version" / Int16,
    "metadata_bytes" / Bytes,
    versions="0",
    flexible="0+",
    key=8,
)

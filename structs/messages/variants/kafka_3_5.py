"""Layouts that Kafka 3.5 brought and a later release replaced, under the same version numbers."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    Bytes,
    Data,
    ErrorCode,
    GroupId,
    Int8,
    Int16,
    Int32,
    String,
    Struct,
    TopicId,
    TopicName,
)

CONSUMER_GROUP_HEARTBEAT = Api("ConsumerGroupHeartbeat", key=68, versions="0", flexible="0+")

ConsumerGroupHeartbeatRequestAssignor = Struct(
    "name" / String,
    "minimum_version" / Int16,
    "maximum_version" / Int16,
    "reason" / Int8,
    "metadata_version" / Int16,
    "metadata_bytes" / Bytes,
)

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ConsumerGroupHeartbeatRequest = CONSUMER_GROUP_HEARTBEAT.request(
    "group_id" / GroupId,
    "member_id" / String,
    "member_epoch" / Int32,
    "instance_id" / String(nullable=True, default=None),
    "rack_id" / String(nullable=True, default=None),
    "rebalance_timeout_ms" / Int32(default=-1),
    "subscribed_topic_names" / Array(TopicName, nullable=True, default=None),
    "subscribed_topic_regex" / String(nullable=True, default=None),
    "server_assignor" / String(nullable=True, default=None),
    "client_assignors" / Array(ConsumerGroupHeartbeatRequestAssignor, nullable=True, default=None),
    "topic_partitions" / Array(TopicPartitions, nullable=True, default=None),
)

Assignment = Struct(
    "error" / Int8,
    "assigned_topic_partitions" / Array(TopicPartitions),
    "pending_topic_partitions" / Array(TopicPartitions),
    "metadata_version" / Int16,
    "metadata_bytes" / Bytes,
)

ConsumerGroupHeartbeatResponse = CONSUMER_GROUP_HEARTBEAT.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "member_id" / String(nullable=True, default=None),
    "member_epoch" / Int32,
    "should_compute_assignment" / Boolean,
    "heartbeat_interval_ms" / Int32,
    "assignment" / Assignment(nullable=True, default=None),
)

TopicMetadata = Struct(
    "topic_id" / TopicId,
    "num_partitions" / Int32,
)

ConsumerGroupPartitionMetadataValue = Data(
    "ConsumerGroupPartitionMetadataValue",
    "epoch" / Int32,
    "topics" / Array(TopicMetadata),
    versions="0",
    flexible="0+",
    key=4,
)

ConsumerGroupMemberMetadataValueAssignor = Struct(
    "name" / String,
    "minimum_version" / Int16,
    "maximum_version" / Int16,
    "reason" / Int8,
    "version" / Int16,
    "metadata" / Bytes,
)

ConsumerGroupMemberMetadataValue = Data(
    "ConsumerGroupMemberMetadataValue",
    "group_epoch" / Int32,
    "instance_id" / String(nullable=True),
    "rack_id" / String(nullable=True),
    "client_id" / String,
    "client_host" / String,
    "subscribed_topic_names" / Array(String),
    "subscribed_topic_regex" / String(nullable=True),
    "assignors" / Array(ConsumerGroupMemberMetadataValueAssignor),
    versions="0",
    flexible="0+",
    key=5,
)

TopicPartition = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ConsumerGroupTargetAssignmentMemberValue = Data(
    "ConsumerGroupTargetAssignmentMemberValue",
    "error" / Int8,
    "topic_partitions" / Array(TopicPartition),
    "metadata_version" / Int16,
    "metadata_bytes" / Bytes,
    versions="0",
    flexible="0+",
    key=7,
)

ConsumerGroupCurrentMemberAssignmentValue = Data(
    "ConsumerGroupCurrentMemberAssignmentValue",
    "member_epoch" / Int32,
    "error" / Int8,
    "topic_partitions" / Array(TopicPartition),
    "metadata_version" / Int16,
    "metadata_bytes" / Bytes,
    versions="0",
    flexible="0+",
    key=8,
)

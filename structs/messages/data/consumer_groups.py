"""Records of __consumer_offsets: consumer groups (KIP-848)."""

from structs.grammar import Array, Data, Embedded, GroupId, Int8, Int32, Int64, String, Struct, TopicId, TopicName

ConsumerGroupMetadataKey = Data(
    "ConsumerGroupMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=3,
)

ConsumerGroupMetadataValue = Data(
    "ConsumerGroupMetadataValue",
    "epoch" / Int32,
    "metadata_hash" / Int64(tag=0),
    versions="0",
    flexible="0+",
    key=3,
)

ConsumerGroupPartitionMetadataKey = Data(
    "ConsumerGroupPartitionMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=4,
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

ConsumerGroupPartitionMetadataValue = Data(
    "ConsumerGroupPartitionMetadataValue",
    "topics" / Array(TopicMetadata),
    versions="0",
    flexible="0+",
    key=4,
)

ConsumerGroupMemberMetadataKey = Data(
    "ConsumerGroupMemberMetadataKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=5,
)

ClassicProtocol = Struct(
    "name" / String,
    "metadata" / Embedded("consumer subscription"),
)

ClassicMemberMetadata = Struct(
    "session_timeout_ms" / Int32,
    "supported_protocols" / Array(ClassicProtocol),
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
    "classic_member_metadata" / ClassicMemberMetadata(nullable=True, tag=0),
    versions="0",
    flexible="0+",
    key=5,
)

ConsumerGroupTargetAssignmentMetadataKey = Data(
    "ConsumerGroupTargetAssignmentMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=6,
)

ConsumerGroupTargetAssignmentMetadataValue = Data(
    "ConsumerGroupTargetAssignmentMetadataValue",
    "assignment_epoch" / Int32,
    "assignment_timestamp" / Int64(tag=0),
    versions="0",
    flexible="0+",
    key=6,
)

ConsumerGroupTargetAssignmentMemberKey = Data(
    "ConsumerGroupTargetAssignmentMemberKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=7,
)

TopicPartition = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ConsumerGroupTargetAssignmentMemberValue = Data(
    "ConsumerGroupTargetAssignmentMemberValue",
    "topic_partitions" / Array(TopicPartition),
    versions="0",
    flexible="0+",
    key=7,
)

ConsumerGroupCurrentMemberAssignmentKey = Data(
    "ConsumerGroupCurrentMemberAssignmentKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=8,
)

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
    "assignment_epochs" / Array(Int32, nullable=True, tag=0),
)

ConsumerGroupCurrentMemberAssignmentValue = Data(
    "ConsumerGroupCurrentMemberAssignmentValue",
    "member_epoch" / Int32,
    "previous_member_epoch" / Int32,
    "state" / Int8,
    "assigned_partitions" / Array(TopicPartitions),
    "partitions_pending_revocation" / Array(TopicPartitions),
    versions="0",
    flexible="0+",
    key=8,
)

ConsumerGroupRegularExpressionKey = Data(
    "ConsumerGroupRegularExpressionKey",
    "group_id" / GroupId,
    "regular_expression" / String,
    versions="0",
    key=16,
)

ConsumerGroupRegularExpressionValue = Data(
    "ConsumerGroupRegularExpressionValue",
    "topics" / Array(TopicName),
    "version" / Int64,
    "timestamp" / Int64,
    versions="0",
    flexible="0+",
    key=16,
)

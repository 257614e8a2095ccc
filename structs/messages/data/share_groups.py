"""Records of __consumer_offsets: share groups (KIP-932)."""

from structs.grammar import Array, Data, GroupId, Int8, Int32, Int64, String, Struct, TopicId, TopicName

ShareGroupPartitionMetadataKey = Data(
    "ShareGroupPartitionMetadataKey",
    "group_id" / GroupId,
    versions="0",
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

ShareGroupPartitionMetadataValue = Data(
    "ShareGroupPartitionMetadataValue",
    "initialized_topics" / Array(TopicPartitionsInfo),
    "deleting_topics" / Array(TopicInfo),
    versions="0",
    flexible="0+",
    key=9,
)

ShareGroupMemberMetadataKey = Data(
    "ShareGroupMemberMetadataKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=10,
)

ShareGroupMemberMetadataValue = Data(
    "ShareGroupMemberMetadataValue",
    "rack_id" / String(nullable=True),
    "client_id" / String,
    "client_host" / String,
    "subscribed_topic_names" / Array(String),
    versions="0",
    flexible="0+",
    key=10,
)

ShareGroupMetadataKey = Data(
    "ShareGroupMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=11,
)

ShareGroupMetadataValue = Data(
    "ShareGroupMetadataValue",
    "epoch" / Int32,
    "metadata_hash" / Int64,
    versions="0",
    flexible="0+",
    key=11,
)

ShareGroupTargetAssignmentMetadataKey = Data(
    "ShareGroupTargetAssignmentMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=12,
)

ShareGroupTargetAssignmentMetadataValue = Data(
    "ShareGroupTargetAssignmentMetadataValue",
    "assignment_epoch" / Int32,
    "assignment_timestamp" / Int64(tag=0),
    versions="0",
    flexible="0+",
    key=12,
)

ShareGroupTargetAssignmentMemberKey = Data(
    "ShareGroupTargetAssignmentMemberKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=13,
)

TopicPartition = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ShareGroupTargetAssignmentMemberValue = Data(
    "ShareGroupTargetAssignmentMemberValue",
    "topic_partitions" / Array(TopicPartition),
    versions="0",
    flexible="0+",
    key=13,
)

ShareGroupCurrentMemberAssignmentKey = Data(
    "ShareGroupCurrentMemberAssignmentKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=14,
)

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "partitions" / Array(Int32),
)

ShareGroupCurrentMemberAssignmentValue = Data(
    "ShareGroupCurrentMemberAssignmentValue",
    "member_epoch" / Int32,
    "previous_member_epoch" / Int32,
    "state" / Int8,
    "assigned_partitions" / Array(TopicPartitions),
    versions="0",
    flexible="0+",
    key=14,
)

ShareGroupStatePartitionMetadataKey = Data(
    "ShareGroupStatePartitionMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=15,
)

ShareGroupStatePartitionMetadataValue = Data(
    "ShareGroupStatePartitionMetadataValue",
    "initializing_topics" / Array(TopicPartitionsInfo),
    "initialized_topics" / Array(TopicPartitionsInfo),
    "deleting_topics" / Array(TopicInfo),
    versions="0",
    flexible="0+",
    key=15,
)

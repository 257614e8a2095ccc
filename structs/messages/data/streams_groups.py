"""Records of __consumer_offsets: streams groups (KIP-1071)."""

from structs.grammar import Array, Data, GroupId, Int8, Int16, Int32, Int64, String, Struct, TopicName, UInt16

StreamsGroupMetadataKey = Data(
    "StreamsGroupMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=17,
)

LastAssignmentConfig = Struct(
    "key" / String,
    "value" / String,
)

StreamsGroupMetadataValue = Data(
    "StreamsGroupMetadataValue",
    "epoch" / Int32,
    "metadata_hash" / Int64,
    "validated_topology_epoch" / Int32(default=-1, tag=0),
    "last_assignment_configs" / Array(LastAssignmentConfig, nullable=True, tag=1),
    "stored_description_topology_epoch" / Int32(default=-1, tag=2),
    "failed_description_topology_epoch" / Int32(default=-1, tag=3),
    versions="0",
    flexible="0+",
    key=17,
)

StreamsGroupMemberMetadataKey = Data(
    "StreamsGroupMemberMetadataKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=19,
)

Endpoint = Struct(
    "host" / String,
    "port" / UInt16,
)

KeyValue = Struct(
    "key" / String,
    "value" / String,
)

StreamsGroupMemberMetadataValue = Data(
    "StreamsGroupMemberMetadataValue",
    "instance_id" / String(nullable=True),
    "rack_id" / String(nullable=True),
    "client_id" / String,
    "client_host" / String,
    "rebalance_timeout_ms" / Int32(default=-1),
    "topology_epoch" / Int32,
    "process_id" / String,
    "user_endpoint" / Endpoint(nullable=True, default=None),
    "client_tags" / Array(KeyValue),
    versions="0",
    flexible="0+",
    key=19,
)

StreamsGroupTargetAssignmentMetadataKey = Data(
    "StreamsGroupTargetAssignmentMetadataKey",
    "group_id" / GroupId,
    versions="0",
    key=20,
)

StreamsGroupTargetAssignmentMetadataValue = Data(
    "StreamsGroupTargetAssignmentMetadataValue",
    "assignment_epoch" / Int32,
    "assignment_timestamp" / Int64(tag=0),
    versions="0",
    flexible="0+",
    key=20,
)

StreamsGroupTargetAssignmentMemberKey = Data(
    "StreamsGroupTargetAssignmentMemberKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=21,
)

StreamsGroupTargetAssignmentMemberValueTaskIds = Struct(
    "subtopology_id" / String,
    "partitions" / Array(Int32),
)

StreamsGroupTargetAssignmentMemberValue = Data(
    "StreamsGroupTargetAssignmentMemberValue",
    "active_tasks" / Array(StreamsGroupTargetAssignmentMemberValueTaskIds),
    "standby_tasks" / Array(StreamsGroupTargetAssignmentMemberValueTaskIds),
    "warmup_tasks" / Array(StreamsGroupTargetAssignmentMemberValueTaskIds),
    versions="0",
    flexible="0+",
    key=21,
)

StreamsGroupCurrentMemberAssignmentKey = Data(
    "StreamsGroupCurrentMemberAssignmentKey",
    "group_id" / GroupId,
    "member_id" / String,
    versions="0",
    key=22,
)

StreamsGroupCurrentMemberAssignmentValueTaskIds = Struct(
    "subtopology_id" / String,
    "partitions" / Array(Int32),
    "assignment_epochs" / Array(Int32, nullable=True, tag=0),
)

StreamsGroupCurrentMemberAssignmentValue = Data(
    "StreamsGroupCurrentMemberAssignmentValue",
    "member_epoch" / Int32,
    "previous_member_epoch" / Int32,
    "state" / Int8,
    "active_tasks" / Array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    "standby_tasks" / Array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    "warmup_tasks" / Array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    "active_tasks_pending_revocation" / Array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    "standby_tasks_pending_revocation" / Array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    "warmup_tasks_pending_revocation" / Array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    versions="0",
    flexible="0+",
    key=22,
)

StreamsGroupTopologyKey = Data(
    "StreamsGroupTopologyKey",
    "group_id" / GroupId,
    versions="0",
    key=23,
)

TopicConfig = Struct(
    "key" / String,
    "value" / String,
)

TopicInfo = Struct(
    "name" / TopicName,
    "partitions" / Int32,
    "replication_factor" / Int16,
    "topic_configs" / Array(TopicConfig),
)

CopartitionGroup = Struct(
    "source_topics" / Array(Int16),
    "source_topic_regex" / Array(Int16),
    "repartition_source_topics" / Array(Int16),
)

Subtopology = Struct(
    "subtopology_id" / String,
    "source_topics" / Array(TopicName),
    "source_topic_regex" / Array(String),
    "state_changelog_topics" / Array(TopicInfo),
    "repartition_sink_topics" / Array(TopicName),
    "repartition_source_topics" / Array(TopicInfo),
    "copartition_groups" / Array(CopartitionGroup),
)

StreamsGroupTopologyValue = Data(
    "StreamsGroupTopologyValue",
    "epoch" / Int32,
    "subtopologies" / Array(Subtopology),
    versions="0",
    flexible="0+",
    key=23,
)

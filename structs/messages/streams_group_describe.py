"""StreamsGroupDescribe (API key 89)."""

from structs.grammar import (
    Api,
    Array,
    AuthorizedOperations,
    Boolean,
    ErrorCode,
    GroupId,
    Int8,
    Int16,
    Int32,
    Int64,
    String,
    Struct,
    TopicName,
    UInt16,
)

STREAMS_GROUP_DESCRIBE = Api("StreamsGroupDescribe", key=89, versions="0-1", flexible="0+")

StreamsGroupDescribeRequest = STREAMS_GROUP_DESCRIBE.request(
    "group_ids" / Array(GroupId),
    "include_authorized_operations" / Boolean,
    "include_topology_description" / Boolean("1+"),
)

KeyValue = Struct(
    "key" / String,
    "value" / String,
)

TopicInfo = Struct(
    "name" / TopicName,
    "partitions" / Int32,
    "replication_factor" / Int16,
    "topic_configs" / Array(KeyValue),
)

Subtopology = Struct(
    "subtopology_id" / String,
    "source_topics" / Array(TopicName),
    "repartition_sink_topics" / Array(TopicName),
    "state_changelog_topics" / Array(TopicInfo),
    "repartition_source_topics" / Array(TopicInfo),
)

Topology = Struct(
    "epoch" / Int32,
    "subtopologies" / Array(Subtopology, nullable=True, default=None),
)

Endpoint = Struct(
    "host" / String,
    "port" / UInt16,
)

TaskOffset = Struct(
    "subtopology_id" / String,
    "partition" / Int32,
    "offset" / Int64,
)

TaskIds = Struct(
    "subtopology_id" / String,
    "partitions" / Array(Int32),
)

Assignment = Struct(
    "active_tasks" / Array(TaskIds),
    "standby_tasks" / Array(TaskIds),
    "warmup_tasks" / Array(TaskIds),
)

Member = Struct(
    "member_id" / String,
    "member_epoch" / Int32,
    "instance_id" / String(nullable=True, default=None),
    "rack_id" / String(nullable=True, default=None),
    "client_id" / String,
    "client_host" / String,
    "topology_epoch" / Int32,
    "process_id" / String,
    "user_endpoint" / Endpoint(nullable=True, default=None),
    "client_tags" / Array(KeyValue),
    "task_offsets" / Array(TaskOffset),
    "task_end_offsets" / Array(TaskOffset),
    "assignment" / Assignment,
    "target_assignment" / Assignment,
    "is_classic" / Boolean,
)

TopologyDescriptionNode = Struct(
    "name" / String,
    "node_type" / Int8,
    "source_topics" / Array(TopicName),
    "sink_topic" / TopicName(nullable=True, default=None),
    "stores" / Array(String),
    "successors" / Array(String),
)

TopologyDescriptionSubtopology = Struct(
    "subtopology_id" / String,
    "nodes" / Array(TopologyDescriptionNode),
)

TopologyDescriptionGlobalStore = Struct(
    "source" / TopologyDescriptionNode,
    "processor" / TopologyDescriptionNode,
)

TopologyDescription = Struct(
    "subtopologies" / Array(TopologyDescriptionSubtopology),
    "global_stores" / Array(TopologyDescriptionGlobalStore),
)

DescribedGroup = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "group_id" / GroupId,
    "group_state" / String,
    "group_epoch" / Int32,
    "assignment_epoch" / Int32,
    "topology" / Topology(nullable=True, default=None),
    "members" / Array(Member),
    "authorized_operations" / AuthorizedOperations(default=-2147483648),
    "topology_description" / TopologyDescription("1+", nullable=True, default=None),
    "topology_description_status" / Int8("1+"),
    "assignor_name" / String("1+", nullable=True, default=None),
)

StreamsGroupDescribeResponse = STREAMS_GROUP_DESCRIBE.response(
    "throttle_time_ms" / Int32,
    "groups" / Array(DescribedGroup),
)

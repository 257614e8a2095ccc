"""StreamsGroupHeartbeat (API key 88)."""

from structs.grammar import (
    Api,
    Array,
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

STREAMS_GROUP_HEARTBEAT = Api("StreamsGroupHeartbeat", key=88, versions="0-1", flexible="0+")

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

Topology = Struct(
    "epoch" / Int32,
    "subtopologies" / Array(Subtopology),
)

TaskIds = Struct(
    "subtopology_id" / String,
    "partitions" / Array(Int32),
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

StreamsGroupHeartbeatRequest = STREAMS_GROUP_HEARTBEAT.request(
    "group_id" / GroupId,
    "member_id" / String,
    "member_epoch" / Int32,
    "endpoint_information_epoch" / Int32,
    "instance_id" / String(nullable=True, default=None),
    "rack_id" / String(nullable=True, default=None),
    "rebalance_timeout_ms" / Int32(default=-1),
    "topology" / Topology(nullable=True, default=None),
    "active_tasks" / Array(TaskIds, nullable=True, default=None),
    "standby_tasks" / Array(TaskIds, nullable=True, default=None),
    "warmup_tasks" / Array(TaskIds, nullable=True, default=None),
    "process_id" / String(nullable=True, default=None),
    "user_endpoint" / Endpoint(nullable=True, default=None),
    "client_tags" / Array(KeyValue, nullable=True, default=None),
    "task_offsets" / Array(TaskOffset, nullable=True, default=None),
    "task_end_offsets" / Array(TaskOffset, nullable=True, default=None),
    "shutdown_application" / Boolean,
)

Status = Struct(
    "status_code" / Int8,
    "status_detail" / String,
)

TopicPartition = Struct(
    "topic" / TopicName,
    "partitions" / Array(Int32),
)

EndpointToPartitions = Struct(
    "user_endpoint" / Endpoint,
    "active_partitions" / Array(TopicPartition),
    "standby_partitions" / Array(TopicPartition),
)

StreamsGroupHeartbeatResponse = STREAMS_GROUP_HEARTBEAT.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "member_id" / String,
    "member_epoch" / Int32,
    "heartbeat_interval_ms" / Int32,
    "acceptable_recovery_lag_legacy" / Int32("0"),
    "task_offset_interval_ms" / Int32,
    "acceptable_recovery_lag" / Int64("1+", default=-1),
    "status" / Array(Status, nullable=True),
    "active_tasks" / Array(TaskIds, nullable=True, default=None),
    "standby_tasks" / Array(TaskIds, nullable=True, default=None),
    "warmup_tasks" / Array(TaskIds, nullable=True, default=None),
    "topology_description_required" / Boolean("1+"),
    "endpoint_information_epoch" / Int32,
    "partitions_by_user_endpoint" / Array(EndpointToPartitions, nullable=True, default=None),
)

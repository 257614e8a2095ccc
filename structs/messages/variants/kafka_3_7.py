"""Layouts that Kafka 3.7 brought and a later release replaced, under the same version numbers."""

from structs.grammar import (
    Api,
    Array,
    AuthorizedOperations,
    Bytes,
    ErrorCode,
    GroupId,
    Int8,
    Int32,
    String,
    Struct,
    TopicId,
    TopicName,
)

CONSUMER_GROUP_DESCRIBE = Api("ConsumerGroupDescribe", key=69, versions="0", flexible="0+")

TopicPartitions = Struct(
    "topic_id" / TopicId,
    "topic_name" / TopicName,
    "partitions" / Array(Int32),
)

Assignment = Struct(
    "topic_partitions" / Array(TopicPartitions),
    "error" / Int8,
    "metadata_version" / Int32,
    "metadata_bytes" / Bytes,
)

Member = Struct(
    "member_id" / String,
    "instance_id" / String(nullable=True, default=None),
    "rack_id" / String(nullable=True, default=None),
    "member_epoch" / Int32,
    "client_id" / String,
    "client_host" / String,
    "subscribed_topic_names" / Array(TopicName),
    "subscribed_topic_regex" / String(nullable=True, default=None),
    "assignment" / Assignment,
    "target_assignment" / Assignment,
)

DescribedGroup = Struct(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "group_id" / GroupId,
    "group_state" / String,
    "group_epoch" / Int32,
    "assignment_epoch" / Int32,
    "assignor_name" / String,
    "members" / Array(Member),
    "authorized_operations" / AuthorizedOperations(default=-2147483648),
)

ConsumerGroupDescribeResponse = CONSUMER_GROUP_DESCRIBE.response(
    "throttle_time_ms" / Int32,
    "groups" / Array(DescribedGroup),
)

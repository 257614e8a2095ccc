"""Records of __consumer_offsets: committed offsets and classic groups."""

from structs.grammar import Array, Data, Embedded, GroupId, Int32, Int64, String, Struct, TopicId, TopicName

LegacyOffsetCommitKey = Data(
    "LegacyOffsetCommitKey",
    "group" / GroupId,
    "topic" / TopicName,
    "partition" / Int32,
    versions="0",
    key=0,
)

LegacyOffsetCommitValue = Data(
    "LegacyOffsetCommitValue",
    "offset" / Int64,
    "metadata" / String,
    "commit_timestamp" / Int64,
    versions="0",
    key=0,
)

OffsetCommitKey = Data(
    "OffsetCommitKey",
    "group" / GroupId,
    "topic" / TopicName,
    "partition" / Int32,
    versions="0",
    key=1,
)

OffsetCommitValue = Data(
    "OffsetCommitValue",
    "offset" / Int64,
    "leader_epoch" / Int32("3+", default=-1),
    "metadata" / String,
    "commit_timestamp" / Int64,
    "expire_timestamp" / Int64("1", default=-1),
    "topic_id" / TopicId("4+", tag=0),
    versions="0-4",
    flexible="4+",
    key=1,
)

GroupMetadataKey = Data(
    "GroupMetadataKey",
    "group" / GroupId,
    versions="0",
    key=2,
)

MemberMetadata = Struct(
    "member_id" / String,
    "group_instance_id" / String("3+", nullable=True, default=None),
    "client_id" / String,
    "client_host" / String,
    "rebalance_timeout" / Int32("1+", default=-1),
    "session_timeout" / Int32,
    "subscription" / Embedded("group subscription"),
    "assignment" / Embedded("group assignment"),
)

GroupMetadataValue = Data(
    "GroupMetadataValue",
    "protocol_type" / String,
    "generation" / Int32,
    "protocol" / String(nullable=True),
    "leader" / String(nullable=True),
    "current_state_timestamp" / Int64("2+", default=-1),
    "members" / Array(MemberMetadata),
    versions="0-4",
    flexible="4+",
    key=2,
)

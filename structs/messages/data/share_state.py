"""Records of __share_group_state."""

from structs.grammar import Array, Data, Enumeration, GroupId, Int8, Int16, Int32, Int64, Struct, TopicId

ShareSnapshotKey = Data(
    "ShareSnapshotKey",
    "group_id" / GroupId,
    "topic_id" / TopicId,
    "partition" / Int32,
    versions="0",
    key=0,
)

StateBatch = Struct(
    "first_offset" / Int64,
    "last_offset" / Int64,
    "delivery_state" / Enumeration(Int8, "delivery_state"),
    "delivery_count" / Int16,
)

ShareSnapshotValue = Data(
    "ShareSnapshotValue",
    "snapshot_epoch" / Int32,
    "state_epoch" / Int32,
    "leader_epoch" / Int32,
    "start_offset" / Int64,
    "delivery_complete_count" / Int32(default=-1, tag=0),
    "create_timestamp" / Int64,
    "write_timestamp" / Int64,
    "state_batches" / Array(StateBatch),
    versions="0",
    flexible="0+",
    key=0,
)

ShareUpdateKey = Data(
    "ShareUpdateKey",
    "group_id" / GroupId,
    "topic_id" / TopicId,
    "partition" / Int32,
    versions="0",
    key=1,
)

ShareUpdateValue = Data(
    "ShareUpdateValue",
    "snapshot_epoch" / Int32,
    "leader_epoch" / Int32,
    "start_offset" / Int64,
    "delivery_complete_count" / Int32(default=-1, tag=0),
    "state_batches" / Array(StateBatch),
    versions="0",
    flexible="0+",
    key=1,
)

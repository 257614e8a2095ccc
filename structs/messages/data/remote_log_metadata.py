"""Records of __remote_log_metadata."""

from structs.grammar import Array, Boolean, BrokerId, Bytes, Data, Int8, Int32, Int64, String, Struct, Uuid

TopicIdPartitionEntry = Struct(
    "name" / String,
    "id" / Uuid,
    "partition" / Int32,
)

RemoteLogSegmentIdEntry = Struct(
    "topic_id_partition" / TopicIdPartitionEntry,
    "id" / Uuid,
)

SegmentLeaderEpochEntry = Struct(
    "leader_epoch" / Int32,
    "offset" / Int64,
)

RemoteLogSegmentMetadataRecord = Data(
    "RemoteLogSegmentMetadataRecord",
    "remote_log_segment_id" / RemoteLogSegmentIdEntry,
    "start_offset" / Int64,
    "end_offset" / Int64,
    "broker_id" / BrokerId,
    "max_timestamp_ms" / Int64,
    "event_timestamp_ms" / Int64,
    "segment_leader_epochs" / Array(SegmentLeaderEpochEntry),
    "segment_size_in_bytes" / Int32,
    "custom_metadata" / Bytes(nullable=True, default=None),
    "remote_log_segment_state" / Int8,
    "txn_index_empty" / Boolean(tag=0),
    versions="0",
    flexible="0+",
    key=0,
)

RemoteLogSegmentMetadataUpdateRecord = Data(
    "RemoteLogSegmentMetadataUpdateRecord",
    "remote_log_segment_id" / RemoteLogSegmentIdEntry,
    "broker_id" / BrokerId,
    "event_timestamp_ms" / Int64,
    "custom_metadata" / Bytes(nullable=True, default=None),
    "remote_log_segment_state" / Int8,
    versions="0",
    flexible="0+",
    key=1,
)

RemotePartitionDeleteMetadataRecord = Data(
    "RemotePartitionDeleteMetadataRecord",
    "topic_id_partition" / TopicIdPartitionEntry,
    "broker_id" / BrokerId,
    "event_timestamp_ms" / Int64,
    "remote_partition_delete_state" / Int8,
    versions="0",
    flexible="0+",
    key=2,
)

RemoteLogSegmentMetadataSnapshotRecord = Data(
    "RemoteLogSegmentMetadataSnapshotRecord",
    "segment_id" / Uuid,
    "start_offset" / Int64,
    "end_offset" / Int64,
    "broker_id" / BrokerId,
    "max_timestamp_ms" / Int64,
    "event_timestamp_ms" / Int64,
    "segment_leader_epochs" / Array(SegmentLeaderEpochEntry),
    "segment_size_in_bytes" / Int32,
    "custom_metadata" / Bytes(nullable=True, default=None),
    "remote_log_segment_state" / Int8,
    "txn_index_empty" / Boolean(tag=0),
    versions="0",
    flexible="0+",
    key=3,
)

"""What the members of a Kafka Streams application tell each other."""

from structs.grammar import Array, Bytes, Data, Int8, Int32, Int64, String, Struct, Uuid

TaskId = Struct(
    "topic_group_id" / Int32,
    "partition" / Int32,
)

PartitionToOffsetSum = Struct(
    "partition" / Int32,
    "offset_sum" / Int64,
)

TaskOffsetSum = Struct(
    "topic_group_id" / Int32,
    "partition" / Int32("10+"),
    "offset_sum" / Int64("10+"),
    "named_topology" / String("10+", nullable=True),
    "partition_to_offset_sum" / Array(PartitionToOffsetSum, "7-9"),
)

ClientTag = Struct(
    "key" / Bytes,
    "value" / Bytes,
)

SubscriptionInfoData = Data(
    "SubscriptionInfoData",
    "version" / Int32,
    "latest_supported_version" / Int32("3+", default=-1),
    "process_id" / Uuid,
    "prev_tasks" / Array(TaskId, "1-6"),
    "standby_tasks" / Array(TaskId, "1-6"),
    "user_end_point" / Bytes("2+"),
    "task_offset_sums" / Array(TaskOffsetSum, "7+"),
    "unique_field" / Int8("8+"),
    "error_code" / Int32("9+"),
    "client_tags" / Array(ClientTag, "11+"),
    versions="1-11",
)

"""DescribeLogDirs (API key 35)."""

from structs.grammar import Api, Array, Boolean, ErrorCode, Int32, Int64, String, Struct, TopicName

DESCRIBE_LOG_DIRS = Api("DescribeLogDirs", key=35, versions="0-5", flexible="2+")

DescribableLogDirTopic = Struct(
    "topic" / TopicName,
    "partitions" / Array(Int32),
)

DescribeLogDirsRequest = DESCRIBE_LOG_DIRS.request(
    "topics" / Array(DescribableLogDirTopic, nullable=True),
)

DescribeLogDirsPartition = Struct(
    "partition_index" / Int32,
    "partition_size" / Int64,
    "offset_lag" / Int64,
    "is_future_key" / Boolean,
)

DescribeLogDirsTopic = Struct(
    "name" / TopicName,
    "partitions" / Array(DescribeLogDirsPartition),
)

DescribeLogDirsResult = Struct(
    "error_code" / ErrorCode,
    "log_dir" / String,
    "topics" / Array(DescribeLogDirsTopic),
    "total_bytes" / Int64("4+", default=-1),
    "usable_bytes" / Int64("4+", default=-1),
    "is_cordoned" / Boolean("5+"),
)

DescribeLogDirsResponse = DESCRIBE_LOG_DIRS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode("3+"),
    "results" / Array(DescribeLogDirsResult),
)

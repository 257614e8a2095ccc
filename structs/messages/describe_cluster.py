"""DescribeCluster (API key 60)."""

from structs.grammar import (
    Api,
    Array,
    AuthorizedOperations,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int8,
    Int32,
    String,
    Struct,
)

DESCRIBE_CLUSTER = Api("DescribeCluster", key=60, versions="0-2", flexible="0+")

DescribeClusterRequest = DESCRIBE_CLUSTER.request(
    "include_cluster_authorized_operations" / Boolean,
    "endpoint_type" / Enumeration(Int8, "endpoint_type")("1+", default=1),
    "include_fenced_brokers" / Boolean("2+"),
)

DescribeClusterBroker = Struct(
    "broker_id" / BrokerId,
    "host" / String,
    "port" / Int32,
    "rack" / String(nullable=True, default=None),
    "is_fenced" / Boolean("2+"),
)

DescribeClusterResponse = DESCRIBE_CLUSTER.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
    "endpoint_type" / Enumeration(Int8, "endpoint_type")("1+", default=1),
    "cluster_id" / String,
    "controller_id" / BrokerId(default=-1),
    "brokers" / Array(DescribeClusterBroker),
    "cluster_authorized_operations" / AuthorizedOperations(default=-2147483648),
)

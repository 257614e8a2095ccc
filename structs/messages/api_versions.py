"""ApiVersions (API key 18)."""

from structs.grammar import Api, Array, Boolean, BrokerId, ErrorCode, Int16, Int32, Int64, String, Struct

API_VERSIONS = Api("ApiVersions", key=18, versions="0-5", flexible="3+")

ApiVersionsRequest = API_VERSIONS.request(
    "client_software_name" / String("3+"),
    "client_software_version" / String("3+"),
    "cluster_id" / String("5+", nullable=True, default=None),
    "node_id" / BrokerId("5+", default=-1),
)

ApiVersion = Struct(
    "api_key" / Int16,
    "min_version" / Int16,
    "max_version" / Int16,
)

SupportedFeatureKey = Struct(
    "name" / String,
    "min_version" / Int16,
    "max_version" / Int16,
)

FinalizedFeatureKey = Struct(
    "name" / String,
    "max_version_level" / Int16,
    "min_version_level" / Int16,
)

ApiVersionsResponse = API_VERSIONS.response(
    "error_code" / ErrorCode,
    "api_keys" / Array(ApiVersion),
    "throttle_time_ms" / Int32("1+"),
    "supported_features" / Array(SupportedFeatureKey, "3+", tag=0),
    "finalized_features_epoch" / Int64("3+", default=-1, tag=1),
    "finalized_features" / Array(FinalizedFeatureKey, "3+", tag=2),
    "zk_migration_ready" / Boolean("3+", tag=3),
)

"""UpdateFeatures (API key 57)."""

from structs.grammar import Api, Array, Boolean, Enumeration, ErrorCode, Int8, Int16, Int32, String, Struct

UPDATE_FEATURES = Api("UpdateFeatures", key=57, versions="0-2", flexible="0+")

FeatureUpdateKey = Struct(
    "feature" / String,
    "max_version_level" / Int16,
    "allow_downgrade" / Boolean("0"),
    "upgrade_type" / Enumeration(Int8, "upgrade_type")("1+", default=1),
)

UpdateFeaturesRequest = UPDATE_FEATURES.request(
    "timeout_ms" / Int32(default=60000),
    "feature_updates" / Array(FeatureUpdateKey),
    "validate_only" / Boolean("1+"),
)

UpdatableFeatureResult = Struct(
    "feature" / String,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

UpdateFeaturesResponse = UPDATE_FEATURES.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "results" / Array(UpdatableFeatureResult, "0-1"),
)

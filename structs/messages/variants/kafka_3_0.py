"""Layouts that Kafka 3.0 brought and a later release replaced, under the same version numbers."""

from structs.grammar import Array, Bytes, Data, Enumeration, Int8, Int16, Int32, Int64, Secret, String, Struct

DelegationTokenRecord = Data(
    "DelegationTokenRecord",
    "owner" / String,
    "renewers" / Array(String),
    "issue_timestamp" / Int64,
    "max_timestamp" / Int64,
    "expiration_timestamp" / Int64,
    "token_id" / String,
    versions="0",
    flexible="0+",
    key=10,
)

CredentialInfo = Struct(
    "mechanism" / Enumeration(Int8, "scram_mechanism"),
    "salt" / Secret(Bytes),
    "salted_password" / Secret(Bytes),
    "iterations" / Int32,
)

UserScramCredentialRecord = Data(
    "UserScramCredentialRecord",
    "name" / String,
    "credential_infos" / Array(CredentialInfo),
    versions="0",
    flexible="0+",
    key=11,
)

FeatureLevelRecord = Data(
    "FeatureLevelRecord",
    "name" / String,
    "min_feature_level" / Int16,
    "max_feature_level" / Int16,
    versions="0",
    flexible="0+",
    key=12,
)

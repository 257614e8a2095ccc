"""Layouts that Kafka 2.8 brought and a later release replaced, under the same version numbers."""

from structs.grammar import (
    Array,
    Boolean,
    BrokerId,
    Bytes,
    ConfigValue,
    Data,
    Enumeration,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Secret,
    String,
    Struct,
    TopicId,
    TopicName,
    UInt16,
    Uuid,
)

Voter = Struct(
    "voter_id" / BrokerId,
)

LeaderChangeMessage = Data(
    "LeaderChangeMessage",
    "leader_id" / BrokerId,
    "voters" / Array(Voter),
    "granting_voters" / Array(Voter),
    versions="0",
    flexible="0+",
)

BrokerEndpoint = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
    "security_protocol" / Enumeration(Int16, "security_protocol"),
)

BrokerFeature = Struct(
    "name" / String,
    "min_supported_version" / Int16,
    "max_supported_version" / Int16,
)

RegisterBrokerRecord = Data(
    "RegisterBrokerRecord",
    "broker_id" / BrokerId,
    "incarnation_id" / Uuid,
    "broker_epoch" / Int64,
    "end_points" / Array(BrokerEndpoint),
    "features" / Array(BrokerFeature),
    "rack" / String(nullable=True),
    versions="0",
    key=0,
)

UnregisterBrokerRecord = Data(
    "UnregisterBrokerRecord",
    "broker_id" / BrokerId,
    "broker_epoch" / Int64,
    versions="0",
    key=1,
)

TopicRecord = Data(
    "TopicRecord",
    "name" / TopicName,
    "topic_id" / TopicId,
    versions="0",
    key=2,
)

PartitionRecord = Data(
    "PartitionRecord",
    "partition_id" / Int32(default=-1),
    "topic_id" / TopicId,
    "replicas" / Array(BrokerId),
    "isr" / Array(BrokerId),
    "removing_replicas" / Array(BrokerId, nullable=True),
    "adding_replicas" / Array(BrokerId, nullable=True),
    "leader" / BrokerId(default=-1),
    "leader_epoch" / Int32(default=-1),
    "partition_epoch" / Int32(default=-1),
    versions="0",
    key=3,
)

ConfigRecord = Data(
    "ConfigRecord",
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
    "name" / String,
    "value" / ConfigValue,
    versions="0",
    key=4,
)

FenceBrokerRecord = Data(
    "FenceBrokerRecord",
    "id" / Int32,
    "epoch" / Int64,
    versions="0",
    key=7,
)

UnfenceBrokerRecord = Data(
    "UnfenceBrokerRecord",
    "id" / Int32,
    "epoch" / Int64,
    versions="0",
    key=8,
)

RemoveTopicRecord = Data(
    "RemoveTopicRecord",
    "topic_id" / TopicId,
    versions="0",
    key=9,
)

DelegationTokenRecord = Data(
    "DelegationTokenRecord",
    "owner" / String,
    "renewers" / Array(String),
    "issue_timestamp" / Int64,
    "max_timestamp" / Int64,
    "expiration_timestamp" / Int64,
    "token_id" / String,
    versions="0",
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
    key=11,
)

FeatureLevelRecord = Data(
    "FeatureLevelRecord",
    "name" / String,
    "min_feature_level" / Int16,
    "max_feature_level" / Int16,
    versions="0",
    key=12,
)

EntityData = Struct(
    "entity_type" / String,
    "entity_name" / String(nullable=True),
)

QuotaRecord = Data(
    "QuotaRecord",
    "entity" / Array(EntityData),
    "key" / String,
    "value" / Float64,
    "remove" / Boolean,
    versions="0",
    key=14,
)

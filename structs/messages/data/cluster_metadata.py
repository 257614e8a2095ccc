"""Records of __cluster_metadata."""

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
    ProducerId,
    Secret,
    String,
    Struct,
    TopicId,
    TopicName,
    UInt16,
    Uuid,
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
    "is_migrating_zk_broker" / Boolean("2+"),
    "incarnation_id" / Uuid,
    "broker_epoch" / Int64,
    "end_points" / Array(BrokerEndpoint),
    "features" / Array(BrokerFeature),
    "rack" / String(nullable=True),
    "fenced" / Boolean(default=True),
    "in_controlled_shutdown" / Boolean("1+"),
    "log_dirs" / Array(Uuid, "3+", tag=0),
    "cordoned_log_dirs" / Array(Uuid, "4+", nullable=True, default=None, tag=1),
    versions="0-4",
    flexible="0+",
    key=0,
)

UnregisterBrokerRecord = Data(
    "UnregisterBrokerRecord",
    "broker_id" / BrokerId,
    "broker_epoch" / Int64,
    versions="0",
    flexible="0+",
    key=1,
)

TopicRecord = Data(
    "TopicRecord",
    "name" / TopicName,
    "topic_id" / TopicId,
    versions="0",
    flexible="0+",
    key=2,
)

PartitionRecord = Data(
    "PartitionRecord",
    "partition_id" / Int32(default=-1),
    "topic_id" / TopicId,
    "replicas" / Array(BrokerId),
    "isr" / Array(BrokerId),
    "removing_replicas" / Array(BrokerId),
    "adding_replicas" / Array(BrokerId),
    "leader" / BrokerId(default=-1),
    "leader_recovery_state" / Enumeration(Int8, "leader_recovery_state")(tag=0),
    "leader_epoch" / Int32(default=-1),
    "partition_epoch" / Int32(default=-1),
    "directories" / Array(Uuid, "1+"),
    "eligible_leader_replicas" / Array(BrokerId, "2+", nullable=True, default=None, tag=1),
    "last_known_elr" / Array(BrokerId, "2+", nullable=True, default=None, tag=2),
    versions="0-2",
    flexible="0+",
    key=3,
)

ConfigRecord = Data(
    "ConfigRecord",
    "resource_type" / Enumeration(Int8, "config_resource_type"),
    "resource_name" / String,
    "name" / String,
    "value" / ConfigValue(nullable=True),
    versions="0",
    flexible="0+",
    key=4,
)

PartitionChangeRecord = Data(
    "PartitionChangeRecord",
    "partition_id" / Int32(default=-1),
    "topic_id" / TopicId,
    "isr" / Array(BrokerId, nullable=True, default=None, tag=0),
    "leader" / BrokerId(default=-2, tag=1),
    "replicas" / Array(BrokerId, nullable=True, default=None, tag=2),
    "removing_replicas" / Array(BrokerId, nullable=True, default=None, tag=3),
    "adding_replicas" / Array(BrokerId, nullable=True, default=None, tag=4),
    "leader_recovery_state" / Enumeration(Int8, "leader_recovery_state")(default=-1, tag=5),
    "directories" / Array(Uuid, "1+", nullable=True, default=None, tag=8),
    "eligible_leader_replicas" / Array(BrokerId, "2+", nullable=True, default=None, tag=6),
    "last_known_elr" / Array(BrokerId, "2+", nullable=True, default=None, tag=7),
    versions="0-2",
    flexible="0+",
    key=5,
)

AccessControlRecord = Data(
    "AccessControlRecord",
    "resource_type" / Enumeration(Int8, "acl_resource_type"),
    "resource_name" / String(nullable=True),
    "pattern_type" / Enumeration(Int8, "pattern_type"),
    "principal" / String,
    "host" / String,
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
    versions="0",
    flexible="0+",
    key=6,
)

FenceBrokerRecord = Data(
    "FenceBrokerRecord",
    "id" / BrokerId,
    "epoch" / Int64,
    versions="0",
    flexible="0+",
    key=7,
)

UnfenceBrokerRecord = Data(
    "UnfenceBrokerRecord",
    "id" / BrokerId,
    "epoch" / Int64,
    versions="0",
    flexible="0+",
    key=8,
)

RemoveTopicRecord = Data(
    "RemoveTopicRecord",
    "topic_id" / TopicId,
    versions="0",
    flexible="0+",
    key=9,
)

DelegationTokenRecord = Data(
    "DelegationTokenRecord",
    "owner" / String,
    "requester" / String,
    "renewers" / Array(String),
    "issue_timestamp" / Int64,
    "max_timestamp" / Int64,
    "expiration_timestamp" / Int64,
    "token_id" / String,
    versions="0",
    flexible="0+",
    key=10,
)

UserScramCredentialRecord = Data(
    "UserScramCredentialRecord",
    "name" / String,
    "mechanism" / Enumeration(Int8, "scram_mechanism"),
    "salt" / Secret(Bytes),
    "stored_key" / Secret(Bytes),
    "server_key" / Secret(Bytes),
    "iterations" / Int32,
    versions="0",
    flexible="0+",
    key=11,
)

FeatureLevelRecord = Data(
    "FeatureLevelRecord",
    "name" / String,
    "feature_level" / Int16,
    versions="0",
    flexible="0+",
    key=12,
)

EntityData = Struct(
    "entity_type" / String,
    "entity_name" / String(nullable=True),
)

ClientQuotaRecord = Data(
    "ClientQuotaRecord",
    "entity" / Array(EntityData),
    "key" / String,
    "value" / Float64,
    "remove" / Boolean,
    versions="0",
    flexible="0+",
    key=14,
)

ProducerIdsRecord = Data(
    "ProducerIdsRecord",
    "broker_id" / BrokerId,
    "broker_epoch" / Int64(default=-1),
    "next_producer_id" / ProducerId,
    versions="0",
    flexible="0+",
    key=15,
)

RemoveFeatureLevelRecord = Data(
    "RemoveFeatureLevelRecord",
    "name" / String,
    versions="0",
    flexible="0+",
    key=16,
)

BrokerRegistrationChangeRecord = Data(
    "BrokerRegistrationChangeRecord",
    "broker_id" / BrokerId,
    "broker_epoch" / Int64,
    "fenced" / Int8(tag=0),
    "in_controlled_shutdown" / Int8("1+", tag=1),
    "log_dirs" / Array(Uuid, "2+", tag=2),
    "cordoned_log_dirs" / Array(Uuid, "3+", nullable=True, default=None, tag=3),
    versions="0-3",
    flexible="0+",
    key=17,
)

AccessControlEntryRecord = Data(
    "AccessControlEntryRecord",
    "id" / Uuid,
    "resource_type" / Enumeration(Int8, "acl_resource_type"),
    "resource_name" / String,
    "pattern_type" / Enumeration(Int8, "pattern_type"),
    "principal" / String,
    "host" / String,
    "operation" / Enumeration(Int8, "acl_operation"),
    "permission_type" / Enumeration(Int8, "acl_permission_type"),
    versions="0",
    flexible="0+",
    key=18,
)

RemoveAccessControlEntryRecord = Data(
    "RemoveAccessControlEntryRecord",
    "id" / Uuid,
    versions="0",
    flexible="0+",
    key=19,
)

NoOpRecord = Data(
    "NoOpRecord",
    versions="0",
    flexible="0+",
    key=20,
)

ZkMigrationStateRecord = Data(
    "ZkMigrationStateRecord",
    "zk_migration_state" / Int8,
    versions="0",
    flexible="0+",
    key=21,
)

RemoveUserScramCredentialRecord = Data(
    "RemoveUserScramCredentialRecord",
    "name" / String,
    "mechanism" / Enumeration(Int8, "scram_mechanism"),
    versions="0",
    flexible="0+",
    key=22,
)

BeginTransactionRecord = Data(
    "BeginTransactionRecord",
    "name" / String(nullable=True, default=None, tag=0),
    versions="0",
    flexible="0+",
    key=23,
)

EndTransactionRecord = Data(
    "EndTransactionRecord",
    versions="0",
    flexible="0+",
    key=24,
)

AbortTransactionRecord = Data(
    "AbortTransactionRecord",
    "reason" / String(nullable=True, default=None, tag=0),
    versions="0",
    flexible="0+",
    key=25,
)

RemoveDelegationTokenRecord = Data(
    "RemoveDelegationTokenRecord",
    "token_id" / String,
    versions="0",
    flexible="0+",
    key=26,
)

ControllerEndpoint = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
    "security_protocol" / Enumeration(Int16, "security_protocol"),
)

ControllerFeature = Struct(
    "name" / String,
    "min_supported_version" / Int16,
    "max_supported_version" / Int16,
)

RegisterControllerRecord = Data(
    "RegisterControllerRecord",
    "controller_id" / BrokerId,
    "incarnation_id" / Uuid,
    "zk_migration_ready" / Boolean,
    "end_points" / Array(ControllerEndpoint),
    "features" / Array(ControllerFeature),
    versions="0",
    flexible="0+",
    key=27,
)

ClearElrRecord = Data(
    "ClearElrRecord",
    "topic_name" / TopicName,
    versions="0",
    flexible="0+",
    key=28,
)

UnregisterControllerRecord = Data(
    "UnregisterControllerRecord",
    "controller_id" / BrokerId,
    versions="0",
    flexible="0+",
    key=29,
)

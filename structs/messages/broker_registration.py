"""BrokerRegistration (API key 62)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int16,
    Int32,
    Int64,
    String,
    Struct,
    UInt16,
    Uuid,
)

BROKER_REGISTRATION = Api("BrokerRegistration", key=62, versions="0-4", flexible="0+")

Listener = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
    "security_protocol" / Enumeration(Int16, "security_protocol"),
)

Feature = Struct(
    "name" / String,
    "min_supported_version" / Int16,
    "max_supported_version" / Int16,
)

BrokerRegistrationRequest = BROKER_REGISTRATION.request(
    "broker_id" / BrokerId,
    "cluster_id" / String,
    "incarnation_id" / Uuid,
    "listeners" / Array(Listener),
    "features" / Array(Feature),
    "rack" / String(nullable=True),
    "is_migrating_zk_broker" / Boolean("1+"),
    "log_dirs" / Array(Uuid, "2+"),
    "previous_broker_epoch" / Int64("3+", default=-1),
)

BrokerRegistrationResponse = BROKER_REGISTRATION.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "broker_epoch" / Int64(default=-1),
)

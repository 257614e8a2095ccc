"""ControllerRegistration (API key 70)."""

from structs.grammar import (
    Api,
    Array,
    Boolean,
    BrokerId,
    Enumeration,
    ErrorCode,
    Int16,
    Int32,
    String,
    Struct,
    UInt16,
    Uuid,
)

CONTROLLER_REGISTRATION = Api("ControllerRegistration", key=70, versions="0", flexible="0+")

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

ControllerRegistrationRequest = CONTROLLER_REGISTRATION.request(
    "controller_id" / BrokerId,
    "incarnation_id" / Uuid,
    "zk_migration_ready" / Boolean,
    "listeners" / Array(Listener),
    "features" / Array(Feature),
)

ControllerRegistrationResponse = CONTROLLER_REGISTRATION.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

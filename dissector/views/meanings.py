"""What numbers stand for, by the name of the field that holds them.

Source: Kafka's enums (AclOperation, ResourceType, PatternType, ConfigResource.Type, IsolationLevel, ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.views.timestamps import iso_timestamp
from structs import registry
from structs.errors import error_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structs import wire

_NANOSECONDS: Final = 1_000_000  # in a millisecond
_NOT_REQUESTED: Final = -(1 << 31)

_OPERATIONS: Final = dict(
    enumerate(
        [
            "unknown",
            "any",
            "all",
            "read",
            "write",
            "create",
            "delete",
            "alter",
            "describe",
            "cluster_action",
            "describe_configs",
            "alter_configs",
            "idempotent_write",
            "create_tokens",
            "describe_tokens",
            "two_phase_commit",
        ]
    )
)
_ACL_RESOURCES: Final = dict(
    enumerate(["unknown", "any", "topic", "group", "cluster", "transactional_id", "delegation_token", "user"])
)
_CONFIG_RESOURCES: Final = {
    0: "unknown",
    2: "topic",
    4: "broker",
    8: "broker_logger",
    16: "client_metrics",
    32: "group",
}
_PATTERNS: Final = dict(enumerate(["unknown", "any", "match", "literal", "prefixed"]))
_CODECS: Final = dict(enumerate(["none", "gzip", "snappy", "lz4", "zstd"]))

_BY_FIELD: Final[Mapping[str, Mapping[int, str]]] = {
    "accepted_compression_types": _CODECS,
    "acknowledge_types": dict(enumerate(["gap", "accept", "release", "reject", "renew"])),
    "acks": {-1: "all"},
    "compression_type": _CODECS,
    "config_operation": dict(enumerate(["set", "delete", "append", "subtract"])),
    "config_source": {
        0: "unknown",
        1: "dynamic_topic",
        2: "dynamic_broker",
        3: "dynamic_default_broker",
        4: "static_broker",
        5: "default",
        6: "dynamic_broker_logger",
        7: "client_metrics",
        8: "group",
    },
    "config_type": dict(
        enumerate(["unknown", "boolean", "string", "int", "short", "long", "double", "list", "class", "password"])
    ),
    "delivery_state": {0: "available", 1: "acquired", 2: "acknowledged", 4: "archived"},
    "election_type": {0: "preferred", 1: "unclean"},
    "endpoint_type": {1: "brokers", 2: "controllers"},
    "isolation_level": {0: "read_uncommitted", 1: "read_committed"},
    "key_type": {0: "group", 1: "transaction", 2: "share"},
    "leader_recovery_state": {0: "recovered", 1: "recovering"},
    "match_type": {0: "exact", 1: "default", 2: "any"},
    "mechanism": {0: "unknown", 1: "SCRAM-SHA-256", 2: "SCRAM-SHA-512"},
    "operation": _OPERATIONS,
    "pattern_type": _PATTERNS,
    "pattern_type_filter": _PATTERNS,
    "permission_type": {0: "unknown", 1: "any", 2: "deny", 3: "allow"},
    "resource_pattern_type": _PATTERNS,
    "security_protocol": dict(enumerate(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])),
    "share_acquire_mode": {0: "batch_optimized", 1: "record_limit"},
    "upgrade_type": {1: "upgrade", 2: "safe_downgrade", 3: "unsafe_downgrade"},
}

_ACL_APIS: Final = frozenset({29, 30, 31})
_RESOURCE_FIELDS: Final = frozenset({"resource_type", "resource_type_filter", "resource_types"})
_API_FIELDS: Final = frozenset({"api_key", "request_api_key"})

_LIST_OFFSETS: Final = 2
_LIST_OFFSETS_TIMESTAMPS: Final = {
    -1: "latest",
    -2: "earliest",
    -3: "max_timestamp",
    -4: "earliest_local",
    -5: "latest_tiered",
    -6: "earliest_pending_upload",
}

_TIMESTAMPS: Final = frozenset(
    {
        "base_timestamp",
        "commit_timestamp",
        "expiry_timestamp",
        "expiry_timestamp_ms",
        "issue_timestamp",
        "issue_timestamp_ms",
        "last_caught_up_timestamp",
        "last_fetch_timestamp",
        "last_timestamp",
        "log_append_time_ms",
        "max_timestamp",
        "max_timestamp_ms",
        "timestamp",
        "transaction_start_time_ms",
    }
)


def moment(milliseconds: int) -> str:
    """Return milliseconds since the epoch as ISO 8601 in UTC."""
    return iso_timestamp(milliseconds * _NANOSECONDS, 3)


def operations(bits: int) -> str:
    """Return a set of authorized operations as their names."""
    if bits == _NOT_REQUESTED:
        return "not requested"
    names = [_OPERATIONS.get(bit, f"bit {bit}") for bit in range(32) if bits >> bit & 1]
    return ", ".join(names) or "none"


def values_of(api_key: int | None, name: str) -> Mapping[int, str]:
    """Return the numbers that stand for something in a field, whatever else may stand there; empty for most fields."""
    if name in _TIMESTAMPS and api_key == _LIST_OFFSETS:
        return _LIST_OFFSETS_TIMESTAMPS
    if name in _RESOURCE_FIELDS:
        return _ACL_RESOURCES if api_key in _ACL_APIS else _CONFIG_RESOURCES
    return _BY_FIELD.get(name, {})


def is_timestamp(name: str) -> bool:
    """Say whether a field holds milliseconds since the epoch."""
    return name in _TIMESTAMPS


def meaning_of(api_key: int | None, name: str, value: Any, node: wire.Node | None = None) -> str | None:
    """Return what a field's value stands for beyond itself, None where it says everything.

    `name` is the field's (an array's, for its elements); names and ids of topics are not the concern of this.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    meaning = getattr(node.meaning, "name", "") if node is not None else ""
    if meaning == "error_code":
        return error_name(value)
    if meaning == "authorized_operations":
        return operations(value)
    known = values_of(api_key, name).get(value)
    if known is None and is_timestamp(name):
        return moment(value) if value >= 0 else None
    if name in _API_FIELDS:
        api = registry.api(value)
        return api.name if api is not None else None
    return known

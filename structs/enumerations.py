"""What numbers in Kafka's messages stand for: the tables behind the notation's `Enumeration`.

Names are spelled as Kafka's tools and configurations spell them, in lower case but for those that are names of
mechanisms, protocols and transaction states. Source: Kafka's enums (AclOperation, ConfigResource.Type, ...).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATIONS_NOT_REQUESTED: Final = -(1 << 31)


def _count(names: str) -> dict[int, str]:
    return dict(enumerate(names.split()))


TABLES: Final[Mapping[str, Mapping[int, str]]] = {
    "acknowledge_type": _count("gap accept release reject renew"),
    "acks": {-1: "all"},
    "acl_operation": _count(
        "unknown any all read write create delete alter describe cluster_action describe_configs alter_configs "
        "idempotent_write create_tokens describe_tokens two_phase_commit"
    ),
    "acl_permission_type": _count("unknown any deny allow"),
    "acl_resource_type": _count("unknown any topic group cluster transactional_id delegation_token user"),
    "compression_type": _count("none gzip snappy lz4 zstd"),
    "config_operation": _count("set delete append subtract"),
    "config_resource_type": {
        0: "unknown",
        2: "topic",
        4: "broker",
        8: "broker_logger",
        16: "client_metrics",
        32: "group",
    },
    "config_source": _count(
        "unknown dynamic_topic dynamic_broker dynamic_default_broker static_broker default dynamic_broker_logger "
        "client_metrics group"
    ),
    "config_type": _count("unknown boolean string int short long double list class password"),
    "coordinator_key_type": _count("group transaction share"),
    "delivery_state": {0: "available", 1: "acquired", 2: "acknowledged", 4: "archived"},
    "election_type": _count("preferred unclean"),
    "endpoint_type": {1: "brokers", 2: "controllers"},
    "isolation_level": _count("read_uncommitted read_committed"),
    "leader_recovery_state": _count("recovered recovering"),
    "list_offsets_timestamp": {
        -1: "latest",
        -2: "earliest",
        -3: "max_timestamp",
        -4: "earliest_local",
        -5: "latest_tiered",
        -6: "earliest_pending_upload",
    },
    "pattern_type": _count("unknown any match literal prefixed"),
    "quota_match_type": _count("exact default any"),
    "replica_id": {-1: "consumer", -2: "debug_consumer", -3: "future_local_replica"},
    "scram_mechanism": _count("unknown SCRAM-SHA-256 SCRAM-SHA-512"),
    "security_protocol": _count("PLAINTEXT SSL SASL_PLAINTEXT SASL_SSL"),
    "share_acquire_mode": _count("batch_optimized record_limit"),
    "transaction_status": _count(
        "Empty Ongoing PrepareCommit PrepareAbort CompleteCommit CompleteAbort Dead PrepareEpochFence"
    ),
    "upgrade_type": {1: "upgrade", 2: "safe_downgrade", 3: "unsafe_downgrade"},
}

# Tables of numbers that are set apart among others: counts, timestamps and ids as they are.
SENTINELS: Final = frozenset({"acks", "list_offsets_timestamp", "replica_id"})


def name_of(table: str, value: int) -> str | None:
    """Return what a number stands for, None if that is not known."""
    return TABLES[table].get(value)


def operation_names(bits: int) -> list[str] | None:
    """Return the names of a set of authorized operations, one bit each; None where nobody asked for them."""
    if bits == OPERATIONS_NOT_REQUESTED:
        return None
    names = TABLES["acl_operation"]
    return [names.get(bit, f"bit {bit}") for bit in range(32) if bits >> bit & 1]

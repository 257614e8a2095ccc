"""Which fields of which API are worth a place on a line, and how they are called there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_METADATA: Final = 3

# API key -> the fields of the request and of the response that are worth a place, in the order to show them;
# error codes and throttling show in any case. Other APIs show whatever is not at its default.
CHOSEN: Final[Mapping[int, tuple[str, str]]] = {
    0: ("transactional_id acks topic_data", "responses"),
    1: ("replica_id replica_state session_id topics forgotten_topics_data", "session_id responses"),
    2: ("isolation_level topics", "topics"),
    3: ("topics", "topics brokers controller_id"),
    8: ("group_id generation_id_or_member_epoch member_id topics", "topics"),
    9: ("group_id topics groups", "topics groups"),
    10: ("key_type key coordinator_keys", "node_id host port coordinators"),
    11: (
        "group_id group_instance_id member_id protocol_type protocols reason",
        "generation_id protocol_name leader member_id members",
    ),
    12: ("group_id generation_id group_instance_id member_id", ""),
    13: ("group_id member_id members", "members"),
    14: ("group_id generation_id member_id protocol_name assignments", "protocol_name assignment"),
    18: ("client_software_name client_software_version", "api_keys"),
    19: ("topics validate_only", "topics"),
    22: ("transactional_id producer_id producer_epoch", "producer_id producer_epoch"),
    28: ("transactional_id group_id producer_id producer_epoch topics", "topics"),
    36: ("auth_bytes", "auth_bytes session_lifetime_ms"),
    38: (
        "owner_principal_name renewers max_lifetime_ms",
        "principal_type principal_name token_id expiry_timestamp_ms",
    ),
    58: ("request_data request_principal client_host_address", "response_data"),
    59: ("replica_id topics", "topics"),
    62: ("broker_id listeners rack log_dirs features", "broker_epoch"),
    68: (
        "group_id member_id member_epoch instance_id subscribed_topic_names subscribed_topic_regex topic_partitions",
        "member_id member_epoch assignment",
    ),
    69: ("group_ids", "groups"),
    71: ("client_instance_id", "subscription_id push_interval_ms requested_metrics"),
    72: ("client_instance_id terminating compression_type metrics", ""),
    78: ("group_id member_id share_session_epoch topics forgotten_topics_data", "responses"),
    79: ("group_id member_id share_session_epoch topics", "responses"),
    88: (
        "group_id member_id member_epoch instance_id process_id active_tasks standby_tasks warmup_tasks",
        "member_id member_epoch status active_tasks standby_tasks warmup_tasks",
    ),
}

LABELS: Final[Mapping[str, str]] = {
    "active_tasks": "tasks",
    "api_keys": "API",
    "auth_bytes": "token",
    "broker_id": "broker",
    "client_software_name": "software",
    "client_software_version": "version",
    "controller_id": "controller",
    "compression_type": "compression",
    "coordinators": "",
    "expiry_timestamp_ms": "expires",
    "forgotten_topics_data": "forgets",
    "generation_id": "generation",
    "generation_id_or_member_epoch": "generation",
    "group_id": "group",
    "group_ids": "groups",
    "group_instance_id": "instance",
    "groups_names": "groups",
    "instance_id": "instance",
    "isolation_level": "isolation",
    "leader_id": "leader",
    "listeners": "",
    "markers": "producer",
    "member_epoch": "epoch",
    "member_id": "member",
    "node_id": "node",
    "owner_principal_name": "owner",
    "principal_name": "owner",
    "principal_type": "type",
    "producer_epoch": "epoch",
    "producer_id": "producer",
    "protocol_name": "protocol",
    "protocol_type": "type",
    "replica_id": "replica",
    "session_epoch": "epoch",
    "session_id": "session",
    "share_session_epoch": "epoch",
    "standby_tasks": "standby",
    "subscribed_topic_names": "subscribed",
    "subscribed_topic_regex": "regex",
    "transactional_id": "txn",
    "transactions": "txn",
    "warmup_tasks": "warmup",
}

# What names an element of a list, the first that it has.
IDENTITIES: Final = (
    "group_id",
    "transactional_id",
    "resource_name",
    "name",
    "user",
    "feature",
    "member_id",
    "broker_id",
    "producer_id",
    "key",
    "principal_name",
    "subtopology_id",
    "log_dir",
    "path",
    "token_id",
    "principal",
    "status_detail",
)

LONG: Final = {"reason": 90, "status_detail": 90}  # characters of text that may be longer than a name
UNREMARKABLE: Final = frozenset({"error_message", "throttle_time_ms", "timeout_ms", "node_endpoints"})
ZERO_TELLS: Final = frozenset(
    {
        "acks",
        "broker_id",
        "controller_id",
        "election_type",
        "generation_id",
        "generation_id_or_member_epoch",
        "leader_id",
        "member_epoch",
        "producer_epoch",
        "producer_id",
        "replica_id",
        "share_session_epoch",
        "voter_id",
    }
)
STATES: Final = ("group_state", "transaction_state")
BOOLEAN_WORDS: Final = {"committed": ("abort", "commit"), "transaction_result": ("abort", "commit")}

# Lists of which the number tells more than the names.
COUNTED: Final = frozenset({(11, "members"), (14, "assignments")})

# Lists of requests that stand for everything where they are null, and for nothing where they are empty; of what.
ALL_IF_NULL: Final[Mapping[tuple[int | None, str], str]] = {
    (3, "topics"): "topics",
    (9, "topics"): "topics",
    (35, "topics"): "topics",
    (41, "owners"): "owners",
    (43, "topic_partitions"): "partitions",
    (46, "topics"): "topics",
    (50, "users"): "users",
    (90, "topics"): "topics",
}

# Lists of requests that stand for everything where they are empty.
ALL_IF_EMPTY: Final[Mapping[tuple[int | None, str], str]] = {
    (50, "users"): "users",
    (74, "resource_types"): "types",
    (75, "topics"): "topics",
}

MESSAGES: Final = frozenset({"request_data", "response_data"})  # fields of an Envelope that hold another message


def if_null(api_key: int | None, name: str) -> str:
    """Return what null stands for in a list of a request; empty where it is nothing to speak of."""
    what = ALL_IF_NULL.get((api_key, name))
    return f"all {what}" if what is not None else ""


def if_empty(api_key: int | None, version: int | None, name: str) -> str:
    """Return what an empty list of a request stands for; empty where it is nothing to speak of."""
    if (api_key, name) in ALL_IF_EMPTY:
        return f"all {ALL_IF_EMPTY[api_key, name]}"
    if (api_key, version, name) == (_METADATA, 0, "topics"):
        return if_null(api_key, name)  # version 0 knew no null
    what = ALL_IF_NULL.get((api_key, name))
    return f"no {what}" if what is not None else ""

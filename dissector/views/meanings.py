"""What numbers stand for, as people read it: by their type in the grammar, or where they are moments, by their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.views.timestamps import iso_timestamp
from structs import enumerations, registry
from structs.errors import error_name

if TYPE_CHECKING:
    from structs import wire

_NANOSECONDS: Final = 1_000_000  # in a millisecond
_API_FIELDS: Final = frozenset({"api_key", "request_api_key"})

_TIMESTAMPS: Final = frozenset(
    {
        "assignment_timestamp",
        "base_timestamp",
        "commit_timestamp",
        "create_timestamp",
        "current_state_timestamp",
        "event_timestamp_ms",
        "expiration_timestamp",
        "expire_timestamp",
        "expiry_timestamp",
        "expiry_timestamp_ms",
        "issue_timestamp",
        "issue_timestamp_ms",
        "last_caught_up_timestamp",
        "last_contained_log_timestamp",
        "last_fetch_timestamp",
        "last_timestamp",
        "log_append_time_ms",
        "max_timestamp",
        "max_timestamp_ms",
        "timestamp",
        "transaction_last_update_timestamp_ms",
        "transaction_start_time_ms",
        "transaction_start_timestamp_ms",
        "write_timestamp",
    }
)


def moment(milliseconds: int) -> str:
    """Return milliseconds since the epoch as ISO 8601 in UTC."""
    return iso_timestamp(milliseconds * _NANOSECONDS, 3)


def operations(bits: int) -> str:
    """Return a set of authorized operations as their names."""
    names = enumerations.operation_names(bits)
    return "not requested" if names is None else ", ".join(names) or "none"


def is_timestamp(name: str) -> bool:
    """Say whether a field holds milliseconds since the epoch."""
    return name in _TIMESTAMPS


def is_mute(name: str, node: wire.Node) -> bool:
    """Say whether the numbers of a field stand for nothing beyond themselves, whatever they are."""
    return node.meaning is None and name not in _TIMESTAMPS and name not in _API_FIELDS


def meaning_of(name: str, value: Any, node: wire.Node | None = None) -> str | None:
    """Return what a field's value stands for beyond itself, None where it says everything.

    `name` is the field's (an array's, for its elements); names and ids of topics are not the concern of this.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    meaning, detail = (node.meaning if node is not None else None) or ("", "")
    if meaning == "error_code":
        return error_name(value)
    if meaning == "authorized_operations":
        return operations(value)
    known = enumerations.name_of(detail, value) if meaning == "enumeration" else None
    if known is None and is_timestamp(name):
        return moment(value) if value >= 0 else None
    if name in _API_FIELDS:
        api = registry.api(value)
        return api.name if api is not None else None
    return known

"""What the members of a classic group tell each other; the group's protocol type says in which language.

Source: Kafka's ConsumerProtocol (KIP-429, KIP-792, KIP-881).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structs import registry
from structs.embedded import assignors, connect, streams
from structs.embedded.json_text import read_json
from structs.embedded.payload import Context, Payload, read_versioned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structs.buffers import Buffer

    Reading = Callable[..., Payload]

_CONSUMER_NEEDED: Final = 2  # topics and user data; some clients state version 1 and leave its field out


def subscription(data: Buffer, context: Context, *, spans: bool = False) -> Payload | None:
    """Read what a member says when it joins; None if nothing is known of the group's protocol type."""
    return _by_type(_SUBSCRIPTIONS, data, context, spans=spans)


def assignment(data: Buffer, context: Context, *, spans: bool = False) -> Payload | None:
    """Read what the leader gives a member; None if nothing is known of the group's protocol type."""
    return _by_type(_ASSIGNMENTS, data, context, spans=spans)


def subscription_user_data(data: Buffer, context: Context, *, spans: bool = False) -> Payload | None:
    """Read what an assignor adds to a subscription; None for assignors that are not known."""
    reading = _SUBSCRIPTION_USER_DATA.get(context.protocol or "")
    return None if reading is None else reading(data, spans=spans)


def assignment_user_data(data: Buffer, context: Context, *, spans: bool = False) -> Payload | None:
    """Read what an assignor adds to an assignment; None for assignors that are not known."""
    return streams.assignment(data, spans=spans) if context.protocol == "stream" else None


def consumer_subscription(data: Buffer, *, spans: bool = False) -> Payload:
    """Read a subscription of the consumer protocol."""
    schema = registry.data("ConsumerProtocolSubscription")
    return read_versioned(schema, data, needed=_CONSUMER_NEEDED, spans=spans)


def consumer_assignment(data: Buffer, *, spans: bool = False) -> Payload:
    """Read an assignment of the consumer protocol."""
    schema = registry.data("ConsumerProtocolAssignment")
    return read_versioned(schema, data, needed=1, spans=spans)


def _json(data: Buffer, *, spans: bool = False) -> Payload:  # noqa: ARG001 (JSON has no spans)
    return read_json(data)


def _by_type(readings: Mapping[str, Reading], data: Buffer, context: Context, *, spans: bool) -> Payload | None:
    reading = readings.get(context.protocol_type or "")
    return None if reading is None else reading(data, spans=spans)


_SUBSCRIPTIONS: Final[Mapping[str, Reading]] = {
    "consumer": consumer_subscription,
    "connect": connect.metadata,
    "sr": _json,
}
_ASSIGNMENTS: Final[Mapping[str, Reading]] = {
    "consumer": consumer_assignment,
    "connect": connect.assignment,
    "sr": _json,
}
_SUBSCRIPTION_USER_DATA: Final[Mapping[str, Reading]] = {
    "sticky": assignors.sticky,
    "cooperative-sticky": assignors.cooperative_sticky,
    "stream": streams.subscription,
}

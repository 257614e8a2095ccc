"""Payloads inside payloads: what stands in a message's bytes fields, and in the records of internal topics.

`decode` reads the payload of an `Embedded` field by its label (see structs/upstream/meanings.py); `record` and
`control_record` read the key and the value of a record. No input raises: what is wrong stands in the payload. None
means that nothing is known that tells what the bytes are. Problems count their offsets from the payload's first byte.

    payload = decode("group subscription", data, Context(protocol_type="consumer", protocol="range"))
    payload.value, payload.error, payload.warnings, payload.grammar

A payload's fields may hold further payloads: their grammar says so, as a message's does. Who descends counts
`Context.depth` up; beyond `MAX_DEPTH` nothing is decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structs.embedded import connect, forwarding, groups, sasl, snapshots, telemetry
from structs.embedded.control import control_record
from structs.embedded.internal_topics import is_internal, record
from structs.embedded.payload import MAX_DEPTH, Context, Payload, failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structs.buffers import Buffer

__all__ = ["MAX_DEPTH", "Context", "Payload", "control_record", "decode", "is_internal", "record"]

NOTHING_KNOWN: Final = Context()


def decode(label: str, data: Buffer, context: Context = NOTHING_KNOWN, *, spans: bool = False) -> Payload | None:
    """Read the payload with this label; None if the context does not tell what it is."""
    if context.depth >= MAX_DEPTH:
        return failed("limit", f"{context.depth} payloads inside one another, deeper ones are not decoded")
    return _READINGS[label](data, context, spans)


_READINGS: Final[Mapping[str, Callable[[Buffer, Context, bool], Payload | None]]] = {
    "assignment user data": lambda data, context, spans: groups.assignment_user_data(data, context, spans=spans),
    "connect assignment": lambda data, _, spans: connect.assignment(data, spans=spans),
    "consumer subscription": lambda data, _, spans: groups.consumer_subscription(data, spans=spans),
    "group assignment": lambda data, context, spans: groups.assignment(data, context, spans=spans),
    "group subscription": lambda data, context, spans: groups.subscription(data, context, spans=spans),
    "principal": lambda data, _, spans: forwarding.principal(data, spans=spans),
    "request": lambda data, _, spans: forwarding.request(data, spans=spans),
    "response": lambda data, context, spans: forwarding.response(data, context.api, spans=spans),
    "sasl token": lambda data, context, _: sasl.token(data, context.mechanism, context.side),
    "snapshot slice": lambda data, context, _: snapshots.snapshot_slice(data, context),
    "subscription user data": lambda data, context, spans: groups.subscription_user_data(data, context, spans=spans),
    "telemetry metrics": lambda data, context, _: telemetry.metrics(data, context),
}

"""JSON Lines: one object for each exchange.

Characters beyond ASCII are escaped, so that nothing from the wire reaches a terminal as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dissector.views.projection import Projector, plain
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from dissector.correlation import Exchange
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from structs.buffers import Problem

_encode: Final = json.JSONEncoder(separators=(", ", ": "), allow_nan=False).encode


def line(exchange: Exchange, *, show_secrets: bool = False) -> str:
    """Return an exchange as one line of JSON, without the line's end."""
    return _encode(as_dict(exchange, show_secrets=show_secrets))


def as_dict(exchange: Exchange, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return an exchange as JSON-ready values."""
    connection = exchange.connection
    latency = exchange.latency
    return {
        "connection": {
            "id": connection.id,
            "client": _endpoint(connection.client),
            "server": _endpoint(connection.server),
        },
        "api_key": exchange.api_key,
        "api_name": exchange.api_name,
        "api_version": exchange.api_version,
        "correlation_id": exchange.correlation_id,
        "client_id": plain(exchange.client_id, text=True),
        "latency_ms": None if latency is None else latency / 1_000_000,
        "request": _message(exchange.request, exchange, show_secrets=show_secrets),
        "response": _message(exchange.response, exchange, show_secrets=show_secrets),
        "outcome": exchange.outcome.value,
        "outcome_reason": exchange.outcome_reason,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    return None if endpoint is None else {"host": endpoint.host, "port": endpoint.port}


def _message(message: Message | None, exchange: Exchange, *, show_secrets: bool) -> dict[str, Any] | None:
    if message is None:
        return None
    projector = Projector(message, exchange, show_secrets=show_secrets)
    body = projector.body()
    return {
        "frame": message.packet_number,
        "timestamp": iso_timestamp(message.timestamp, message.frame.digits),
        "size": message.size,
        "body": body,
        "inferred": message.inferred,
        "error": None if message.error is None else _problem(message.error),
        "warnings": [_problem(problem) for problem in [*message.warnings, *projector.problems]],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"kind": problem.kind, "message": problem.message, "offset": problem.offset, "field": problem.field}

"""JSON Lines: one object for each exchange.

Characters beyond ASCII are escaped, and DEL, so that nothing from the wire reaches a terminal as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.views.projection import Projector, plain
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from structs.buffers import Problem

_NO_ASCII: Final = re.compile(r"[^\x00-\x7e]")  # what stands in JSON text as it is, and no printable ASCII


def line(exchange: Exchange, *, show_secrets: bool = False) -> str:
    """Return an exchange as one line of JSON, without the line's end."""
    written = orjson.dumps(_object(exchange, show_secrets=show_secrets, written=batch_written))
    text = written.decode()
    return text if written.isascii() and b"\x7f" not in written else _NO_ASCII.sub(_escaped, text)


def batch_written(batch: dict[str, Any]) -> orjson.Fragment:
    """Return a record batch as JSON: a message of a million records need not be held as Python's objects."""
    return orjson.Fragment(orjson.dumps(batch))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def as_dict(exchange: Exchange, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return an exchange as JSON-ready values."""
    return _object(exchange, show_secrets=show_secrets, written=None)


def _object(
    exchange: Exchange, *, show_secrets: bool, written: Callable[[dict[str, Any]], Any] | None
) -> dict[str, Any]:
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
        "request": message_object(exchange.request, exchange, show_secrets=show_secrets, written=written),
        "response": message_object(exchange.response, exchange, show_secrets=show_secrets, written=written),
        "outcome": exchange.outcome.value,
        "outcome_reason": exchange.outcome_reason,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    return None if endpoint is None else {"host": endpoint.host, "port": endpoint.port}


def message_object(
    message: Message | None,
    exchange: Exchange,
    *,
    show_secrets: bool = False,
    written: Callable[[dict[str, Any]], Any] | None = None,
) -> dict[str, Any] | None:
    """Return a message as JSON-ready values, None for none; `written` is what becomes of each record batch."""
    if message is None:
        return None
    projector = Projector(message, exchange, show_secrets=show_secrets, written=written)
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

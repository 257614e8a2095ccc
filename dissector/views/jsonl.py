"""JSON Lines: one object for each exchange.

Characters beyond ASCII are escaped, and DEL, so that nothing from the wire reaches a terminal as it is.
"""

from __future__ import annotations

import codecs
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.views.projection import project, project_straight
from dissector.views.scalars import plain
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.reassembly import Connection
    from dissector.segments import Endpoint
    from structs.buffers import Problem

    #: Makes JSON-ready values of a message's body, and says what is wrong inside of it.
    Body = Callable[..., tuple[Any, Sequence[Problem]]]

_ESCAPED: Final = "dissector.json"  # the name of an error handler

_project_with_fragments: Final = partial(project, fragments=True)


def line(exchange: Exchange, *, show_secrets: bool = False) -> str:
    """Return an exchange as one line of JSON, without the line's end."""
    return in_ascii(written(exchange, show_secrets=show_secrets)).removesuffix("\n")


def written(exchange: Exchange, *, show_secrets: bool = False) -> bytes:
    """Return an exchange as one line of JSON in UTF-8, with the line's end: what `in_ascii` takes, one or many."""
    connection = exchange.connection
    ends = _written_ends(connection.id, connection.client, connection.server)
    try:
        values = _object(exchange, ends, project_straight, show_secrets)
        return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        values = _object(exchange, ends, _project_with_fragments, show_secrets)
        return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def in_ascii(lines: bytes) -> str:
    """Return lines of JSON as printable ASCII."""
    if b"\x7f" in lines:
        lines = lines.replace(b"\x7f", b"\\u007f")
    return (lines if lines.isascii() else lines.decode().encode("ascii", _ESCAPED)).decode("ascii")


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Return the characters that are not ASCII as JSON spells them, in UTF-16 (an error handler of Python's codecs)."""
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 (it is for encoding)
    units = error.object[error.start : error.end].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end


codecs.register_error(_ESCAPED, _escape)


def as_dict(exchange: Exchange, *, show_secrets: bool = False) -> dict[str, Any]:
    """Return an exchange as JSON-ready values."""
    return _object(exchange, _connection(exchange.connection), project, show_secrets)


def _object(exchange: Exchange, connection: Any, body: Body, show_secrets: bool) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    latency, client_id = exchange.latency, exchange.client_id
    return {
        "connection": connection,
        "api_key": exchange.api_key,
        "api_name": exchange.api_name,
        "api_version": exchange.api_version,
        "correlation_id": exchange.correlation_id,
        "client_id": plain(client_id, text=True),
        "latency_ms": None if latency is None else latency / 1_000_000,
        "request": None if request is None else _message(request, exchange, body, show_secrets),
        "response": None if response is None else _message(response, exchange, body, show_secrets),
        "outcome": exchange.outcome.value,
        "outcome_reason": exchange.outcome_reason,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    return None if endpoint is None else {"host": endpoint.host, "port": endpoint.port}


def _connection(connection: Connection) -> dict[str, Any]:
    return {
        "id": connection.id,
        "client": _endpoint(connection.client),
        "server": _endpoint(connection.server),
    }


@lru_cache(maxsize=1024)
def _written_ends(number: int, client: Endpoint | None, server: Endpoint | None) -> orjson.Fragment:
    """Return the same as text: a connection has many exchanges."""
    return orjson.Fragment(orjson.dumps({"id": number, "client": _endpoint(client), "server": _endpoint(server)}))


def message_object(
    message: Message | None, exchange: Exchange, *, show_secrets: bool = False, fragments: bool = False
) -> dict[str, Any] | None:
    """Return a message as JSON-ready values, None for none; with `fragments` only for orjson (see `project`)."""
    if message is None:
        return None
    return _message(message, exchange, _project_with_fragments if fragments else project, show_secrets)


def _message(message: Message, exchange: Exchange, body: Body, show_secrets: bool) -> dict[str, Any]:
    made, problems = body(message, exchange, show_secrets=show_secrets)
    frame, error, warnings = message.frame, message.error, message.warnings
    return {
        "frame": frame.packet_number,
        "timestamp": iso_timestamp(frame.timestamp, frame.digits),
        "size": frame.size,
        "body": made,
        "inferred": message.inferred,
        "error": None if error is None else _problem(error),
        "warnings": [_problem(problem) for problem in (*warnings, *problems)] if warnings or problems else [],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"kind": problem.kind, "message": problem.message, "offset": problem.offset, "field": problem.field}

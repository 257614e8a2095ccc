"""JSON Lines: one object for each exchange.

Characters beyond ASCII are escaped, and DEL, so that nothing from the wire reaches a terminal as it is.
"""

from __future__ import annotations

import codecs
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.exchanges import Outcome
from dissector.views.projection import Projector
from dissector.views.scalars import plain
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from structs.buffers import Problem

_ESCAPED: Final = "dissector.json"  # the name of an error handler
_OUTCOMES: Final = {outcome: outcome.value for outcome in Outcome}  # an enumeration takes long to say its value


class JsonLines:
    """Writes exchanges as lines of JSON."""

    def __init__(self, *, show_secrets: bool = False) -> None:
        self._projector = Projector(show_secrets=show_secrets, fragments=True)

    def write(self, exchange: Exchange) -> bytes:
        """Return an exchange as a line in UTF-8, with the line's end: what `in_ascii` takes, one or many."""
        connection = exchange.connection
        ends = _written_ends(connection.id, connection.client, connection.server)
        try:
            return orjson.dumps(_object(exchange, ends, self._message), option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:
            project = partial(_message, projector=self._projector)
            return orjson.dumps(_object(exchange, ends, project), option=orjson.OPT_APPEND_NEWLINE)

    def _message(self, message: Message, exchange: Exchange) -> dict[str, Any]:
        """Return a message as values that orjson may refuse to write."""
        values = message.faultless_body
        if values is None:
            return _message(message, exchange, self._projector)
        body, problems = self._projector.project_straight(message, exchange, values)
        frame = message.frame
        return {
            "frame": frame.packet_number,
            "timestamp": iso_timestamp(frame.timestamp, frame.digits),
            "size": frame.size,
            "body": body,
            "inferred": message.head.layout.inferred,
            "error": None,
            "warnings": [_problem(problem) for problem in problems] if problems else [],
        }


def line(exchange: Exchange, *, show_secrets: bool = False) -> str:
    """Return an exchange as one line of JSON, without the line's end."""
    return in_ascii(JsonLines(show_secrets=show_secrets).write(exchange)).removesuffix("\n")


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
    projector = Projector(show_secrets=show_secrets, fragments=False)
    connection = exchange.connection
    ends = _ends(connection.id, connection.client, connection.server)
    return _object(exchange, ends, partial(_message, projector=projector))


def _object(exchange: Exchange, connection: Any, make: Callable[[Message, Exchange], dict[str, Any]]) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    first = request or response
    assert first is not None  # noqa: S101 (an exchange has at least one of them)
    layout, client_id = first.head.layout, first.head.client_id
    correlation_id = first.correlation_id
    return {
        "connection": connection,
        "api_key": layout.api_key,
        "api_name": layout.api.name if layout.api is not None else None,
        "api_version": layout.api_version,
        "correlation_id": exchange.correlation_id if correlation_id is None else correlation_id,
        "client_id": client_id if type(client_id) is str else plain(client_id, text=True),
        "latency_ms": None
        if request is None or response is None
        else (response.frame.timestamp - request.frame.timestamp) / 1_000_000,
        "request": None if request is None else make(request, exchange),
        "response": None if response is None else make(response, exchange),
        "outcome": _OUTCOMES[exchange.outcome],
        "outcome_reason": exchange.outcome_reason,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    return None if endpoint is None else {"host": endpoint.host, "port": endpoint.port}


def _ends(number: int, client: Endpoint | None, server: Endpoint | None) -> dict[str, Any]:
    """Return a connection as JSON-ready values."""
    return {"id": number, "client": _endpoint(client), "server": _endpoint(server)}


@lru_cache(maxsize=1024)
def _written_ends(number: int, client: Endpoint | None, server: Endpoint | None) -> orjson.Fragment:
    """Return the same as text: a connection has many exchanges."""
    return orjson.Fragment(orjson.dumps(_ends(number, client, server)))


def message_object(
    message: Message | None, exchange: Exchange, *, show_secrets: bool = False, fragments: bool = False
) -> dict[str, Any] | None:
    """Return a message as JSON-ready values, None for none; with `fragments` only for orjson (see `Projector`)."""
    if message is None:
        return None
    return _message(message, exchange, Projector(show_secrets=show_secrets, fragments=fragments))


def _message(message: Message, exchange: Exchange, projector: Projector) -> dict[str, Any]:
    body, problems = projector.project(message, exchange)
    error = message.error
    return {
        "frame": message.packet_number,
        "timestamp": iso_timestamp(message.timestamp, message.frame.digits),
        "size": message.size,
        "body": body,
        "inferred": message.inferred,
        "error": None if error is None else _problem(error),
        "warnings": [_problem(problem) for problem in [*message.warnings, *problems]],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"kind": problem.kind, "message": problem.message, "offset": problem.offset, "field": problem.field}

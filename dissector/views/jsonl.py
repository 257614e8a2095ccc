"""JSON Lines: one object for each exchange.

Characters beyond ASCII are escaped, and DEL, so that nothing from the wire reaches a terminal as it is.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.views import straight
from dissector.views.projection import Projector
from dissector.views.record_text import RecordWriter
from dissector.views.scalars import plain
from dissector.views.timestamps import iso_timestamp, to_the_second

if TYPE_CHECKING:
    from dissector.exchanges import Exchange, Outcome
    from dissector.layouts import Layout
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from structs.buffers import Problem

_ESCAPED: Final = "dissector.json"  # the name of an error handler
_NONE: Final = (b"null",)
_MICROSECONDS: Final = 6  # digits of times in most captures
_NANOSECONDS: Final = 1_000_000_000
_dumps: Final = orjson.dumps


# Parts of lines as templates: what each has is put in as text, or as a number. Bodies are long, and joined instead.
_LINE: Final = b'{"connection":%b,%b"correlation_id":%b,"client_id":%b,"latency_ms":%b,"request":'
_LAYOUT: Final = b'"api_key":%b,"api_name":%b,"api_version":%b,'
_RESPONSE: Final = b',"response":'
_OUTCOME: Final = b',"outcome":%b,"outcome_reason":%b}\n'
_MESSAGE: Final = b'{"frame":%d,"timestamp":"%b","size":%d,"body":'
_MESSAGE_6: Final = _MESSAGE.replace(b'"%b"', b'"%b.%06dZ"')  # at a time in microseconds
_REST: Final = b',"inferred":false,"error":null,"warnings":[]}'
_INFERRED: Final = _REST.replace(b"false", b"true", 1)


class JsonLines:
    """Writes exchanges as lines of JSON."""

    def __init__(self, *, show_secrets: bool = False) -> None:
        self._projector = Projector(show_secrets=show_secrets, fragments=True)
        self._exact = Projector(show_secrets=show_secrets, fragments=False)
        self._records = RecordWriter()
        self._write_records = self._records.write

    def write(self, exchange: Exchange) -> bytes:
        """Return an exchange as a line in UTF-8, with the line's end: what `in_ascii` takes, one or many."""
        request, response, connection = exchange.request, exchange.response, exchange.connection
        first = request or response
        assert first is not None  # noqa: S101 (an exchange has at least one of them)
        correlation_id = first.correlation_id
        if correlation_id is None:
            correlation_id = exchange.correlation_id
        latency = b"null"
        if request is not None and response is not None:
            latency = _dumps((response.frame.timestamp - request.frame.timestamp) / 1_000_000)
        head = _LINE % (
            _written_ends(connection.id, connection.client, connection.server),
            _layout(first.head.layout),
            b"null" if correlation_id is None else b"%d" % correlation_id,
            _client_id(first.head.client_id),
            latency,
        )
        asked = _NONE if request is None else self._message(request, exchange)
        answered = _NONE if response is None else self._message(response, exchange)
        return b"".join((head, *asked, _RESPONSE, *answered, _outcome(exchange.outcome, exchange.outcome_reason)))

    def _message(self, message: Message, exchange: Exchange) -> tuple[bytes, ...]:
        """Return a message in pieces."""
        layout, frame = message.head.layout, message.frame
        grammar = layout.grammar
        if grammar is not None:
            if layout.records:
                self._records.begin(message, exchange)
            write = straight.MADE.get(grammar) or straight.writer(grammar)
            body = message.written(write, exchange.topic_names, self._write_records)
            if body is not None:
                number, timestamp = frame.packet_number, frame.timestamp
                if frame.digits == _MICROSECONDS:
                    second, fraction = timestamp // _NANOSECONDS, timestamp % _NANOSECONDS // 1000
                    head = _MESSAGE_6 % (number, _second(second), fraction, frame.size)
                else:
                    head = _MESSAGE % (number, iso_timestamp(timestamp, frame.digits).encode(), frame.size)
                return head, body, _INFERRED if layout.inferred else _REST
        try:
            return (_dumps(_message(message, exchange, self._projector)),)
        except TypeError:  # a time of more than 64 bits
            import json

            made = _message(message, exchange, self._exact)
            return (json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode(),)


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
    request, response = exchange.request, exchange.response
    latency = exchange.latency
    return {
        "connection": ends,
        "api_key": exchange.api_key,
        "api_name": exchange.api_name,
        "api_version": exchange.api_version,
        "correlation_id": exchange.correlation_id,
        "client_id": plain(exchange.client_id, text=True),
        "latency_ms": None if latency is None else latency / 1_000_000,
        "request": None if request is None else _message(request, exchange, projector),
        "response": None if response is None else _message(response, exchange, projector),
        "outcome": exchange.outcome.value,
        "outcome_reason": exchange.outcome_reason,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    return None if endpoint is None else {"host": endpoint.host, "port": endpoint.port}


def _ends(number: int, client: Endpoint | None, server: Endpoint | None) -> dict[str, Any]:
    """Return a connection as JSON-ready values."""
    return {"id": number, "client": _endpoint(client), "server": _endpoint(server)}


# Of what stands in many lines the text is kept.


@lru_cache(maxsize=1024)
def _written_ends(number: int, client: Endpoint | None, server: Endpoint | None) -> bytes:
    return _dumps(_ends(number, client, server))


@lru_cache(maxsize=64)
def _outcome(outcome: Outcome, reason: str | None) -> bytes:
    return _OUTCOME % (_dumps(outcome.value), _dumps(reason))


@lru_cache(maxsize=64)
def _second(seconds: int) -> bytes:
    return to_the_second(seconds).encode()


@lru_cache(maxsize=1024)
def _layout(layout: Layout) -> bytes:
    name = None if layout.api is None else layout.api.name
    return _LAYOUT % (_dumps(layout.api_key), _dumps(name), _dumps(layout.api_version))


@lru_cache(maxsize=256)  # each may be long
def _client_id(client_id: str | bytes | None) -> bytes:
    return _dumps(plain(client_id, text=True))


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

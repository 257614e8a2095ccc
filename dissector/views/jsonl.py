"""JSON Lines: one object for each exchange.

Characters beyond ASCII are escaped, and DEL, so that nothing from the wire reaches a terminal as it is.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.exchanges import Outcome
from dissector.views import straight
from dissector.views.projection import Projector
from dissector.views.record_text import RecordWriter
from dissector.views.scalars import plain
from dissector.views.timestamps import iso_timestamp, to_the_second

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.exchanges import Exchange
    from dissector.layouts import Layout
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from structs.buffers import Problem

_ESCAPED: Final = "dissector.json"  # the name of an error handler
_NANOSECONDS: Final = 1_000_000_000
_dumps: Final = orjson.dumps


# Lines as templates: what stands between texts and numbers. Of exchanges of the usual kind, the whole line.
_ENDS: Final = b'{"connection":%b,"api_key":%b,"api_name":%b,"api_version":%b,"correlation_id":'
_CLIENT: Final = b',"client_id":%b,"latency_ms":'
_REQUEST: Final = b',"request":'
_RESPONSE: Final = b',"response":'
_OUTCOME: Final = b',"outcome":%b,"outcome_reason":%b}\n'
_MESSAGE: Final = b'{"frame":%d,"timestamp":"%b","size":%d,"body":%b%b'
_REST: Final = b',"inferred":false,"error":null,"warnings":[]}'
_INFERRED: Final = _REST.replace(b"false", b"true", 1)
_USUAL: Final = b"%b%d%b%b" + _REQUEST + _MESSAGE + _RESPONSE + _MESSAGE + b"%b"
#: By the digits of times, which captures have in microseconds or nanoseconds: the template, and one of its units.
_LINES: Final = {digits: (_USUAL.replace(b'"%b"', b'"%%b.%%0%ddZ"' % digits), 10 ** (9 - digits)) for digits in (6, 9)}


class JsonLines:
    """Writes exchanges as lines of JSON."""

    def __init__(self, *, show_secrets: bool = False) -> None:
        self._projector = Projector(show_secrets=show_secrets, fragments=True)
        self._exact = Projector(show_secrets=show_secrets, fragments=False)
        self._records = RecordWriter()
        self._write_records = self._records.write

    def write(self, exchange: Exchange) -> bytes:
        """Return an exchange as a line in UTF-8, with the line's end: what `in_ascii` takes, one or many."""
        asked, answered = self._body(exchange.request, exchange), self._body(exchange.response, exchange)
        return self._line(exchange, asked, answered)

    def write_all(self, exchanges: Sequence[Exchange]) -> list[bytes]:
        """Return the lines of exchanges; to do one thing for all of them, then the next, takes a tenth less time."""
        asked = [self._body(exchange.request, exchange) for exchange in exchanges]
        answered = [self._body(exchange.response, exchange) for exchange in exchanges]
        return [*map(self._line, exchanges, asked, answered)]

    def _body(self, message: Message | None, exchange: Exchange) -> bytes | None:
        """Return a message's body as straight code writes it, None where that leaves it to others."""
        if message is None:
            return None
        layout = message.head.layout
        grammar = layout.grammar
        if grammar is None:
            return None
        if layout.records:
            self._records.begin(message, exchange)
        write = straight.MADE.get(grammar) or straight.writer(grammar)
        return message.written(write, exchange.topic_names, self._write_records)

    def _line(self, exchange: Exchange, asked: bytes | None, answered: bytes | None) -> bytes:
        """Return an exchange whose bodies are text already, or None."""
        request, response, connection = exchange.request, exchange.response, exchange.connection
        first = request or response
        assert first is not None  # noqa: S101 (an exchange has at least one of them)
        head = first.head
        start = _start(connection.id, connection.client, connection.server, head.layout)
        client = _client(head.client_id)
        reason = exchange.outcome_reason
        outcome = _ANSWERED if reason is None else _outcome(exchange.outcome, reason)
        latency = b"null"
        if request is not None and response is not None:
            _, size, _, _, _, _, number, timestamp, digits = request.frame
            _, size_2, _, _, _, _, number_2, timestamp_2, digits_2 = response.frame
            latency = _dumps((timestamp_2 - timestamp) / 1_000_000)
            if asked is not None and answered is not None and digits == digits_2 and digits in _LINES:
                form, unit = _LINES[digits]
                return form % (
                    start,
                    request.correlation_id,
                    client,
                    latency,
                    number,
                    _second(timestamp // _NANOSECONDS),
                    timestamp % _NANOSECONDS // unit,
                    size,
                    asked,
                    _INFERRED if head.layout.inferred else _REST,
                    number_2,
                    _second(timestamp_2 // _NANOSECONDS),
                    timestamp_2 % _NANOSECONDS // unit,
                    size_2,
                    answered,
                    _INFERRED if response.head.layout.inferred else _REST,
                    outcome,
                )
        return b"".join(
            (
                start,
                _dumps(exchange.correlation_id),
                client,
                latency,
                _REQUEST,
                self._message(request, asked, exchange),
                _RESPONSE,
                self._message(response, answered, exchange),
                outcome,
            )
        )

    def _message(self, message: Message | None, body: bytes | None, exchange: Exchange) -> bytes:
        """Return a message whose body is text already, or None."""
        if message is None:
            return b"null"
        if body is not None:
            frame = message.frame
            time = iso_timestamp(frame.timestamp, frame.digits).encode()
            rest = _INFERRED if message.inferred else _REST
            return _MESSAGE % (frame.packet_number, time, frame.size, body, rest)
        try:
            return _dumps(_message(message, exchange, self._projector))
        except TypeError:  # a time of more than 64 bits
            import json

            made = _message(message, exchange, self._exact)
            return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def line(exchange: Exchange, *, show_secrets: bool = False) -> str:
    """Return an exchange as one line of JSON, without the line's end."""
    return in_ascii(JsonLines(show_secrets=show_secrets).write(exchange)).decode("ascii").removesuffix("\n")


def in_ascii(lines: bytes) -> bytes:
    """Return lines of JSON as printable ASCII."""
    if b"\x7f" in lines:
        lines = lines.replace(b"\x7f", b"\\u007f")
    return lines if lines.isascii() else lines.decode().encode("ascii", _ESCAPED)


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
def _start(number: int, client: Endpoint | None, server: Endpoint | None, layout: Layout) -> bytes:
    api = None if layout.api is None else layout.api.name
    values = _ends(number, client, server), layout.api_key, api, layout.api_version
    return _ENDS % tuple(map(_dumps, values))


@lru_cache(maxsize=256)  # each may be long
def _client(client_id: str | bytes | None) -> bytes:
    return _CLIENT % _dumps(plain(client_id, text=True))


@lru_cache(maxsize=64)
def _outcome(outcome: Outcome, reason: str | None) -> bytes:
    return _OUTCOME % (_dumps(outcome.value), _dumps(reason))


@lru_cache(maxsize=64)
def _second(seconds: int) -> bytes:
    return to_the_second(seconds).encode()


_ANSWERED: Final = _outcome(Outcome.ANSWERED, None)  # others have a reason


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

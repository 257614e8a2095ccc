"""Messages: the header of a frame, read at once, and its body, decoded when somebody looks."""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dissector import bodies
from dissector.display import Shown
from dissector.framing import PREFIX_SIZE
from dissector.inference import nearest_version
from dissector.layouts import TOKENS, UNKNOWN_RESPONSE, Head, Layout, layout_of, request_layout, response_layout
from dissector.ledger import Category
from dissector.recordsets import RecordMeter, open_records
from structs import wire
from structs.buffers import UNREAD, Problem
from structs.records import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dissector.framing import Frame
    from dissector.inference import Guess
    from dissector.ledger import Books, Ledger
    from structs.buffers import Path, Span
    from structs.grammar import Api, Side

_CORRELATION_ID: Final = struct.Struct(">i")
_WRITTEN: Final = object()  # stands for a body that was written and not kept; its bytes are in the books


class _Closed:
    """Books for bytes that are in the message's books."""

    def read(self, size: int) -> None:
        """Do nothing."""

    def fail(self, size: int, cause: str, packet: int) -> None:
        """Do nothing."""


_CLOSED: Final = _Closed()


class Message(Shown):
    """A request or a response.

    `head` says what reads it, and all of its header but the `correlation_id`; messages of a connection share it. The
    body's byte offsets (in `error`, `warnings` and `spans`) count from the message's first byte, behind the length
    prefix. Whatever is looked at of the body moves its bytes in the ledger.
    """

    __slots__ = ("_body", "_decoded", "_header", "_meter", "correlation_id", "frame", "head")

    _header: wire.Decoded | None  # there once somebody looked at it
    _decoded: wire.Decoded | None  # there with the body; None where there is nothing wrong with that
    _meter: RecordMeter | None  # there with the body; None where it holds no records

    def __init__(self, frame: Frame, head: Head, correlation_id: int | None) -> None:
        self.frame = frame
        self.head = head
        self.correlation_id = correlation_id
        self._body: Any = UNREAD

    def __repr__(self) -> str:
        what = "SASL token" if self.is_token else f"{self.api.name if self.api else self.api_key} v{self.api_version}"
        number = "" if self.correlation_id is None else f", correlation id {self.correlation_id}"
        return f"<Message {what} {self.side}{number}: {self.size} B, packet {self.packet_number}>"

    @property
    def side(self) -> Side:
        """Whether this is a request or a response."""
        return self.head.layout.side

    @property
    def api(self) -> Api | None:
        """The API, None where the key is not known."""
        return self.head.layout.api

    @property
    def api_key(self) -> int | None:
        """The API key: the request's, None where there is none."""
        return self.head.layout.api_key

    @property
    def api_version(self) -> int | None:
        """The version of the layout: the request's, unless the broker did not have it."""
        return self.head.layout.api_version

    @property
    def client_id(self) -> str | bytes | None:
        """The client id of a request; bytes where it is not UTF-8."""
        return self.head.client_id

    @property
    def header_grammar(self) -> wire.Struct | None:
        """What reads the header, None for a token."""
        return self.head.layout.header

    @property
    def grammar(self) -> wire.Struct | None:
        """What reads the body, None where the version is not known; then the body stays None."""
        return self.head.layout.grammar

    @property
    def inferred(self) -> bool:
        """Whether the grammar was guessed (see `dissector.inference`)."""
        return self.head.layout.inferred

    @property
    def remark(self) -> Problem | None:
        """What there is to say about how the grammar was found, or why it was not."""
        return self.head.layout.remark

    @property
    def is_token(self) -> bool:
        """Whether this is a bare SASL token: a frame without a Kafka header."""
        return self.head.layout.header is None

    @property
    def header(self) -> wire.Decoded | None:
        """The decoded header, None where there is none."""
        try:
            return self._header
        except AttributeError:
            grammar = self.head.layout.header
            self._header = None if grammar is None else bodies.read_header(self.frame, grammar)
            return self._header

    @property
    def size(self) -> int:
        """The declared size in bytes, without the length prefix."""
        return self.frame.size

    @property
    def packet_number(self) -> int:
        """The number of the packet with which the message is complete."""
        return self.frame.packet_number

    @property
    def timestamp(self) -> int:
        """When that packet was captured: nanoseconds since the epoch."""
        return self.frame.timestamp

    @property
    def body(self) -> dict[str, Any] | None:
        """The decoded body, None if nothing of it could be decoded; beside an error it may be partial."""
        if self._body is UNREAD or self._body is _WRITTEN:  # as `is_decoded` says, which is a call more
            self._decode()
        body: dict[str, Any] | None = self._body
        return body

    @property
    def faultless_body(self) -> dict[str, Any] | None:
        """The body of a message with which nothing is wrong, about which there is nothing to say; None for others."""
        if not self.is_decoded:
            self._decode()
        head = self.head
        if self._is_odd or head.warnings or head.layout.remark is not None:
            return None
        body: dict[str, Any] | None = self._body
        return body

    @property
    def _is_odd(self) -> bool:
        """Whether there is something wrong with the body, which is decoded."""
        decoded = self._decoded
        return decoded is not None and (decoded.error is not None or bool(decoded.warnings))

    @property
    def is_decoded(self) -> bool:
        """Whether the body was decoded, and is there."""
        return self._body is not UNREAD and self._body is not _WRITTEN

    def written(self, write: Callable[..., bytes], topic_names: Mapping[str, str], records: Any) -> bytes | None:
        """Return what straight code writes of a message with which nothing is wrong; None for others.

        It takes the names of topics and what writes `records` fields, see `views.straight`. Nothing of it is kept. It
        has read all of the message, record batches too, but those that the body holds already, which book what is read
        of them.
        """
        frame, head, body = self.frame, self.head, self._body
        start, data = head.start, frame.data
        if start is None or frame.missing or head.warnings or head.layout.remark is not None:
            return None
        if body is not UNREAD and body is not _WRITTEN and self._is_odd:
            return None
        try:
            text = write(data, start, bodies.MAX_ELEMENTS, topic_names, records)
        except wire.LEFT:
            return None
        if body is UNREAD:
            head.books.read(PREFIX_SIZE + len(data))
            self._body = _WRITTEN
        return text

    @property
    def error(self) -> Problem | None:
        """Why the message could not be decoded whole, None if it was."""
        if self.head.start is None and self.header is not None:
            return self.header.error
        if not self.is_decoded:
            self._decode()
        return None if self._decoded is None else self._decoded.error

    @property
    def warnings(self) -> list[Problem]:
        """What is wrong with the message and did not keep it from being decoded."""
        if not self.is_decoded:
            self._decode()
        remarks = [self.remark] if self.remark is not None and self.inferred else []
        return [*self.head.warnings, *remarks, *(() if self._decoded is None else self._decoded.warnings)]

    @property
    def unread(self) -> int | None:
        """How many bytes of record batches nobody looked at yet; None where nobody looked at the body."""
        if self._body is UNREAD:
            return None
        if self._body is _WRITTEN:
            return 0
        return 0 if self._meter is None else self._meter.unread

    def header_spans(self) -> Mapping[Path, Span]:
        """Return the byte range of every field of the header, by its path; a token has none."""
        grammar = self.header_grammar
        return {} if grammar is None else bodies.read(grammar, self.frame.data, spans=True).spans or {}

    def spans(self) -> Mapping[Path, Span]:
        """Return the byte range of every field of the body, by its path."""
        if not self.is_decoded:
            self._decode()  # decides between the layouts, where the version has several
        grammar, start = self.grammar, self.head.start
        if grammar is None or start is None:
            return {}
        return bodies.read(grammar, self.frame.data, start, spans=True).spans or {}

    @property
    def is_sound(self) -> bool:
        """Whether the body reads to its last byte without an error, or nobody knows how; nothing is kept or booked."""
        layout = self.head.layout
        if layout.grammar is None or self.header is None:
            return True
        start = self.header.stop
        decoded = bodies.read(layout.grammar, self.frame.data, start)
        is_whole = decoded.error is None and decoded.stop == len(self.frame.data)
        return is_whole or layout.inferred or bodies.read_early(self.frame, layout, start) is not None

    def peek(self, name: str) -> Any:
        """Return one of the body's first fields without decoding what follows it; None if it cannot be had."""
        grammar, start = self.grammar, self.head.start
        if grammar is None or start is None:
            return None
        first = _up_to(grammar, name)
        decoded = None if first is None else bodies.read(first, self.frame.data, start)
        return None if decoded is None or decoded.error is not None else decoded.value[name]

    def book(self, ledger: Ledger) -> None:
        """Enter the message's bytes in the ledger, as what they are before somebody looks at its body; done once."""
        captured, layout = self.frame.captured, self.head.layout
        packet = self.frame.packet_number
        if layout.header is None:
            ledger.book(Category.UNDECODED, captured, "SASL token", packet)
        elif self.head.start is None:
            assert self.header is not None  # noqa: S101 (there is a grammar for it)
            assert self.header.error is not None  # noqa: S101 (it does not say where the body starts)
            ledger.book(Category.UNDECODED, captured, self.header.error.kind, packet)
        elif layout.grammar is None:
            ledger.book(Category.HEADER_ONLY, captured, layout.unreadable(0).kind, packet)
        else:
            ledger.ask_later(captured)

    def _decode(self) -> None:
        """Decode the body, and move its bytes in the books."""
        frame, head = self.frame, self.head
        layout, start, data = head.layout, head.start, frame.data
        books = head.books if self._body is UNREAD else _CLOSED
        if layout.grammar is None or start is None or frame.missing:
            self._decode_odd(books)
            return
        if layout.records:
            meter = RecordMeter(head.limits, len(data), books, frame)
            found = wire.decode_straight(layout.grammar, data, start, bodies.MAX_ELEMENTS, meter.open)
        else:
            meter = None
            found = wire.decode_straight(layout.grammar, data, start, bodies.MAX_ELEMENTS)
        if found is None or found[1] < len(data):
            self._decode_odd(books)
            return
        # What nearly all bodies are: as their grammar says, to the last byte.
        self._body, self._decoded, self._meter = found[0], None, meter
        if meter is None:
            books.read(PREFIX_SIZE + len(data))
        else:
            meter.book(PREFIX_SIZE + len(data))

    def _decode_odd(self, books: Books) -> None:
        """Decode the body whatever is wrong with it, and move its bytes in the books."""
        frame, head = self.frame, self.head
        layout, start, data = head.layout, head.start, frame.data
        self._meter = None
        if start is None or layout.grammar is None:
            problem = None if start is None else layout.unreadable(start)
            self._body, self._decoded = None, wire.Decoded(None, start or 0, problem)
            return
        decoded = bodies.read(layout.grammar, data, start)
        if decoded.error is not None or decoded.stop < len(data):
            decoded, layout = bodies.explain(frame, layout, start, decoded)
        if layout is not head.layout:
            self.head = head = Head(layout, head.client_id, start, head.books, head.limits, head.warnings)
        self._body, self._decoded = decoded.value, decoded
        if layout.records and decoded.value is not None:
            meter = self._meter = RecordMeter(head.limits, len(data), books, frame)
            open_records(layout.records, decoded.value, meter)
            meter.book(PREFIX_SIZE + decoded.stop)
        else:
            books.read(PREFIX_SIZE + decoded.stop)
        left = frame.captured - PREFIX_SIZE - decoded.stop
        if left:
            cause = "trailing_bytes" if decoded.error is None else decoded.error.kind
            books.fail(left, cause, frame.packet_number)


def read_request(frame: Frame, books: Books, limits: Limits = DEFAULT) -> Message:
    """Return the request in a frame; its header is decoded as far as its bytes go."""
    return _read(frame, request_layout(frame.data), books, limits)


def read_response(frame: Frame, request: Message | None, books: Books, limits: Limits = DEFAULT) -> Message:
    """Return the response in a frame; the request that it answers decides its grammar."""
    layout = UNKNOWN_RESPONSE if request is None else response_layout(request.head.layout, frame.data)
    return _read(frame, layout, books, limits)


def read_orphan(
    frame: Frame, guess: Guess, books: Books, limits: Limits = DEFAULT, *, remark: Problem | None = None
) -> Message:
    """Return the response in a frame whose request is not there, as what `Trials` take it for.

    `remark` says what there is to say about that, where it is not the guess.
    """
    key, version, fitting = guess
    if key is not None and version is not None:
        layout = replace(layout_of(key, version, "response"), inferred=True, remark=remark)
    else:
        if remark is None and fitting:
            what = f"{fitting} APIs" if fitting > 1 else "several versions of one API"
            text = f"the request that this answers is not known; these bytes may be of {what}"
            remark = Problem("request_not_captured", text, _CORRELATION_ID.size, "")
        layout = replace(UNKNOWN_RESPONSE, remark=remark)
    return _read(frame, layout, books, limits)


def read_token(frame: Frame, side: Side, books: Books) -> Message:
    """Return a frame of the exchange that follows SaslHandshake version 0: a bare token of the mechanism."""
    return Message(frame, Head(TOKENS[side], None, None, books, DEFAULT), None)


def correlation_id_of(frame: Frame) -> int | None:
    """Return the correlation id with which a response begins, None if these bytes are not there."""
    if len(frame.data) < _CORRELATION_ID.size:
        return None
    correlation_id: int = _CORRELATION_ID.unpack_from(frame.data)[0]
    return correlation_id


def _read(frame: Frame, layout: Layout, books: Books, limits: Limits) -> Message:
    """Return the message in a frame, whose header is read as its layout says."""
    assert layout.header is not None  # noqa: S101 (tokens are not read)
    header = bodies.read_header(frame, layout.header)
    start = header.stop if header.error is None else None
    fields = header.value or {}
    if layout.grammar is None and start is not None:
        layout = _infer_version(layout, frame.data, start)
    head = Head(layout, fields.get("client_id"), start, books, limits, header.warnings)
    message = Message(frame, head, fields.get("correlation_id"))
    message._header = header
    return message


def _infer_version(layout: Layout, data: bytes, start: int) -> Layout:
    """Return the newest known version's layout for a version that is newer, if it makes sense of the body."""
    if layout.api is None or layout.api_version is None:
        return layout
    found = nearest_version(layout.api.key, layout.api_version, layout.side, data, start)
    if found is None:
        return layout
    newest, grammar = found
    text = f"read as version {newest}, the newest known: {layout.api.name} {layout.api_version} is not known"
    return replace(layout, grammar=grammar, inferred=True, remark=Problem("unknown_version", text, start, ""))


@cache
def _up_to(grammar: wire.Struct, name: str) -> wire.Struct | None:
    """Return a struct of the fields up to the one with a name, None if there is none."""
    names = [member.name for member in grammar.members]
    return wire.Struct(grammar.members[: names.index(name) + 1], None) if name in names else None

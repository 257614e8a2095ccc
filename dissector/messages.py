"""Messages: the header of a frame, decoded at once, and its body, decoded when somebody looks."""

from __future__ import annotations

import struct
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.display import Shown
from dissector.events import ACKNOWLEDGED, NOT_CAPTURED, SNAP_LENGTH
from dissector.inference import nearest_version
from dissector.ledger import Account, Category
from structs import headers, registry, wire
from structs.buffers import Problem
from structs.records import DEFAULT, Batch, Limits, Meter, RecordSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dissector.framing import Frame
    from dissector.inference import Asked, Trials
    from dissector.ledger import Books
    from structs.buffers import Path, Span
    from structs.grammar import Api, Side

GAP_CAUSES: Final = frozenset({ACKNOWLEDGED, NOT_CAPTURED, SNAP_LENGTH})  # others: the stream itself ended
PREFIX_SIZE: Final = 4  # the length in front of every frame
_DIVIDED: Final = 3  # the accounts of a message with records that come first: the bytes that it was read for
MAX_ELEMENTS: Final = 5_000_000  # of arrays in a message: a gigabyte of memory; a topic's partition has about seven

_DECODED: Final = Category.DECODED  # members of an enumeration take long to look up
_NOT_ASKED_FOR: Final = Category.NOT_ASKED_FOR
_UNDECODED: Final = Category.UNDECODED
_make = tuple.__new__  # a named tuple's own constructor takes twice as long
_REQUEST_START: Final = struct.Struct(">hh")
_REQUEST_HEADER: Final = struct.Struct(">hhih")  # up to the length of the client id
_HEADER_FIELDS: Final = 4  # with the client id, which all request headers have but one
_UNREAD: Final = Category.NOT_ASKED_FOR  # a member of an enumeration takes long to look up
_CORRELATION_ID: Final = struct.Struct(">i")


class Message(Shown):
    """A request or a response.

    `api` is None where the API key is unknown, `grammar` where the version is; then the body stays None. `inferred`
    says that the grammar was guessed, `remark` what there is to say about that (see `dissector.inference`). The
    body's byte offsets (in `error`, `warnings` and `spans`) count from the message's first byte, behind the length
    prefix.
    """

    __slots__ = (
        "_decoded",
        "_entries",
        "_header",
        "_ledger",
        "_limits",
        "_meter",
        "_start",
        "api",
        "api_key",
        "api_version",
        "client_id",
        "correlation_id",
        "frame",
        "grammar",
        "header_grammar",
        "inferred",
        "remark",
        "side",
    )

    def __init__(self, frame: Frame, side: Side, ledger: Books, record_limits: Limits = DEFAULT) -> None:
        self.frame = frame
        self.side: Side = side
        self.api: Api | None = None
        self.api_key: int | None = None
        self.api_version: int | None = None
        self.correlation_id: int | None = None
        self.client_id: str | bytes | None = None
        self.header_grammar: wire.Struct | None = None
        self.grammar: wire.Struct | None = None
        self.inferred = False
        self.remark: Problem | None = None
        self._start: int | None = None  # of the body; None where the header is not whole
        self._header: wire.Decoded | None = None
        self._decoded: wire.Decoded | None = None
        self._ledger = ledger
        self._entries: list[Account] = []
        self._limits = record_limits
        self._meter: _RecordMeter | None = None

    @property
    def is_token(self) -> bool:
        """Whether this is a bare SASL token: a frame without a Kafka header."""
        return self.header_grammar is None

    @property
    def header(self) -> wire.Decoded | None:
        """The decoded header, None where there is none."""
        if self._header is None and self.header_grammar is not None:
            self._header = self._read(self.header_grammar, 0)
            if self._header.error is not None and self.frame.missing:
                self._header.error = _incomplete(self.frame, self._header.error)
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
        body: dict[str, Any] | None = self._decode().value
        return body

    @property
    def error(self) -> Problem | None:
        """Why the message could not be decoded whole, None if it was."""
        if self._start is None and self.header is not None:
            return self.header.error
        return self._decode().error

    @property
    def warnings(self) -> list[Problem]:
        """What is wrong with the message and did not keep it from being decoded."""
        header_warnings = self.header.warnings if self.header is not None else []
        remarks = [self.remark] if self.remark is not None and self.inferred else []
        return [*header_warnings, *remarks, *self._decode().warnings]

    @property
    def unread(self) -> int | None:
        """How many bytes of record batches nobody looked at yet; None where nobody looked at the body."""
        if self._decoded is None:
            return None
        return 0 if self._meter is None else self._meter.unread

    def header_spans(self) -> Mapping[Path, Span]:
        """Return the byte range of every field of the header, by its path; a token has none."""
        if self.header_grammar is None:
            return {}
        return self._read(self.header_grammar, 0, spans=True).spans or {}

    def spans(self) -> Mapping[Path, Span]:
        """Return the byte range of every field of the body, by its path."""
        self._decode()  # decides between the layouts, where the version has several
        if self.grammar is None or self._start is None:
            return {}
        return self._read(self.grammar, self._start, spans=True).spans or {}

    @property
    def is_sound(self) -> bool:
        """Whether the body reads to its last byte without an error, or nobody knows how; nothing is kept or booked."""
        if self.grammar is None or self.header is None:
            return True
        start = self.header.stop
        decoded = self._read(self.grammar, start)
        is_whole = decoded.error is None and decoded.stop == len(self.frame.data)
        return is_whole or self.inferred or self._decode_early(start) is not None

    def peek(self, name: str) -> Any:
        """Return one of the body's first fields without decoding what follows it; None if it cannot be had."""
        if self.grammar is None or self._start is None:
            return None
        head = _up_to(self.grammar, name)
        decoded = None if head is None else self._read(head, self._start)
        return None if decoded is None or decoded.error is not None else decoded.value[name]

    def read_header(self, grammar: wire.Struct) -> None:
        """Take over what the header says; usual ones are decoded when somebody looks at more than that."""
        self.header_grammar = grammar
        if not (self._skim_request(grammar) if self.side == "request" else self._skim_response(grammar)):
            self._decode_header(grammar)

    def _skim_request(self, grammar: wire.Struct) -> bool:
        """Take the ids of a request whose header has no fault, no tagged field, and a client id (or null)."""
        data = self.frame.data
        if len(data) < _REQUEST_HEADER.size or len(grammar.members) < _HEADER_FIELDS:
            return False
        _, _, correlation_id, length = _REQUEST_HEADER.unpack_from(data)
        start = _REQUEST_HEADER.size + max(length, 0)
        try:
            client_id = None if length < 0 else data[_REQUEST_HEADER.size : start].decode()
        except UnicodeDecodeError:
            return False
        if grammar.tagged is not None:
            if data[start : start + 1] != b"\0":
                return False
            start += 1
        if length < -1 or start > len(data):
            return False
        self.correlation_id, self.client_id, self._start = correlation_id, client_id, start
        return True

    def _skim_response(self, grammar: wire.Struct) -> bool:
        """Take the correlation id of a response whose header has no fault and no tagged field."""
        data, start = self.frame.data, _CORRELATION_ID.size
        if grammar.tagged is not None:
            if data[start : start + 1] != b"\0":
                return False
            start += 1
        if len(data) < start:
            return False
        (self.correlation_id,) = _CORRELATION_ID.unpack_from(data)
        self._start = start
        return True

    def _decode_header(self, grammar: wire.Struct) -> None:
        header = self._header = self._read(grammar, 0)
        if header.error is None:
            self._start = header.stop
        elif self.frame.missing:
            header.error = _incomplete(self.frame, header.error)
        fields = header.value or {}
        self.correlation_id = fields.get("correlation_id")
        if self.side == "request":
            self.client_id = fields.get("client_id")

    def book(self) -> None:
        """Enter the message's bytes in the ledger, as what became of them so far; looking at the body moves them."""
        if self._decoded is None and self._start is not None and self.grammar is not None and not self._entries:
            # What nearly all messages are when they settle.
            frame = self.frame
            captured = frame.captured if frame.missing else PREFIX_SIZE + len(frame.data)
            self._entries.append(_make(Account, (_UNREAD, captured, "")))
            self._ledger.rebook((), self._entries, frame.packet_number)
            return
        accounts = self._account()
        self._ledger.rebook(self._entries, accounts, self.packet_number)
        self._entries[:] = accounts

    def _account(self) -> list[Account]:
        captured = self.frame.captured
        if self.header_grammar is None:
            return [Account(_UNDECODED, captured, "SASL token")]
        if self._start is None:
            assert self.header is not None  # noqa: S101 (there is a grammar for it)
            assert self.header.error is not None  # noqa: S101 (it does not say where the body starts)
            return [Account(_UNDECODED, captured, self.header.error.kind)]
        if self.grammar is None:
            return [Account(Category.HEADER_ONLY, captured, self._no_grammar(0).kind)]
        if self._decoded is None:
            return [_make(Account, (_NOT_ASKED_FOR, captured, ""))]
        read = PREFIX_SIZE + self._decoded.stop
        undecoded: list[Account] = []
        if read < captured:
            cause = self._decoded.error.kind if self._decoded.error is not None else "trailing_bytes"
            undecoded.append(Account(_UNDECODED, captured - read, cause))
        if self._meter is None:
            return [_make(Account, (_DECODED, read, "")), *undecoded]
        return [*self._meter.divide(read), *undecoded]

    def _decode(self) -> wire.Decoded:
        if self._decoded is None:
            self._decoded = self._decode_body()
            self.book()
        return self._decoded

    def _decode_body(self) -> wire.Decoded:
        start = self._start
        if start is None:
            return wire.Decoded(None, 0 if self.header is None else self.header.stop)
        if self.grammar is None:
            return wire.Decoded(None, start, self._no_grammar(start))
        end = len(self.frame.data)
        decoded = self._read(self.grammar, start)
        if decoded.error is not None and self.frame.missing:
            decoded.error = _incomplete(self.frame, decoded.error)
        elif decoded.error is not None or decoded.stop < end:
            decoded = self._decode_early(start) or decoded
        if decoded.error is None and decoded.stop < end:
            text = f"{end - decoded.stop} bytes behind the body"
            decoded.warnings.append(Problem("trailing_bytes", text, decoded.stop, ""))
        if decoded.value is not None and _ways_to_records(self.grammar):
            self._meter = _RecordMeter(self._limits, self.frame, self._ledger, self._entries)
            _open_records(self.grammar, decoded.value, self._meter)
        return decoded

    def _read(self, grammar: wire.Struct, start: int, *, spans: bool = False) -> wire.Decoded:
        return wire.decode(grammar, self.frame.data, start, spans=spans, elements=MAX_ELEMENTS)

    def _decode_early(self, start: int) -> wire.Decoded | None:
        """Read the body in the layout that its version had in an early release, if it is all and exactly that."""
        if self.api_key is None or self.api_version is None or self.frame.missing:
            return None
        for release, grammar in registry.variants(self.api_key, self.api_version, self.side):
            decoded = self._read(grammar, start)
            if decoded.error is None and decoded.stop == len(self.frame.data):
                text = f"not as this version is today, but as it was in Kafka {release}"
                decoded.warnings.append(Problem("variant", text, start, ""))
                self.grammar = grammar
                return decoded
        return None

    def _no_grammar(self, offset: int) -> Problem:
        if self.remark is not None:
            return self.remark
        if self.api_key is None:
            return Problem("request_not_captured", "the request that this answers is not known", offset, "")
        if self.api is None:
            return Problem("unknown_api", f"API key {self.api_key} is not known", offset, "")
        text = f"{self.api.name} version {self.api_version} is not known, only {self.api.versions}"
        return Problem("unknown_version", text, offset, "")


class _Layouts(NamedTuple):
    """What reads one side of an API's version; `grammar` is None where the version is not known."""

    api: Api | None
    header: wire.Struct
    grammar: wire.Struct | None


@lru_cache(maxsize=4096)
def _layouts(key: int, version: int, side: Side) -> _Layouts:
    api = registry.api(key)
    if api is None:
        return _Layouts(None, headers.RequestHeader.at(1) if side == "request" else headers.ResponseHeader.at(0), None)
    header = registry.header(key, version, side)
    return _Layouts(api, header, registry.grammar(key, version, side) if version in api.versions else None)


def read_request(frame: Frame, ledger: Books, record_limits: Limits = DEFAULT) -> Message:
    """Return the request in a frame; its header is decoded as far as its bytes go."""
    message = Message(frame, "request", ledger, record_limits)
    data = frame.data
    if len(data) >= _REQUEST_START.size:
        message.api_key, message.api_version = key, version = _REQUEST_START.unpack_from(data)
        message.api, header, message.grammar = _layouts(key, version, "request")
    else:
        header = headers.RequestHeader.at(1)
    message.read_header(header)
    if message.grammar is None:
        _infer_version(message)
    return message


def read_response(frame: Frame, request: Message | None, ledger: Books, record_limits: Limits = DEFAULT) -> Message:
    """Return the response in a frame; the request that it answers decides its grammar."""
    message = Message(frame, "response", ledger, record_limits)
    if request is not None and request.api_key is not None and request.api_version is not None:
        message.api_key = key = request.api_key
        message.api_version = version = response_version(request, frame)
        message.api, header, message.grammar = _layouts(key, version, "response")
    else:
        header = headers.ResponseHeader.at(0)
    message.read_header(header)
    if message.grammar is None:
        _infer_version(message)
    return message


def read_orphan(
    frame: Frame, trials: Trials, asked: Sequence[Asked], ledger: Books, record_limits: Limits = DEFAULT
) -> Message:
    """Return the response in a frame whose request is not there; its grammar is inferred if its bytes allow it.

    `asked` is what its connection, and what its server was asked for, as far as that was captured.
    """
    message = Message(frame, "response", ledger, record_limits)
    header = headers.ResponseHeader.at(0)
    if not frame.missing:
        guess = trials.response(frame.data, asked)
        if guess.api_key is not None and guess.version is not None:
            message.api, message.api_key, message.api_version = (
                registry.api(guess.api_key),
                guess.api_key,
                guess.version,
            )
            message.grammar = registry.grammar(guess.api_key, guess.version, "response")
            message.inferred = True
            header = registry.header(guess.api_key, guess.version, "response")
        elif guess.fitting:
            what = f"{guess.fitting} APIs" if guess.fitting > 1 else "several versions of one API"
            text = f"the request that this answers is not known; these bytes may be of {what}"
            message.remark = Problem("request_not_captured", text, _CORRELATION_ID.size, "")
    message.read_header(header)
    return message


def read_token(frame: Frame, side: Side, ledger: Books) -> Message:
    """Return a frame of the exchange that follows SaslHandshake version 0: a bare token of the mechanism."""
    return Message(frame, side, ledger)


def correlation_id_of(frame: Frame) -> int | None:
    """Return the correlation id with which a response begins, None if these bytes are not there."""
    if len(frame.data) < _CORRELATION_ID.size:
        return None
    correlation_id: int = _CORRELATION_ID.unpack_from(frame.data)[0]
    return correlation_id


def response_version(request: Message, frame: Frame) -> int:
    """Return the version of a response's body: the request's, but for one that the broker does not have.

    A broker that lacks the requested version of ApiVersions says so with error 35 in a body of version 0 (KIP-511).
    """
    assert request.api_version is not None  # noqa: S101 (asked for requests with a header only)
    if request.api_key == headers.API_VERSIONS and len(frame.data) >= 6:
        (error_code,) = struct.unpack_from(">h", frame.data, 4)
        if error_code == headers.UNSUPPORTED_VERSION:
            return 0
    return request.api_version


def _infer_version(message: Message) -> None:
    """Take the newest known version's grammar for a version that is newer, if it makes sense of the body."""
    start = message._start
    if message.api is None or start is None:
        return
    assert message.api_version is not None  # noqa: S101 (beside an API there is a version)
    found = nearest_version(message.api.key, message.api_version, message.side, message.frame.data, start)
    if found is not None:
        newest, message.grammar = found
        text = f"read as version {newest}, the newest known: {message.api.name} {message.api_version} is not known"
        message.remark = Problem("unknown_version", text, start, "")
        message.inferred = True


@cache
def _up_to(grammar: wire.Struct, name: str) -> wire.Struct | None:
    """Return a struct of the fields up to the one with a name, None if there is none."""
    names = [member.name for member in grammar.members]
    return wire.Struct(grammar.members[: names.index(name) + 1], None) if name in names else None


def _incomplete(frame: Frame, error: Problem) -> Problem:
    """Say of a frame with holes that bytes are missing, rather than what the grammar makes of that."""
    lost = sum(hole.length for hole in frame.missing)
    cause = frame.missing[0].cause
    text = f"{lost} of {frame.size} bytes are missing: {cause}"
    return error._replace(kind="lost_in_capture" if cause in GAP_CAUSES else "incomplete", message=text)


class _RecordMeter(Meter):
    """Follows which of a message's record batches were read, so that the ledger knows what nobody asked for.

    `unread` are the bytes of batches not read, `undecoded` those that hold no batch, or were read in vain. It shares
    the message's `entries` in the `ledger`, but does not hold the message, which holds it.
    """

    def __init__(self, limits: Limits, frame: Frame, ledger: Books, entries: list[Account]) -> None:
        super().__init__(limits, size=len(frame.data))
        self.unread = 0
        self.undecoded = 0
        self._ledger = ledger
        self._entries = entries
        self._packet_number = frame.packet_number

    def open(self, data: bytes) -> RecordSet:
        """Return the batches of a `records` field."""
        records = RecordSet(data, self)
        rest = records.truncated_bytes + records.undecoded_bytes
        self.unread += records.size - rest
        self.undecoded += rest
        return records

    def divide(self, read: int) -> list[Account]:
        """Return what became of so many bytes that the message was read for."""
        return [
            _make(Account, (_DECODED, read - self.unread - self.undecoded, "")),
            _make(Account, (_NOT_ASKED_FOR, self.unread, "")),
            _make(Account, (_UNDECODED, self.undecoded, "record batches")),
        ]

    def charge(self, batch: Batch) -> None:
        """Take note of a batch that was read."""
        super().charge(batch)
        if batch.is_cut:
            return
        before = list(self._entries)
        self.unread -= batch.size
        self.undecoded += batch.undecoded_bytes
        self._entries[:_DIVIDED] = self.divide(sum(account.size for account in before[:_DIVIDED]))
        self._ledger.rebook(before, self._entries, self._packet_number)


def _open_records(grammar: wire.Struct, values: dict[str, Any], meter: _RecordMeter) -> None:
    """Replace the bytes of `records` fields by the batches in them; nothing of a batch is decompressed yet."""
    for name, inside in _ways_to_records(grammar):
        value = values.get(name)
        if inside is not None:
            for inner in wire.structs_in(value):
                _open_records(inside, inner, meter)
        elif value is not None:
            values[name] = meter.open(value)


@cache
def _ways_to_records(grammar: wire.Struct) -> list[tuple[str, wire.Struct | None]]:
    """Return the members of a struct that are `records` fields (None), and the structs in those that hold some."""
    return [(name, wire.struct_in(node)) for name, node in members_with_records(grammar)]


@cache
def members_with_records(grammar: wire.Struct) -> list[tuple[str, wire.Node]]:
    """Return the members of a struct that are `records` fields, or hold some."""
    return [(member.name, member.node) for member in grammar.each_member() if holds_records(member.node)]


@cache
def holds_records(node: wire.Node) -> bool:
    """Say whether a field is a `records` field, or holds some."""
    return isinstance(node, wire.Records) or any(map(holds_records, node.parts))

"""Telling Kafka from what is not: how plausible a request is, and whether a connection on any port speaks Kafka.

The evidence asked for is that whole messages make sense. Two points are needed:

- a request that is whole, whose header is plausible, and whose body its grammar reads to the last byte without an error
  or a warning: 2 if it names its client (three printable characters or more), otherwise 1;
- a response with the correlation id of the request that has waited longest, read in that way by the grammar of that
  request: 1;
- where the capture has not all of a message (a snap length, a loss): 1 for a plausible request header that names its
  client, 1 for the correlation id of the response that answers it.

A message of nothing but zeros is worth nothing. Where the handshake was captured, it says who is the client, and the
first bytes that it sends must be a request, or the connection is not Kafka. Where it was not, both directions are
searched for boundaries of requests (`dissector.resync`, which asks for a chain of them) before anything counts, and the
end that sends requests is the client.

Measured: of 20,000 connections of random bytes, of 50,000 with random bodies behind plausible headers, and of thirteen
other protocols entered at every byte, none is taken for Kafka; of the connections in the sample captures, all are
recognised without their ports (tests/dissector/test_recognition.py holds that).
"""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.events import Data, Gap
from dissector.framing import PREFIX_SIZE, Frame, Framer
from dissector.protocols import HEAD_SIZE, foreign_protocol
from structs import headers, registry, wire
from structs.buffers import UNBOUNDED
from structs.errors import ERRORS

if TYPE_CHECKING:
    from dissector.reassembly import Connection
    from dissector.segments import Endpoint
    from dissector.streams import Stream

MAX_REQUEST_SIZE: Final = 100 * 1024 * 1024  # socket.request.max.bytes of a broker, by default
MAX_RESPONSE_SIZE: Final = 1024 * 1024 * 1024
GSSAPI_TOKEN: Final = 0x60  # RFC 2743, section 3.1: every initial token begins with this tag

# Kafka's own defaults and the habits of MSK, Event Hubs, Confluent's operator and compose files.
USUAL_PORTS: Final = frozenset({9071, 9072, 9092, 9093, 9094, 9095, 9096, 9098, 9192, 9194, 9196, 9198, 19092, 29092})

MAX_HELD: Final = 1 << 20  # bytes of a connection that are held until it is known what they are
_EVENT_OVERHEAD: Final = 256  # bytes that an event costs while it is held, beside its payload
ENOUGH: Final = 2
_MAX_WAITING: Final = 64  # requests of such a connection whose responses are looked for
_ID_SIZE: Final = 4  # bytes of the correlation id, with which a response begins
_HEADER: Final = struct.Struct(">hhi")
_UNSUPPORTED: Final = headers.UNSUPPORTED_VERSION.to_bytes(2, "big")  # answered in version 0 (KIP-511)
_NEWER: Final = 8  # versions above the newest known ApiVersions that a first request may have
_NAMED: Final = 3  # characters of a client id that are no chance


def is_plausible_request(frame: bytes | memoryview) -> bool:
    """Say whether a frame (without its length prefix) begins with the header of a request that Kafka has."""
    return request_plausibility(len(frame), frame) > 0


def request_plausibility(size: int, head: bytes | memoryview) -> int:
    """Weigh the first bytes of what may be a request of `size` bytes: 0 is no request, 2 more than likely one.

    The evidence: a known API key, a version that was released, and a client id that is null or printable UTF-8 and
    ends within the frame. A client id of three characters or more weighs double.
    """
    if not _HEADER.size <= size <= MAX_REQUEST_SIZE or len(head) < _HEADER.size:
        return 0
    key, version, _ = _HEADER.unpack_from(head)
    api = registry.api(key)
    if api is None or version not in api.versions:
        return 0
    header = wire.decode(headers.RequestHeader.at(headers.request_header_version(api, version)), head[:size])
    if header.error is not None:
        return 0 if len(head) >= size else 1
    client_id = header.value.get("client_id") or ""
    if header.warnings or not client_id.isprintable():
        return 0
    return 2 if len(client_id) >= _NAMED else 1


def read_whole(
    grammar: wire.Struct, data: bytes | memoryview, start: int, *, elements: int = UNBOUNDED
) -> dict[str, Any] | None:
    """Return what a grammar makes of the bytes from `start` on if it is all of them, and sense; None otherwise.

    Sense means no error, no warning, and no error code that Kafka does not have. Arrays may have `elements` elements.
    """
    decoded = wire.decode_faultless(grammar, data, start, elements=elements)
    if decoded is None or decoded.stop != len(data):
        return None
    value: dict[str, Any] = decoded.value
    return value if has_known_errors(value) else None


def has_known_errors(value: Any) -> bool:
    """Say whether every error code in a decoded body is one of Kafka's."""
    if isinstance(value, dict):
        return all(
            part in ERRORS if name.endswith("error_code") else has_known_errors(part)
            for name, part in value.items()
            if isinstance(part, int | dict | list)
        )
    return (
        all(map(has_known_errors, value)) if isinstance(value, list) and value and value[0].__class__ is dict else True
    )


class Verdict(NamedTuple):
    """Whether a connection speaks Kafka: the end that sends the requests, None if it does not.

    `cause` says what it is otherwise: "HTTP on port 8080", or "port 8080" where that is all there is to say.
    """

    client: Endpoint | None
    cause: str


class Recogniser:
    """Decides whether a connection speaks Kafka, on the evidence that the module describes.

    It is fed the events of both directions and holds them (`held`) until it is sure: `max_held` bytes at most, with
    what holding them costs.
    """

    def __init__(self, connection: Connection, *, max_held: int = MAX_HELD) -> None:
        self.held: list[Data | Gap] = []
        self.held_bytes = 0
        self._connection = connection
        self._max_held = max_held
        self._sides: dict[Endpoint, _Side] = {}

    def feed(self, event: Data | Gap) -> Verdict | None:
        """Take the next event of either direction; return the verdict as soon as there is one."""
        self.hold(event)
        side = self._sides.get(event.source)
        if side is None:
            side = self._sides[event.source] = self._listen(event)
        side.feed(event)
        if side.is_refuted:
            return self.refuse()
        for each in self._sides.values():
            if each.points >= ENOUGH:
                return Verdict(each.source, "")
        return self.refuse() if self.held_bytes >= self._max_held else None

    def hold(self, event: Data | Gap) -> None:
        """Take an event without a look at it."""
        self.held.append(event)
        self.held_bytes += _EVENT_OVERHEAD + (len(event.payload) if isinstance(event, Data) else 0)

    def finish(self) -> Verdict:
        """Decide with what is there."""
        for side in self._sides.values():
            if side.points < ENOUGH:
                side.finish()
        client = next((side.source for side in self._sides.values() if side.points >= ENOUGH), None)
        return self.refuse() if client is None else Verdict(client, "")

    def _listen(self, event: Data | Gap) -> _Side:
        stream = event.stream
        if self._connection.server == stream.source:
            return _ServerSide(stream, self._sides)
        return _ClientSide(stream, is_start=stream.initial is not None and event.offset == 0)

    def refuse(self) -> Verdict:
        """Decide that it is not Kafka."""
        names = [name for side in self._sides.values() if (name := side.protocol) is not None]
        ends = self._connection.first, self._connection.second
        server = self._connection.server
        port = server.port if server is not None else min(end.port for end in ends)
        return Verdict(None, f"{names[0]} on port {port}" if names else f"port {port}")


class _Side:
    """What one end has sent: its first bytes, and what speaks for Kafka in it."""

    def __init__(self, stream: Stream, framer: Framer) -> None:
        self.source = stream.source
        self.points = 0
        self.is_refuted = False
        self._framer = framer
        self._head = b""
        self._head_ends = False

    @property
    def protocol(self) -> str | None:
        """The protocol that its first bytes name."""
        if len(self._head) > PREFIX_SIZE + 2 and self._head[PREFIX_SIZE] == GSSAPI_TOKEN and self._head[:1] == b"\0":
            return "GSSAPI"
        return foreign_protocol(self._head)

    def feed(self, event: Data | Gap) -> None:
        if isinstance(event, Gap):
            self._head_ends = True
        elif not self._head_ends:
            self._head += event.payload[: HEAD_SIZE - len(self._head)]
            self._head_ends = len(self._head) == HEAD_SIZE
            self._look()
        for frame in self._framer.feed(event):
            if isinstance(frame, Frame):
                self._take(frame)

    def finish(self) -> None:
        for frame in self._framer.finish(""):
            if isinstance(frame, Frame):
                self._take(frame)

    def _look(self) -> None:
        """Refute Kafka by the first bytes, where they do."""

    def _take(self, frame: Frame) -> None:
        raise NotImplementedError


class _ClientSide(_Side):
    """An end that may be the client."""

    def __init__(self, stream: Stream, *, is_start: bool) -> None:
        framer = Framer(request_plausibility, synchronised=is_start, max_size=MAX_REQUEST_SIZE, search_inside=True)
        super().__init__(stream, framer)
        self.waiting: deque[Frame] = deque(maxlen=_MAX_WAITING)
        self._is_start = is_start

    def _look(self) -> None:
        if not self._is_start or len(self._head) < PREFIX_SIZE + _HEADER.size:
            return
        size = int.from_bytes(self._head[:PREFIX_SIZE], "big", signed=True)
        behind = self._head[PREFIX_SIZE : PREFIX_SIZE + max(size, 0)]
        self.is_refuted = not (request_plausibility(size, behind) or _is_newer(size, behind))

    def _take(self, frame: Frame) -> None:
        weight = _request_points(frame)
        if weight:
            self.points += weight
            self.waiting.append(frame)


class _ServerSide(_Side):
    """The end that accepted the connection, as its handshake says."""

    def __init__(self, stream: Stream, sides: dict[Endpoint, _Side]) -> None:
        super().__init__(stream, Framer(synchronised=stream.initial is not None, max_size=MAX_RESPONSE_SIZE))
        self._sides = sides
        self._peer = stream.destination

    def _take(self, frame: Frame) -> None:
        client = self._sides.get(self._peer)
        if isinstance(client, _ClientSide) and client.waiting:
            client.points += response_points(frame, client.waiting.popleft())


def _is_newer(size: int, head: bytes) -> bool:
    """Say whether this may be the ApiVersions request of a client newer than the grammars, which begins with it."""
    key, version, correlation_id = _HEADER.unpack_from(head) if len(head) >= _HEADER.size else (-1, -1, -1)
    if key != headers.API_VERSIONS:
        return False
    newest = registry.message(key, "request").api.versions.highest or 0
    known = _HEADER.pack(key, newest, correlation_id) + head[_HEADER.size :]
    return newest < version <= newest + _NEWER and request_plausibility(size, known) > 0


def _request_points(frame: Frame) -> int:
    """Say how much a request speaks for Kafka."""
    data = frame.data
    weight = request_plausibility(frame.size, data)
    if not weight or len(data) < _HEADER.size:
        return 0
    if frame.missing:
        return int(weight > 1)
    key, version, _ = _HEADER.unpack_from(data)
    if not any(data):
        return 0
    header = wire.decode(registry.header(key, version, "request"), data)
    if header.warnings or read_whole(registry.grammar(key, version, "request"), data, header.stop) is None:
        return 0
    return weight


def response_points(frame: Frame, request: Frame) -> int:
    """Say how much a response speaks for Kafka beside the request that it should answer."""
    data = frame.data
    key, version, correlation_id = _HEADER.unpack_from(request.data)
    if len(data) < _ID_SIZE or int.from_bytes(data[:_ID_SIZE], "big", signed=True) != correlation_id:
        return 0
    if frame.missing:
        return 1
    header = wire.decode(registry.header(key, version, "response"), data)
    if header.error is not None or not any(data):
        return 0
    if key == headers.API_VERSIONS and data[_ID_SIZE : _ID_SIZE + 2] == _UNSUPPORTED:
        version = 0
    if version not in registry.message(key, "response").api.versions:
        return 0  # nobody knows what its response looks like
    return int(read_whole(registry.grammar(key, version, "response"), data, header.stop) is not None)

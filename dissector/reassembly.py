"""TCP connections, reassembled: segments in, ordered streams of bytes and gaps out.

Sans-I/O. `Reassembler.feed` takes segments in capture order and gives events; `flush` ends the capture.
Connections are told apart by the ordered pair of endpoints, and by their SYNs: a SYN that does not
repeat the known one starts a new connection on the same ports.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING

from dissector.events import (
    ACKNOWLEDGED,
    NOT_CAPTURED,
    SNAP_LENGTH,
    Closed,
    Conflict,
    Data,
    Event,
    Gap,
    Late,
    Opened,
)
from dissector.segments import ACK, CONTROL, FIN, RST, SYN, Endpoint, Segment
from dissector.streams import MASK, Held, Limits, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

_make = tuple.__new__  # a named tuple's own constructor takes twice as long

__all__ = [
    "ACKNOWLEDGED",
    "NOT_CAPTURED",
    "SNAP_LENGTH",
    "Closed",
    "Conflict",
    "Connection",
    "Data",
    "Event",
    "Gap",
    "Late",
    "Limits",
    "Opened",
    "Reassembler",
    "Stream",
    "Totals",
]

#: Causes of a connection's end.
FINISHED = "closed"
RESET = "reset"
REUSED = "ports reused"
JUMPED = "sequence numbers of another connection"
EVICTED = "too many connections"
IDLE = "idle"
CAPTURE_ENDED = "capture ended"

_NEVER = 1 << 62
#: How far from the expected byte a segment may be to belong to the connection: behind, more than any
#: retransmission; ahead, the largest window there is (RFC 7323), lost as a whole.
_BACKWARD = 64 << 20
_FORWARD = 1 << 30
_SECOND = 1_000_000_000
#: Nanoseconds without a packet after which a live capture has had the last one of a connection that ended.
_QUIET = 5 * _SECOND
#: For how long a closed connection is remembered, so that its last segments find it (RFC 9293: twice the segment
#: lifetime, of which systems make a minute or two).
_LINGER = 120_000_000_000


class Connection:
    """A TCP connection.

    `id` counts connections from 0 in the order of their first packets; `first` sent that packet,
    `second` is the other end. `client` and `server` are known when the SYN or its answer was seen,
    else None. `closed` is the cause of the end. `streams` are the directions: from `first`, and from `second`.
    `decrypted` says that it was captured in TLS: what is handed on of it is plaintext, and offsets of that are not
    those of its segments.
    """

    __slots__ = (
        "client",
        "closed",
        "closing",
        "decrypted",
        "first",
        "first_packet",
        "id",
        "second",
        "server",
        "streams",
    )

    def __init__(
        self, number: int, first: Endpoint, second: Endpoint, first_packet: int, limits: Limits, held: Held
    ) -> None:
        self.id = number
        self.first = first
        self.second = second
        self.client: Endpoint | None = None
        self.server: Endpoint | None = None
        self.first_packet = first_packet
        self.closing: str | None = None
        self.decrypted = False
        self.closed: str | None = None
        forth = Stream(self, first, second, limits, held)
        # A host may connect a port to itself: then both directions are one.
        back = Stream(self, second, first, limits, held) if first != second else forth
        forth.peer, back.peer = back, forth
        self.streams = (forth, back)

    @property
    def packets(self) -> int:
        """Segments of both directions."""
        forth, back = self.streams
        return forth.packets if forth is back else forth.packets + back.packets

    @property
    def last_packet(self) -> int:
        """The number of the packet with its last segment."""
        return max(stream.last_packet for stream in self.streams)

    @property
    def last_time(self) -> int:
        """When that packet was captured: nanoseconds since the epoch."""
        return max(self.streams, key=attrgetter("last_packet")).last_time

    def predict(self) -> None:
        """Say of each stream which segment comes next, if all is as it should be (see `Stream.predicted`)."""
        forth, back = self.streams
        is_usual = self.closing is None and self.closed is None and not forth.pending and not back.pending
        for stream in self.streams:
            stream.predicted = stream.expected if is_usual and stream.started else -1

    def __repr__(self) -> str:
        return f"<Connection {self.id}: {self.first.host}:{self.first.port} - {self.second.host}:{self.second.port}>"


@dataclass(slots=True)
class Totals:
    """The counters of streams (see `Stream`), added up."""

    captured: int = 0
    delivered: int = 0
    duplicate: int = 0
    late: int = 0
    buffered: int = 0
    lost: int = 0
    span: int = 0
    conflicts: int = 0

    def add(self, stream: Stream | Totals) -> None:
        """Add the counters of a stream."""
        for name in _COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(stream, name))


_COUNTERS = [field.name for field in fields(Totals)]


class Reassembler:
    """All connections of a capture.

    `max_connections` are remembered, closed ones included; beyond, the closed and then those idle for
    longest are let go. A connection that ended (both FINs, or RST) is closed `linger_packets` packets
    of the capture later, so that segments captured out of order still find it.
    """

    def __init__(
        self, limits: Limits | None = None, *, max_connections: int = 16_384, linger_packets: int = 256
    ) -> None:
        self._limits = limits or Limits()
        self._max_connections = max_connections
        self._linger = linger_packets
        self._held = Held()
        self._streams: dict[tuple[Endpoint, Endpoint], Stream] = {}
        self._connections: dict[int, Connection] = {}
        self._closing: deque[tuple[int, Connection]] = deque()
        self._last_packet = 0
        #: The number of the packet with which a connection that ended is to be closed.
        self.due = _NEVER
        self._gone = Totals()
        #: Connections seen.
        self.connections = 0
        #: Segments without payload that belong to no connection known.
        self.stray = 0

    def stream(self, source: Endpoint, destination: Endpoint) -> Stream | None:
        """Return the stream that a segment fed last between two endpoints belongs to, None if to no connection."""
        return self._streams.get((source, destination))

    def totals(self) -> Totals:
        """Add up the counters of all streams so far."""
        totals = Totals()
        totals.add(self._gone)
        for connection in self._connections.values():
            for stream in set(connection.streams):
                totals.add(stream)
        return totals

    def feed(self, segment: Segment) -> Sequence[Event]:
        """Take the next segment of the capture; give what follows from it."""
        number, timestamp, digits, source, destination, sequence, acknowledgment, flags, payload, missing = segment
        stream = self._streams.get((source, destination))
        if (
            stream is not None
            and sequence == stream.predicted
            and flags & CONTROL == ACK
            and not missing
            and number < self.due
        ):
            # What nearly all segments are: in order, on a connection where nothing waits.
            stream.packets += 1
            stream.last_packet = number
            stream.last_time = timestamp
            stream.peer.acknowledged = acknowledgment
            if not payload:
                return ()
            return (_make(Data, (stream, stream.advance(payload, sequence), payload, number, timestamp, digits)),)
        self._last_packet = number
        events: list[Event] = []
        self._follow(segment, stream, events)
        if number >= self.due:
            self._close_ended(number, events)
        return events

    def _follow(self, segment: Segment, stream: Stream | None, events: list[Event]) -> None:
        """Take a segment that is not simply the next one of its connection."""
        number, timestamp, _, _, _, sequence, acknowledgment, flags, payload, missing = segment
        if flags & SYN:
            stream = self._synchronise(segment, stream, events)
            sequence = (sequence + 1) & MASK
        elif payload or missing:
            if stream is None:
                stream = self._open(segment, events)
            elif not stream.started or sequence != stream.expected or stream.connection.closed:
                stream = self._same(segment, stream, events)
        elif stream is None:
            self.stray += 1
        if stream is None:
            return
        connection = stream.connection
        stream.packets += 1
        stream.last_packet = number
        stream.last_time = timestamp
        if payload or missing:
            if stream.started and sequence == stream.expected and not stream.pending:
                stream.deliver(segment, events)
            else:
                stream.add(segment, sequence, events)
        if connection.closed:
            return
        if flags & ACK and not flags & RST:
            stream.peer.acknowledged = acknowledgment
        for waiting in connection.streams:
            if waiting.pending:
                waiting.check(number, events)
        if flags & (FIN | RST) or connection.closing:
            self._end(stream, segment, sequence)
        connection.predict()

    def _close_ended(self, number: int, events: list[Event]) -> None:
        """Close the connections that ended long enough before the packet with this number."""
        while self._closing and self._closing[0][0] <= number:
            _, connection = self._closing.popleft()
            if connection.closing and not connection.closed:
                self._close(connection, connection.closing, events)
        self.due = self._closing[0][0] if self._closing else _NEVER

    def expire(self, now: int, idle_timeout: int) -> list[Event]:
        """Let time pass, in nanoseconds of the capture: nothing waits for packets that may not come.

        Connections without packets for `idle_timeout` are closed and forgotten, closed ones after `_LINGER`; those that
        ended are closed when there were no packets for `_QUIET`. Holes are given up after `Limits.wait_seconds`.
        """
        events: list[Event] = []
        self._note_last_packet()
        wait = self._limits.wait_seconds
        for connection in list(self._connections.values()):
            if wait is not None:
                for stream in connection.streams:
                    if stream.pending:
                        stream.wait_no_longer(self._last_packet, events, now - int(wait * _SECOND))
            if connection.last_time > now - min(_QUIET, idle_timeout):
                continue
            timeout = min(_LINGER, idle_timeout) if connection.closed else idle_timeout
            if connection.last_time <= now - timeout:
                if not connection.closed:
                    self._close(connection, connection.closing or IDLE, events)
                self._forget(connection)
            elif connection.closing and not connection.closed:
                self._close(connection, connection.closing, events)
        return events

    def flush(self) -> list[Event]:
        """End the capture: hand on what is held, and close every connection."""
        events: list[Event] = []
        self._note_last_packet()
        for connection in list(self._connections.values()):
            if not connection.closed:
                self._close(connection, connection.closing or CAPTURE_ENDED, events)
        return events

    def _note_last_packet(self) -> None:
        """See which packet was the last: those that were predicted were not noted."""
        self._last_packet = max((each.last_packet for each in self._connections.values()), default=self._last_packet)

    def _open(self, segment: Segment, events: list[Event]) -> Stream:
        """Start a connection with its first segment."""
        source, destination = segment.source, segment.destination
        if len(self._connections) >= self._max_connections:
            self._evict(events)
        known = self._streams.get((source, destination))
        if known is not None:
            self._forget(known.connection)
        number = segment.packet_number
        connection = Connection(self.connections, source, destination, number, self._limits, self._held)
        self.connections += 1
        self._connections[connection.id] = connection
        for stream in connection.streams:
            self._streams[stream.source, stream.destination] = stream
        late = not segment.flags & SYN
        events.append(Opened(connection, late, number, segment.timestamp, segment.digits))
        return connection.streams[0]

    def _synchronise(self, segment: Segment, stream: Stream | None, events: list[Event]) -> Stream:
        """Find the connection of a SYN: a known one, or a new one."""
        initial = segment.sequence
        answer = bool(segment.flags & ACK)
        if stream is None or not _belongs(stream, segment):
            if stream is not None and not stream.connection.closed:
                self._close(stream.connection, REUSED, events)
            stream = self._open(segment, events)
        connection = stream.connection
        if stream.initial is None and not connection.closed:
            if not stream.started:
                stream.start(initial + 1)
            stream.initial = initial
        if connection.client is None:
            ends = (stream.destination, stream.source) if answer else (stream.source, stream.destination)
            connection.client, connection.server = ends
        peer = stream.peer
        if answer and peer.initial is None and not peer.started and not peer.pending:
            # The SYN was not captured, or comes later; its answer tells where the stream starts.
            peer.start(segment.acknowledgment)
            peer.initial = (segment.acknowledgment - 1) & MASK
        return stream

    def _same(self, segment: Segment, stream: Stream, events: list[Event]) -> Stream:
        """Check whether a segment out of order belongs to the connection known on its ports."""
        connection = stream.connection
        if not stream.started and not stream.pending:
            return self._open(segment, events) if connection.closed else stream
        distance = stream.position(segment.sequence) - stream.span
        if connection.closed:
            size = len(segment.payload) + segment.missing
            if -_BACKWARD <= distance <= -size:
                return stream
            return self._open(segment, events)
        if -_BACKWARD <= distance <= _FORWARD:
            return stream
        self._close(connection, JUMPED, events)
        return self._open(segment, events)

    def _end(self, stream: Stream, segment: Segment, sequence: int) -> None:
        """Follow the end of a connection: FIN, RST, and what shows that it was none."""
        connection = stream.connection
        after = (sequence + len(segment.payload) + segment.missing) & MASK
        if segment.flags & RST:
            connection.closing = RESET
            stream.final = after
        elif segment.flags & FIN:
            stream.final = stream.finish = after
            if stream.peer.final is None or connection.closing:
                return
            connection.closing = FINISHED
        else:
            if segment.payload and stream.final is not None and stream.position(after) > stream.position(stream.final):
                # It goes on: the RST or FIN was forged, or belongs to something else.
                stream.final = stream.finish = connection.closing = None
            return
        self._closing.append((segment.packet_number + self._linger, connection))
        self.due = self._closing[0][0]

    def _close(self, connection: Connection, cause: str, events: list[Event]) -> None:
        for stream in connection.streams:
            stream.flush(self._last_packet, events)
            stream.release()
        connection.closing = connection.closed = cause
        events.append(Closed(connection, cause, self._last_packet))

    def _forget(self, connection: Connection) -> None:
        """Drop a closed connection from the table."""
        del self._connections[connection.id]
        for stream in set(connection.streams):
            self._gone.add(stream)
            del self._streams[stream.source, stream.destination]

    def _evict(self, events: list[Event]) -> None:
        """Make room for an eighth more connections: closed ones go first, then the longest idle."""
        connections = sorted(self._connections.values(), key=attrgetter("last_packet"))
        connections.sort(key=lambda connection: connection.closed is None)
        for connection in connections[: max(1, self._max_connections // 8)]:
            if not connection.closed:
                self._close(connection, EVICTED, events)
            self._forget(connection)


def _belongs(stream: Stream, segment: Segment) -> bool:
    """Tell whether a SYN belongs to the connection of `stream`, in whose direction it goes."""
    initial = segment.sequence
    if stream.connection.closed and segment.payload:
        return False
    if stream.initial is not None:
        return stream.initial == initial
    if stream.connection.closed:
        return False
    if stream.started:
        return stream.span == 0 or stream.position(initial + 1) == 0
    if stream.pending:
        # Its data was captured first.
        first = stream.position(initial + 1)
        return stream.pending[0][0] - _BACKWARD <= first <= stream.pending[0][0]
    return bool(segment.flags & ACK) or (stream.peer.initial is not None and stream.peer.span == 0)

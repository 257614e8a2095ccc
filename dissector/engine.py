"""The road of the data, from packets to exchanges. Sans-I/O: packets are fed, exchanges come out as they settle."""

from __future__ import annotations

import struct
from operator import length_hint
from typing import TYPE_CHECKING, Final, TypedDict

from dissector import reassembly
from dissector.conversation import Conversation
from dissector.events import Closed, Conflict, Data, Gap, Late
from dissector.inference import Asked, Trials
from dissector.knowledge import Knowledge
from dissector.ledger import Category, Entry, Ledger
from dissector.packets import Packet, Packets
from dissector.plaintext import Sealed
from dissector.protocols import foreign_protocol
from dissector.recognition import USUAL_PORTS, Recogniser, Verdict
from dissector.segments import (
    NO_LAYOUT,
    TCP,
    USUAL_HEADERS,
    Endpoint,
    SegmentDecoder,
    Skipped,
    find_layout,
)
from dissector.streams import HISTORY_BYTES, MASK
from structs import records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from dissector.correlation import TakePair
    from dissector.decryption import Decryption
    from dissector.exchanges import Exchange
    from dissector.fastpath import Sink
    from dissector.packets import Place
    from dissector.reassembly import Connection
    from dissector.segments import Segment
    from dissector.streams import Stream

MAX_SERVERS: Final = 4096
MAX_UNDECIDED_BYTES: Final = 64 << 20
MAX_HELD_BYTES: Final = 512 << 20
_BETWEEN_CHECKS: Final = 16 << 20  # captured bytes after which it is seen whether too much is held
_PACKET_OVERHEAD: Final = 1024  # what a message of a packet costs beside its bytes
_SECOND: Final = 1_000_000_000
_DISORDER: Final = 60 * _SECOND  # by which packets may be out of the order of time; beyond, the clock was set back
_FOREVER: Final = 1 << 63


class Options(TypedDict, total=False):
    """How traffic is dissected, whatever it is read from: the arguments of `Dissection`, for those who pass them on.

    Kafka is recognised by evidence on any port (see `dissector.recognition`), and taken for granted on its usual ones
    and on those in `decode_as`. With `ports`, exactly those are taken for Kafka's, and no others are looked at.
    `stream_limits` say how long to wait for segments that are missing, `record_limits` what a record batch may cost:
    beyond, it is a reported error. `decryption` makes plaintext of connections whose TLS secrets it knows.
    `links` reads packets of link types that `dissector.segments` does not know.
    """

    ports: Collection[int] | None
    decode_as: Collection[int]
    stream_limits: reassembly.Limits | None
    record_limits: records.Limits
    idle_timeout: float | None
    response_timeout: float | None
    held_bytes: int
    decryption: Decryption | None
    links: Callable[[Packet], Segment | str] | None


class Dissection:
    """Turns packets into exchanges; how, is said by its `Options`.

    Memory stays bounded by the limits of the stations on the way; what is settled is handed on and let go. What
    `take_pair` takes (see `dissector.correlation`) is not among the exchanges; it is set before there are packets.
    """

    def __init__(
        self,
        *,
        ports: Collection[int] | None = None,
        decode_as: Collection[int] = (),
        stream_limits: reassembly.Limits | None = None,
        record_limits: records.Limits = records.DEFAULT,
        idle_timeout: float | None = None,
        response_timeout: float | None = None,
        held_bytes: int = MAX_HELD_BYTES,
        decryption: Decryption | None = None,
        links: Callable[[Packet], Segment | str] | None = None,
    ) -> None:
        self.take_pair: TakePair | None = None
        self._granted = frozenset(USUAL_PORTS if ports is None else ports) | frozenset(decode_as)
        self._recognises = ports is None
        self._segments = SegmentDecoder(links)
        self._reassembler = reassembly.Reassembler(stream_limits)
        self._record_limits = record_limits
        self._decryption = decryption
        self._flows: dict[bytes, tuple[Stream, Sink]] = {}  # by addresses and ports as they are in packets
        self._ends: dict[Connection, set[bytes]] = {}  # those of the flows of each
        self._undecided: dict[Connection, Recogniser] = {}
        self._undecided_bytes = 0
        self._conversations: dict[Connection, Conversation] = {}
        self._others: dict[Connection, str] = {}
        self._servers: dict[Endpoint, Asked] = {}
        self._trials = Trials()
        self._knowledge = Knowledge()
        self._ledger = Ledger(recognises=self._recognises)
        self._idle_timeout = _nanoseconds(idle_timeout)
        self._response_timeout = _nanoseconds(response_timeout)
        waits_seconds = stream_limits is not None and stream_limits.wait_seconds is not None
        self._expires = waits_seconds or idle_timeout is not None or response_timeout is not None
        self._expired_at = 0
        self._packets = 0
        self._to_come: Iterator[Place] = iter(())  # those that are counted already
        self._knows_start = False
        self._max_held = held_bytes
        self._check_after = min(_BETWEEN_CHECKS, held_bytes // 8)
        self._unchecked = 0

    @property
    def ledger(self) -> Ledger:
        """Where every byte fed so far went; it balances once `finish` was called."""
        totals = self._reassembler.totals()
        ledger = self._ledger
        ledger.packets = self._packets - length_hint(self._to_come)
        ledger.packets_skipped = self._segments.skipped
        ledger.connections = self._reassembler.connections
        ledger.decrypts = self._decryption is not None and bool(self._decryption.secrets)
        ledger.captured = totals.captured
        ledger.span = totals.span
        ledger.unique = totals.delivered
        ledger.lost = totals.lost
        ledger.entries[Entry(Category.DUPLICATE)] = totals.duplicate
        return ledger

    def feed(self, packet: Packet) -> list[Exchange]:
        """Take the next packet of the capture and return the exchanges that settle with it."""
        return list(self.read((Packets.of(packet),)))

    def read(self, source: Iterable[Packets]) -> Iterator[Exchange]:
        """Take the next packets of the capture, and yield the exchanges as they settle.

        Nearly all of them are the next segment of a connection that is known to be Kafka's: what comes next is
        predicted, as in TCP's own header prediction (Jacobson), and where it comes, only what is needed is looked at.
        """
        flows, header_sizes, kept = self._flows, USUAL_HEADERS, HISTORY_BYTES
        expires = self._expires
        due = self._reassembler.due
        for packets in source:
            data, digits, link_type, places = packets.data, packets.digits, packets.link_type, packets.places
            self._unchecked += packets.size + _PACKET_OVERHEAD * len(places)
            if self._unchecked >= self._check_after:
                self._unchecked = 0
                yield from list(self._shrink())
            unpack, usual, mask, transport, base = NO_LAYOUT
            self._packets += len(places)
            self._to_come = to_come = iter(places)
            for number, timestamp, start, stop, wire_length in to_come:
                if expires and not -_DISORDER < timestamp - self._expired_at < _SECOND:
                    yield from list(self.expire(timestamp))
                    due = self._reassembler.due
                try:
                    kind, total, protocol, ends, sequence, acknowledgment, words = unpack(data, start)
                    if kind != usual:
                        unpack, usual, mask, transport, base = find_layout(link_type, data, start, stop)
                        _, total, protocol, ends, sequence, acknowledgment, words = unpack(data, start)
                except struct.error:  # it is shorter than these headers, and the last one of the buffer
                    protocol = 0
                is_tcp = protocol & mask == TCP
                if is_tcp and (flow := flows.get(ends)) is not None:
                    stream, take = flow
                    begin, end = start + transport + header_sizes.get(words, _FOREVER), start + base + total
                    if begin <= end <= stop and sequence == stream.predicted and number < due:
                        stream.packets += 1
                        stream.last_packet = number
                        stream.last_time = timestamp
                        stream.peer.acknowledged = acknowledgment
                        if begin < end:
                            # This is `Stream.advance`: calling it would take a twentieth of all the time.
                            payload, size, offset = data[begin:end], end - begin, stream.span
                            stream.captured += size
                            stream.span = offset + size
                            stream.predicted = (sequence + size) & MASK
                            stream.history.append((offset, payload if size <= kept else payload[:kept]))
                            settled = take(offset, payload, number, timestamp, digits)
                            if settled:
                                yield from settled
                        continue
                packet = Packet(number, timestamp, digits, link_type, data[start:stop], wire_length)
                # All of it, also for those who stop at the first exchange.
                yield from list(self._take(packet, ends if is_tcp else None))
                due = self._reassembler.due

    def _take(self, packet: Packet, ends: bytes | None) -> Iterator[Exchange]:
        """Take a packet that was not predicted; `ends` are its addresses and ports, if it is of the usual kind."""
        if not self._knows_start:
            self._knows_start = True
            self._knowledge.capture_start = packet.timestamp
        segment = self._segments.decode(packet)
        if isinstance(segment, Skipped):
            return
        events = self._reassembler.feed(segment)
        if events:
            yield from self._handle(events)
        if ends is not None:
            self._predict(segment, ends)

    def _predict(self, segment: Segment, ends: bytes) -> None:
        """Have the next segments of a stream taken at once, if it is known what takes its bytes."""
        stream = self._reassembler.stream(segment.source, segment.destination)
        if stream is None or stream.predicted < 0 or stream.connection.decrypted:
            return
        conversation = self._conversations.get(stream.connection)
        take = None if conversation is None else conversation.sink(stream)
        if take is not None:
            self._flows[ends] = stream, take
            self._ends.setdefault(stream.connection, set()).add(ends)

    def expire(self, now: int) -> Iterator[Exchange]:
        """Let time pass, to `now` in nanoseconds since the epoch, and yield what has waited for too long.

        Packets do that by themselves, about once a second of their time; this is for when none come. Nothing expires
        without a timeout in the options.
        """
        self._expired_at = now
        if not self._expires:
            return
        yield from self._handle(self._reassembler.expire(now, self._idle_timeout))
        for conversation in list(self._conversations.values()):
            yield from conversation.expire(now, self._response_timeout)

    def _shrink(self) -> Iterator[Exchange]:
        """Let go of what has been held for longest, if too much is held over all connections."""
        held = {conversation: conversation.held_bytes for conversation in self._conversations.values()}
        excess = sum(held.values()) - self._max_held
        for conversation in sorted(held, key=lambda each: each.oldest) if excess > 0 else ():
            if excess <= 0:
                break
            yield from conversation.shrink()
            excess -= held[conversation] - conversation.held_bytes

    def finish(self) -> Iterator[Exchange]:
        """End the capture: yield everything that is still open."""
        yield from self._handle(self._reassembler.flush())
        if self._decryption is not None:
            self._decryption.close()

    def _handle(self, captured: Sequence[reassembly.Event]) -> Iterator[Exchange]:
        for lost in captured:
            if isinstance(lost, Gap):
                self._ledger.lose(lost.length, lost.cause, lost.packet_number)
        for event in captured if self._decryption is None else self._decryption.feed(captured):
            if isinstance(event, Data | Gap):
                conversation = self._conversations.get(event.connection)
                if conversation is not None:
                    yield from conversation.feed(event)
                else:
                    yield from self._sort(event)
            elif isinstance(event, Sealed):
                self._ledger.book(event.category, event.length, event.cause, event.packet_number)
            elif isinstance(event, Late):
                self._ledger.book(Category.UNDECODED, event.length, "captured too late", event.packet_number)
            elif isinstance(event, Conflict):
                self._ledger.contradict(event.packet_number)
            elif isinstance(event, Closed):
                yield from self._close(event)

    def _close(self, closed: Closed) -> Iterator[Exchange]:
        connection = closed.connection
        for ends in self._ends.pop(connection, ()):
            flow = self._flows.get(ends)
            if flow is not None and flow[0].connection is connection:
                del self._flows[ends]
        recogniser = self._undecided.pop(connection, None)
        if recogniser is not None:
            self._undecided_bytes -= recogniser.held_bytes
            client = self._recognised_client(connection)
            verdict = recogniser.finish() if client is None else Verdict(client, "")
            yield from self._decide(connection, recogniser.held, verdict)
        self._others.pop(connection, None)
        conversation = self._conversations.pop(connection, None)
        if conversation is not None:
            yield from conversation.close(closed.cause)

    def _sort(self, event: Data | Gap) -> Iterator[Exchange]:
        """Take an event of a connection that is not Kafka, or of which that is not known yet."""
        connection = event.connection
        cause = self._others.get(connection)
        if cause is not None:
            self._book_other(event, cause)
            return
        recogniser = self._undecided.pop(connection, None)
        if recogniser is None:
            recogniser = Recogniser(connection)
        self._undecided_bytes -= recogniser.held_bytes
        verdict = self._verdict(recogniser, event)
        if verdict is None:
            self._undecided[connection] = recogniser
            self._undecided_bytes += recogniser.held_bytes
        else:
            yield from self._decide(connection, recogniser.held, verdict)

    def _verdict(self, recogniser: Recogniser, event: Data | Gap) -> Verdict | None:
        """Say whether a connection is Kafka, now that this event has come; None while that is open."""
        connection = event.connection
        client = self._recognised_client(connection)
        if client is None and not recogniser.held:
            client = _client_by_port(connection, self._granted)
            if client is None and not self._recognises:
                recogniser.hold(event)
                return recogniser.refuse()
            if client is not None and _looks_foreign_midway(event):
                client = None  # evidence decides
        if client is not None:
            recogniser.hold(event)
            return Verdict(client, "")
        verdict = recogniser.feed(event)
        if verdict is None and self._undecided_bytes + recogniser.held_bytes > MAX_UNDECIDED_BYTES:
            verdict = recogniser.finish()
        return verdict

    def _decide(self, connection: Connection, held: list[Data | Gap], verdict: Verdict) -> Iterator[Exchange]:
        """Hand on what was held of a connection to where it belongs."""
        if verdict.client is None:
            self._others[connection] = verdict.cause
            for event in held:
                self._book_other(event, verdict.cause)
            return
        connection.client = verdict.client
        connection.server = connection.second if verdict.client == connection.first else connection.first
        asked = self._servers.pop(connection.server, None) or set()
        self._servers[connection.server] = asked
        if len(self._servers) > MAX_SERVERS:
            del self._servers[next(iter(self._servers))]
        conversation = self._conversations[connection] = Conversation(
            connection, self._ledger, self._trials, asked, self._record_limits, self._knowledge, self.take_pair
        )
        for event in held:
            yield from conversation.feed(event)

    def _recognised_client(self, connection: Connection) -> Endpoint | None:
        """Return the client of a connection to a server that is known to be Kafka's."""
        for server, client in ((connection.second, connection.first), (connection.first, connection.second)):
            if server in self._servers and connection.server in (None, server):
                return client
        return None

    def _book_other(self, event: Data | Gap, cause: str) -> None:
        if isinstance(event, Data):
            self._ledger.book(Category.NOT_KAFKA, len(event.payload), cause, event.packet_number)


def _nanoseconds(timeout: float | None) -> int:
    return _FOREVER if timeout is None else int(timeout * _SECOND)


def _client_by_port(connection: Connection, ports: Collection[int]) -> Endpoint | None:
    """Return the client of a connection whose other end has one of these ports; the handshake says which end is which.

    Where it was not captured and both ends have such a port, the end that was seen second is the server.
    """
    for server, client in ((connection.second, connection.first), (connection.first, connection.second)):
        if server.port in ports and connection.server in (None, server):
            return client
    return None


def _looks_foreign_midway(event: Data | Gap) -> bool:
    """Say whether a stream that was entered in its middle begins like another protocol, which may be chance."""
    return isinstance(event, Data) and event.stream.initial is None and foreign_protocol(event.payload) is not None

"""The road of the data, from packets to exchanges. Sans-I/O: packets are fed, exchanges come out as they settle."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from dissector import reassembly
from dissector.correlation import Correlator, Exchange
from dissector.events import Closed, Data, Gap, Late
from dissector.framing import Frame, Framer, Unframed
from dissector.knowledge.topics import TopicNames
from dissector.ledger import Category, Entry, Ledger
from dissector.recognition import (
    MAX_REQUEST_SIZE,
    MAX_RESPONSE_SIZE,
    USUAL_PORTS,
    foreign_protocol,
    request_plausibility,
)
from dissector.segments import SegmentDecoder, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dissector.packets import Packet
    from dissector.reassembly import Connection
    from structs.grammar import Side

_MAX_HELD: Final = 4 << 20
_SHORTLY_BEFORE: Final = 1000

_CLOSE_REASONS: Final = {
    reassembly.FINISHED: "connection_closed",
    reassembly.RESET: "connection_reset",
    reassembly.REUSED: "connection_replaced",
    reassembly.JUMPED: "connection_replaced",
    reassembly.EVICTED: "too_many_connections",
    reassembly.CAPTURE_ENDED: "capture_ended",
}


class Dissection:
    """Turns packets into exchanges.

    `ports` are those that Kafka's servers listen on. Memory stays bounded by the limits of the stations on the way;
    what is settled is handed on and let go.
    """

    def __init__(self, *, ports: Collection[int] = USUAL_PORTS, limits: reassembly.Limits | None = None) -> None:
        self._ports = frozenset(ports)
        self._segments = SegmentDecoder()
        self._reassembler = reassembly.Reassembler(limits)
        self._conversations: dict[Connection, _Conversation] = {}
        self._topics = TopicNames()
        self._ledger = Ledger()

    @property
    def ledger(self) -> Ledger:
        """Where every byte fed so far went; it balances once `finish` was called."""
        totals = self._reassembler.totals()
        ledger = self._ledger
        ledger.packets_skipped = self._segments.skipped
        ledger.connections = self._reassembler.connections
        ledger.captured = totals.captured
        ledger.span = totals.span
        ledger.unique = totals.delivered
        ledger.lost = totals.lost
        ledger.entries[Entry(Category.DUPLICATE)] = totals.duplicate
        return ledger

    def feed(self, packet: Packet) -> Iterator[Exchange]:
        """Take the next packet of the capture and yield the exchanges that settle with it."""
        self._ledger.packets += 1
        segment = self._segments.decode(packet)
        if not isinstance(segment, Skipped):
            yield from self._handle(self._reassembler.feed(segment))

    def finish(self) -> Iterator[Exchange]:
        """End the capture: yield everything that is still open."""
        yield from self._handle(self._reassembler.flush())

    def _handle(self, events: list[reassembly.Event]) -> Iterator[Exchange]:
        for event in events:
            if isinstance(event, Data | Gap):
                conversation = self._conversations.get(event.connection)
                if conversation is None:
                    conversation = self._open(event.connection)
                for exchange in conversation.feed(event):
                    yield self._settle(exchange)
            elif isinstance(event, Late):
                self._ledger.book(Category.UNDECODED, event.length, "captured too late", event.packet_number)
            elif isinstance(event, Closed):
                closing = self._conversations.pop(event.connection, None)
                if closing is not None:
                    for exchange in closing.close(event.cause):
                        yield self._settle(exchange)

    def _open(self, connection: Connection) -> _Conversation:
        if connection.server is None:
            # The handshake was not captured: the end with Kafka's port is the server.
            first, second = connection.first, connection.second
            connection.client, connection.server = (first, second) if second.port in self._ports else (second, first)
        is_kafka = connection.server.port in self._ports
        conversation = _Conversation(connection, self._ledger, None if is_kafka else _port_cause(connection))
        self._conversations[connection] = conversation
        return conversation

    def _settle(self, exchange: Exchange) -> Exchange:
        self._ledger.exchanges[exchange.outcome, exchange.outcome_reason] += 1
        if exchange.response is not None:
            self._topics.learn(exchange.response)
        exchange.topic_names = self._topics.known
        return exchange


class _Conversation:
    """What two ends of a connection say to one another, as Kafka.

    Where the capture begins in the middle of a connection, responses are recognised by the requests that wait for
    them: their bytes are held until the boundaries of the requests are known, `_MAX_HELD` bytes at most.
    """

    def __init__(self, connection: Connection, ledger: Ledger, not_kafka: str | None) -> None:
        self._connection = connection
        self._ledger = ledger
        self._not_kafka = not_kafka
        self._correlator = Correlator(connection, ledger)
        self._framers: dict[Side, Framer] = {}
        self._held: list[Data | Gap] = []
        self._held_bytes = 0

    def feed(self, event: Data | Gap) -> Iterator[Exchange]:
        """Take the next bytes, or a gap, of one direction."""
        side: Side = "response" if event.source == self._connection.server else "request"
        if side not in self._framers and self._not_kafka is None:
            self._start(side, event)
        if self._not_kafka is not None:
            if isinstance(event, Data):
                self._ledger.book(Category.NOT_KAFKA, len(event.payload), self._not_kafka, event.packet_number)
        elif side == "response" and (self._held or self._waits_for_requests()):
            self._held.append(event)
            self._held_bytes += len(event.payload) if isinstance(event, Data) else 0
            if not self._waits_for_requests():
                yield from self._release()
        else:
            yield from self._take(side, self._framers[side].feed(event))
            if not self._waits_for_requests():
                yield from self._release()

    def close(self, cause: str) -> Iterator[Exchange]:
        """End the connection."""
        if "request" in self._framers:
            yield from self._take("request", self._framers["request"].finish(cause))
        yield from self._release()
        if "response" in self._framers:
            yield from self._take("response", self._framers["response"].finish(cause))
        yield from self._correlator.close(_CLOSE_REASONS[cause])

    def _waits_for_requests(self) -> bool:
        if "response" not in self._framers or self._framers["response"].synchronised or self._held_bytes >= _MAX_HELD:
            return False
        return "request" not in self._framers or not self._framers["request"].synchronised

    def _release(self) -> Iterator[Exchange]:
        """Hand on the responses that were held."""
        held, self._held = self._held, []
        for event in held:
            yield from self._take("response", self._framers["response"].feed(event))

    def _take(self, side: Side, results: list[Frame | Unframed]) -> Iterator[Exchange]:
        for result in results:
            if isinstance(result, Frame):
                yield from self._correlator.feed(side, result)
            else:
                self._ledger.book(Category.UNDECODED, result.length, result.cause, result.packet_number)
                self._correlator.lost(side)

    def _start(self, side: Side, event: Data | Gap) -> None:
        """Make the framer of a side with its first bytes; they may show that it does not speak Kafka."""
        if isinstance(event, Data):
            self._not_kafka = foreign_protocol(event.payload)
        self._framers[side] = Framer(
            request_plausibility if side == "request" else self._response_plausibility,
            synchronised=event.stream.initial is not None,
            max_size=MAX_REQUEST_SIZE if side == "request" else MAX_RESPONSE_SIZE,
        )

    def _response_plausibility(self, size: int, head: bytes) -> int:
        """Weigh what may be the start of a response.

        3 where a request waits for it, which is evidence enough; 1 where its correlation id is a little below the
        oldest that waits: its request may have come before the capture; 0 otherwise.
        """
        if size < 4 or len(head) < 4:
            return 0
        distance = self._correlator.distance(struct.unpack_from(">i", head)[0])
        if distance is None:
            return 0
        return 3 if distance == 0 else int(distance <= _SHORTLY_BEFORE)


def _port_cause(connection: Connection) -> str:
    return f"port {min(connection.first.port, connection.second.port)}"

"""The road of the data, from packets to exchanges. Sans-I/O: packets are fed, exchanges come out as they settle."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from dissector import reassembly
from dissector.conversation import Conversation
from dissector.correlation import Exchange, Seen
from dissector.events import Closed, Conflict, Data, Gap, Late
from dissector.knowledge.groups import GroupProtocols
from dissector.knowledge.topics import TopicNames
from dissector.ledger import Category, Entry, Ledger
from dissector.protocols import foreign_protocol
from dissector.recognition import USUAL_PORTS, Recogniser, Verdict
from dissector.segments import Endpoint, SegmentDecoder, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dissector.packets import Packet
    from dissector.reassembly import Connection

MAX_SERVERS: Final = 4096
MAX_UNDECIDED_BYTES: Final = 64 << 20


class Dissection:
    """Turns packets into exchanges.

    Kafka is recognised by evidence on any port (see `dissector.recognition`), and taken for granted on those where it
    usually is, on those in `decode_as`, and on servers where it was recognised before. With `ports`, exactly
    those are Kafka's and no others are looked at. Memory stays bounded by the limits of the stations on the way; what
    is settled is handed on and let go.
    """

    def __init__(
        self,
        *,
        ports: Collection[int] | None = None,
        decode_as: Collection[int] = (),
        limits: reassembly.Limits | None = None,
    ) -> None:
        self._granted = frozenset(USUAL_PORTS if ports is None else ports) | frozenset(decode_as)
        self._recognises = ports is None
        self._segments = SegmentDecoder()
        self._reassembler = reassembly.Reassembler(limits)
        self._undecided: dict[Connection, Recogniser] = {}
        self._undecided_bytes = 0
        self._conversations: dict[Connection, Conversation] = {}
        self._others: dict[Connection, str] = {}
        self._servers: dict[Endpoint, Seen] = {}
        self._topics = TopicNames()
        self._groups = GroupProtocols()
        self._ledger = Ledger(recognises=self._recognises)

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
                if isinstance(event, Gap):
                    self._ledger.lose(event.length, event.cause, event.packet_number)
                if conversation is not None:
                    for exchange in conversation.feed(event):
                        yield self._settle(exchange)
                else:
                    yield from self._sort(event)
            elif isinstance(event, Late):
                self._ledger.book(Category.UNDECODED, event.length, "captured too late", event.packet_number)
            elif isinstance(event, Conflict):
                self._ledger.contradict(event.length, event.packet_number)
            elif isinstance(event, Closed):
                yield from self._close(event)

    def _sort(self, event: Data | Gap) -> Iterator[Exchange]:
        """Take an event of a connection that is not known to be Kafka."""
        connection = event.connection
        cause = self._others.get(connection)
        if cause is not None:
            if isinstance(event, Data):
                self._ledger.book(Category.NOT_KAFKA, len(event.payload), cause, event.packet_number)
            return
        recogniser = self._undecided.get(connection)
        client = self._granted_client(connection)
        if client is not None and (recogniser is not None or not _starts_foreign(event)):
            verdict: Verdict | None = Verdict(client, "")
        elif not self._recognises:
            verdict = Verdict(None, foreign_protocol_or_port(connection, event))
        else:
            verdict = None
        if recogniser is None:
            recogniser = Recogniser(connection)
            if verdict is None:
                self._undecided[connection] = recogniser
        before = recogniser.held_bytes
        if verdict is None:
            verdict = recogniser.feed(event)
            self._undecided_bytes += recogniser.held_bytes - before
            if verdict is None and self._undecided_bytes > MAX_UNDECIDED_BYTES:
                verdict = recogniser.finish()
        else:
            recogniser.held.append(event)
        if verdict is not None:
            yield from self._decide(connection, recogniser, verdict)
    def _settle(self, exchange: Exchange) -> Exchange:
        self._ledger.exchanges[exchange.outcome, exchange.outcome_reason] += 1
        if exchange.response is not None:
            self._topics.learn(exchange.response)
        exchange.topic_names = self._topics.known
        exchange.group = self._groups.learn(exchange)
        return exchange

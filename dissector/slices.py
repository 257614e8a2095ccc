"""Which packets of a capture a few of its exchanges need, so that they can be read without the others. Sans-I/O.

A capture is gone through three times. A `Plan` takes its exchanges and notes where in their streams the wanted ones
are; a `Selection` takes its packets and says which carry these bytes; a `Check` takes only these, and says which
exchanges cannot be told from them alone.

A message is wanted from the first byte of a packet on: where others were sent right before it, in the same segments,
they come along, so that Wireshark finds the boundary (`MAX_LEAD` bytes of them at most).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dissector import facts
from dissector.engine import Dissection
from dissector.framing import PREFIX_SIZE
from dissector.knowledge.groups import JOIN_GROUP, SYNC_GROUP
from dissector.knowledge.topics import TopicNames
from dissector.ranges import Ranges
from dissector.reassembly import Reassembler
from dissector.segments import FIN, RST, SYN, SegmentDecoder, Skipped
from dissector.streams import MASK
from structs.headers import SASL_HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Unpack

    from dissector.engine import Options
    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.packets import Packet
    from dissector.reassembly import Stream
    from dissector.segments import Segment

MAX_LEAD: Final = 1 << 20
MAX_CHECKED: Final = 1_000_000  # exchanges that are remembered for the check, a hundred bytes of each
MAX_BEGINNING: Final = 64 << 10
MAX_REMEMBERED: Final = 100_000  # streams, topics, groups and logins that are remembered while exchanges come

_HALF: Final = 1 << 31


class _Range(NamedTuple):
    """Bytes of one of the two streams of a connection."""

    connection: int
    stream: int
    start: int
    end: int


class _Run(NamedTuple):
    """Frames of a stream that share packets: where they start, where they end so far, and in which packet."""

    start: int
    end: int
    packet: int


class _Lesson:
    """Where an exchange is that others presuppose, whether it matches itself, and whether it is wanted already."""

    __slots__ = ("matches", "ranges", "wanted")

    def __init__(self, ranges: list[_Range], *, matches: bool) -> None:
        self.ranges = ranges
        self.matches = matches
        self.wanted = False


class _Wanted:
    """What is wanted of a connection; `bases` are the sequence numbers at offset 0 of its streams, where known."""

    __slots__ = ("bases", "ranges")

    def __init__(self) -> None:
        self.bases: list[int | None] = [None, None]
        self.ranges = (Ranges(), Ranges())


class Plan:
    """What to keep of a capture: the exchanges that `matches` says yes to.

    With `context`, also those that they presuppose: the one that told the name of a topic id, the JoinGroup that chose
    the protocol of a group, the SaslHandshake of a login. With `connections`, everything that was sent on the
    connections of all these; of connections that were decrypted that is kept in any case.

    Besides the capture's open connections, memory grows by 32 bytes for each exchange that matches and does not follow
    another one that does, and by what the check needs.
    """

    def __init__(self, matches: Callable[[Exchange], bool], *, context: bool = True, connections: bool = False) -> None:
        self.matching = 0
        self.presupposed = 0
        #: How many of those that match are too many to be remembered for the check.
        self.unchecked = 0
        #: Connections of which everything is kept.
        self.whole: set[int] = set()
        #: Signature of an exchange that is wanted -> connection.
        self.signatures: dict[int, int] = {}
        self._matches = matches
        self._has_context = context
        #: Whether that was asked for.
        self.is_whole = connections
        self._wanted: dict[int, _Wanted] = {}
        self._runs: dict[tuple[int, int], _Run] = {}
        self._topics: Mapping[str, str] = {}
        self._lessons: dict[Any, _Lesson] = {}
        self._encrypted: dict[int, None] = {}  # connections
        self._logins: dict[int, None] = {}  # connections on which somebody logged in

    def take(self, exchange: Exchange) -> None:
        """Take the next exchange of the capture; they must come all, and in their order."""
        ranges = [self._range(exchange, message) for message in (exchange.request, exchange.response) if message]
        matches = self._matches(exchange)
        if self._has_context:
            self._learn(exchange, ranges, matches)
        if not matches:
            return
        self.matching += 1
        if len(self.signatures) < MAX_CHECKED:
            self.signatures[signature(exchange)] = exchange.connection.id
        else:
            self.unchecked += 1
        self._want(ranges)
        wanted = self._wanted[exchange.connection.id]
        for index, stream in enumerate(exchange.connection.streams):
            if stream.started:
                wanted.bases[index] = (stream.expected - stream.span) & MASK
        for key in self._presupposes(exchange) if self._has_context else ():
            lesson = self._lessons.get(key)
            if lesson is not None and not lesson.wanted:
                lesson.wanted = True
                self.presupposed += not lesson.matches
                self._want(lesson.ranges)

    def settle(self) -> None:
        """End the capture: what is wanted is known now."""
        for wanted in self._wanted.values():
            for ranges in wanted.ranges:
                ranges.settle()
        if self.is_whole:
            self.whole |= self._wanted.keys()

    def wants(self, stream: Stream, segment: Segment) -> bool:
        """Say whether a segment of a stream is to be kept.

        That is so for every segment with a byte that is wanted, once more or for the first time, for the
        acknowledgments of these bytes, and for what begins and ends the connection.
        """
        connection = stream.connection
        if connection.id in self.whole:
            return True
        wanted = self._wanted.get(connection.id)
        if wanted is None:
            return False
        if segment.flags & (SYN | FIN | RST):
            return True
        own = 0 if stream is connection.streams[0] else 1
        length = len(segment.payload) + segment.missing
        if length:
            offset = _position(stream, segment.sequence, wanted.bases[own])
            return wanted.ranges[own].overlap(offset, offset + length)
        peer = stream.peer
        reached = _position(peer, segment.acknowledgment, wanted.bases[1 - own])
        if wanted.ranges[1 - own].touch(reached) or (reached == 0 and peer.initial is not None):
            return True
        return peer.finish is not None and reached > _position(peer, peer.finish, wanted.bases[1 - own])

    def _range(self, exchange: Exchange, message: Message) -> _Range:
        """Return where a message is, from the first byte of a packet on."""
        connection, frame = exchange.connection, message.frame
        if connection.decrypted:  # the offsets are those of the plaintext
            self._encrypted[connection.id] = None
            _bound(self._encrypted)
        sender = connection.client if message.side == "request" else connection.server
        index = 0 if connection.streams[0].source == sender else 1
        start, end = frame.offset, frame.offset + PREFIX_SIZE + frame.size
        run = self._runs.pop((connection.id, index), None)
        lead = start
        if run is not None and run.end == start and frame.first_packet <= run.packet:
            lead = run.start
        self._runs[connection.id, index] = _Run(lead, end, frame.packet_number)
        _bound(self._runs)
        return _Range(connection.id, index, lead if start - lead <= MAX_LEAD else start, end)

    def _want(self, ranges: list[_Range]) -> None:
        for connection, stream, start, end in ranges:
            wanted = self._wanted.get(connection)
            if wanted is None:
                wanted = self._wanted[connection] = _Wanted()
            wanted.ranges[stream].add(start, end)
            if connection in self._encrypted:
                self.whole.add(connection)

    def _learn(self, exchange: Exchange, ranges: list[_Range], matches: bool) -> None:
        """Note what an exchange teaches those that come after it."""
        connection = exchange.connection
        if exchange.mechanism is not None:
            self._logins[connection.id] = None
            _bound(self._logins)
        # With nothing missing before it, it settles as early as it did: those that come after it find its lesson.
        is_near = all(end <= MAX_BEGINNING for *_, end in ranges) and connection.id not in self._logins
        if is_near and all(stream.initial is not None for stream in connection.streams):
            ranges = [span._replace(start=0) for span in ranges]
        lesson = _Lesson(ranges, matches=matches)
        if exchange.topic_names is not self._topics:  # they are replaced where one was learned
            for topic_id, name in exchange.topic_names.items():
                if self._topics.get(topic_id) != name:
                    self._note(("topic", topic_id), lesson)
            self._topics = exchange.topic_names
        if exchange.api_key == JOIN_GROUP and exchange.group is not None:
            self._note(_group(exchange), lesson)
        elif exchange.api_key == SASL_HANDSHAKE:
            self._note(("login", connection.id), lesson)

    def _note(self, key: Any, lesson: _Lesson) -> None:
        self._lessons.pop(key, None)
        self._lessons[key] = lesson
        _bound(self._lessons)

    def _presupposes(self, exchange: Exchange) -> Iterator[Any]:
        """Yield the keys of the lessons without which an exchange can be read less well."""
        if exchange.mechanism is not None:
            yield "login", exchange.connection.id
        if exchange.api_key in (JOIN_GROUP, SYNC_GROUP):
            yield _group(exchange)
        ids = set(facts.each_topic_id(exchange))
        if ids:
            own = TopicNames()
            for message in (exchange.request, exchange.response):
                if message is not None:
                    own.learn(message)
            for topic_id in ids - own.known.keys():
                yield "topic", topic_id


class Selection:
    """Which packets of a capture a plan wants; a bit is kept for each."""

    def __init__(self, plan: Plan, **options: Unpack[Options]) -> None:
        self.packets = 0
        self.chosen = 0
        self._plan = plan
        self._segments = SegmentDecoder(options.get("links"))
        self._reassembler = Reassembler(options.get("stream_limits"))
        self._bits = bytearray()

    def feed(self, packet: Packet) -> None:
        """Take the next packet of the capture; they must come all."""
        self.packets += 1
        segment = self._segments.decode(packet)
        if isinstance(segment, Skipped):
            return
        self._reassembler.feed(segment)
        stream = self._reassembler.stream(segment.source, segment.destination)
        if stream is not None and self._plan.wants(stream, segment):
            for number in self._segments.carriers(segment):
                self._choose(number)

    def __contains__(self, number: int) -> bool:
        place, bit = divmod(number, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def _choose(self, number: int) -> None:
        place, bit = divmod(number, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits) + 4096))
        if not self._bits[place] >> bit & 1:
            self._bits[place] |= 1 << bit
            self.chosen += 1


class Check:
    """Reads what was selected, to see that the exchanges of a plan can be told from it."""

    def __init__(self, plan: Plan, **options: Unpack[Options]) -> None:
        self._dissection = Dissection(**options)
        self._left = dict(plan.signatures)

    def feed(self, packet: Packet) -> None:
        """Take the next packet that was selected."""
        self._find(self._dissection.feed(packet))

    def finish(self) -> list[int]:
        """End the capture; return the connection of each exchange that cannot be told."""
        self._find(self._dissection.finish())
        return list(self._left.values())

    def _find(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            self._left.pop(signature(exchange), None)


def signature(exchange: Exchange) -> int:
    """Return a number that two exchanges share only if they are the same bytes, of the same packets, read the same."""
    return hash((exchange.outcome, _signature(exchange.request), _signature(exchange.response)))


def _signature(message: Message | None) -> tuple[object, ...] | None:
    if message is None:
        return None
    frame = message.frame
    return frame.packet_number, frame.size, frame.data, frame.rest, message.api_key, message.api_version


def _bound(remembered: dict[Any, Any]) -> None:
    """Forget what was remembered first where there is too much."""
    if len(remembered) > MAX_REMEMBERED:
        del remembered[next(iter(remembered))]


def _group(exchange: Exchange) -> tuple[object, ...]:
    group_id = exchange.request.peek("group_id") if exchange.request is not None else None
    return "group", exchange.connection.server, group_id


def _position(stream: Stream, sequence: int, base: int | None) -> int:
    """Return the stream offset of a sequence number; `base` tells it before the stream has started."""
    if stream.started or base is None:
        return stream.position(sequence)
    distance = (sequence - base) & MASK
    return distance if distance < _HALF else distance - (1 << 32)

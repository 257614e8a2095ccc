"""A connection that speaks Kafka: its two streams become frames, and the frames exchanges. Sans-I/O."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from dissector import fastpath, reassembly
from dissector.correlation import Correlator
from dissector.events import Data, Gap
from dissector.framing import Frame, Framer, Unframed
from dissector.ledger import Category, Ledger
from dissector.protocols import foreign_protocol
from dissector.recognition import MAX_REQUEST_SIZE, MAX_RESPONSE_SIZE, request_plausibility
from dissector.resync import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dissector.correlation import Knowledge, TakePair
    from dissector.exchanges import Exchange
    from dissector.fastpath import Sink
    from dissector.inference import Asked, Trials
    from dissector.reassembly import Connection
    from dissector.streams import Stream
    from structs.grammar import Side
    from structs.records import Limits

_MAX_HELD: Final = 4 << 20
_EVENT_OVERHEAD: Final = 256  # bytes that an event costs while it is held, beside its payload
_MAX_HELD_ALONE: Final = 256 << 10  # the same, where nothing of the other direction was captured
_SHORTLY_BEFORE: Final = 1000
_STEP: Final = 4096  # by which correlation ids rise at most, from one response to the next
_SMALLEST: Final = 6  # bytes of a response: a correlation id and an error code
_INT32: Final = struct.Struct(">i")  # a length, a correlation id

_make = tuple.__new__  # a named tuple's own constructor takes twice as long

_CLOSE_REASONS: Final = {
    reassembly.FINISHED: "connection_closed",
    reassembly.RESET: "connection_reset",
    reassembly.REUSED: "connection_replaced",
    reassembly.JUMPED: "connection_replaced",
    reassembly.EVICTED: "too_many_connections",
    reassembly.IDLE: "connection_idle",
    reassembly.CAPTURE_ENDED: "capture_ended",
}


class _Direction:
    """One direction of a conversation; `sink` takes what is predicted of its stream."""

    __slots__ = ("_conversation", "_side", "framer", "sink")

    def __init__(self, conversation: Conversation, stream: Stream, side: Side, framer: Framer) -> None:
        self._conversation = conversation
        self._side: Side = side
        self.framer = framer
        usual = fastpath.requests if side == "request" else fastpath.responses
        self.sink = usual(stream, framer, conversation._correlator, self.take)

    def take(
        self, stream: Stream, offset: int, payload: bytes, packet_number: int, timestamp: int, digits: int
    ) -> Sequence[Exchange]:
        """Take the next bytes of the stream, the fields of a `Data`; return what settles with them."""
        framer, conversation = self.framer, self._conversation
        if conversation._held or not framer.synchronised:
            return conversation.feed(_make(Data, (stream, offset, payload, packet_number, timestamp, digits)))
        # What nearly all bytes are: between known boundaries.
        results = framer.cut(stream, offset, payload, packet_number, timestamp, digits)
        return conversation._take(self._side, results) if results else ()


class Conversation:
    """What two ends of a connection say to one another, as Kafka.

    `asked` collects what its server is asked for, `trials` reads responses whose requests are not there. A connection
    that was taken for Kafka by its port may show with its first bytes that it is something else.

    Where the capture begins in the middle of a connection, or misses bytes, responses are recognised by the requests
    that wait for them: their bytes are held until the requests before them are known, `_MAX_HELD` bytes at most. Where
    there are no requests, they are recognised by what they say: whole responses in a row, with rising correlation ids.
    """

    def __init__(
        self,
        connection: Connection,
        ledger: Ledger,
        trials: Trials,
        asked: Asked,
        record_limits: Limits,
        knowledge: Knowledge,
        take_pair: TakePair | None,
    ) -> None:
        self._connection = connection
        self._ledger = ledger
        self._trials = trials
        self._not_kafka: str | None = None
        self._correlator = Correlator(
            connection,
            ledger,
            trials=trials,
            asked=asked,
            record_limits=record_limits,
            requests_are_held=self._requests_are_held,
            knowledge=knowledge,
            take_pair=take_pair,
        )
        self._framers: dict[Side, Framer] = {}
        self._directions: dict[Stream, _Direction] = {}
        self._held: list[Data | Gap] = []
        self._held_bytes = 0

    def feed(self, event: Data | Gap) -> Sequence[Exchange]:
        """Take the next bytes, or a gap, of one direction; return what settles with it."""
        direction = self._directions.get(event.stream)
        if direction is None or isinstance(event, Gap) or self._held or not direction.framer.synchronised:
            return self._feed(event)
        return direction.take(*event)

    def sink(self, stream: Stream) -> Sink | None:
        """Return what takes the next segment of a stream in the place of `feed`; None if nothing came of it yet."""
        direction = self._directions.get(stream)
        return None if direction is None else direction.sink

    def _feed(self, event: Data | Gap) -> Sequence[Exchange]:
        """Take an event where boundaries are not known, or may not be."""
        side: Side = "response" if event.source == self._connection.server else "request"
        if side not in self._framers and self._not_kafka is None:
            self._start(side, event)
        if self._not_kafka is not None:
            if isinstance(event, Data):
                self._ledger.book(Category.NOT_KAFKA, len(event.payload), self._not_kafka, event.packet_number)
            return ()
        settled: list[Exchange] = []
        if side == "response" and (self._held or self._waits_for_requests()):
            self._held.append(event)
            self._held_bytes += _EVENT_OVERHEAD + (len(event.payload) if isinstance(event, Data) else 0)
        else:
            settled += self._frame(side, event)
        # Not with a request: others that were captured before the responses may come with the same packet.
        if side == "response" and not self._waits_for_requests():
            settled += self._release()
        return settled

    def close(self, cause: str) -> Iterator[Exchange]:
        """End the connection."""
        if "request" in self._framers:
            yield from self._take("request", self._framers["request"].finish(cause))
        yield from self._release()
        if "response" in self._framers:
            yield from self._take("response", self._framers["response"].finish(cause))
        yield from self._correlator.close(_CLOSE_REASONS[cause])

    @property
    def held_bytes(self) -> int:
        """What is held costs: requests that wait for responses, responses that wait for boundaries, frames begun."""
        framing = sum(framer.buffered for framer in self._framers.values())
        return self._correlator.held_bytes + self._held_bytes + framing

    @property
    def oldest(self) -> int:
        """Since when nothing has become of what it holds: nanoseconds since the epoch."""
        held = next((event.timestamp for event in self._held if isinstance(event, Data)), None)
        times = [self._correlator.oldest, held, *(framer.progress for framer in self._framers.values())]
        return min((time for time in times if time is not None), default=0)

    def expire(self, now: int, response_timeout: int) -> Iterator[Exchange]:
        """Settle what has waited for too long at a time of the capture; both are nanoseconds."""
        return self._correlator.expire(now, response_timeout)

    def shrink(self) -> Iterator[Exchange]:
        """Let go of the older half of what is held, for want of memory; the ledger and the exchanges say so."""
        for framer in self._framers.values():
            framer.shrink()
        yield from self._correlator.shrink()
        yield from self._release()

    def _requests_are_held(self) -> bool:
        server = self._connection.server
        return any(stream.pending for stream in self._connection.streams if stream.destination == server)

    def _waits_for_requests(self) -> bool:
        if "response" not in self._framers or self._framers["response"].synchronised:
            return False
        if self._held_bytes >= (_MAX_HELD if "request" in self._framers else _MAX_HELD_ALONE):
            return False
        if "request" not in self._framers or not self._framers["request"].synchronised:
            return True
        return self._requests_are_held()

    def _release(self) -> list[Exchange]:
        """Hand on the responses that were held."""
        held, self._held, self._held_bytes = self._held, [], 0
        return [exchange for event in held for exchange in self._frame("response", event)]

    def _frame(self, side: Side, event: Data | Gap) -> list[Exchange]:
        framer = self._framers[side]
        was_synchronised = framer.synchronised
        settled = self._take(side, framer.feed(event))
        if was_synchronised and isinstance(event, Gap) and not framer.synchronised:
            self._correlator.lost(side)  # whole frames, maybe, of which nothing is left
        return settled

    def _take(self, side: Side, results: Sequence[Frame | Unframed]) -> list[Exchange]:
        settled: list[Exchange] = []
        correlate = self._correlator.request if side == "request" else self._correlator.response
        for result in results:
            if isinstance(result, Frame):
                settled += correlate(result)
            else:
                self._ledger.book(Category.UNDECODED, result.length, result.cause, result.packet_number)
                self._correlator.lost(side)
        return settled

    def _start(self, side: Side, event: Data | Gap) -> None:
        """Make the framer of a side with its first bytes; they may show that it does not speak Kafka."""
        is_start = event.stream.initial is not None
        if is_start and isinstance(event, Data):
            protocol = foreign_protocol(event.payload)
            server = self._connection.server
            if protocol is not None and server is not None:
                self._not_kafka = f"{protocol} on port {server.port}"
        framer = self._framers[side] = Framer(
            request_plausibility if side == "request" else self._response_plausibility,
            synchronised=is_start,
            max_size=MAX_REQUEST_SIZE if side == "request" else MAX_RESPONSE_SIZE,
            search_inside=True,
            whole=None if side == "request" else self._weigh_response,
        )
        if self._not_kafka is None:
            self._directions[event.stream] = _Direction(self, event.stream, side, framer)

    def _response_plausibility(self, size: int, head: bytes) -> int:
        """Weigh what may be the start of a response.

        3 where a request waits for it, which is evidence enough at the start of a segment; 1 where its correlation id
        is a little below the oldest that waits: its request may have come before the capture; 0 otherwise. Where there
        are no requests at all, whole responses must speak for themselves (see `_weigh_response`).
        """
        if size < _INT32.size or len(head) < _INT32.size:
            return 0
        if not self._correlator.has_seen_requests:
            return WHOLE if size >= _SMALLEST else 0
        distance = self._correlator.distance(_INT32.unpack_from(head)[0])
        if distance is None:
            return 0
        return 3 if distance == 0 else int(distance <= _SHORTLY_BEFORE)

    def _weigh_response(self, previous: bytes, data: bytes) -> int:
        """Weigh what may be a whole response, behind another one with a smaller correlation id.

        3 where it reads as the answer to the request that waits for it. Where there are no requests at all: 2 where it
        reads as the response of exactly one API, 1 where of several, since most small responses do.
        """
        if previous and not 0 < (_INT32.unpack_from(data)[0] - _INT32.unpack_from(previous)[0]) & 0xFFFFFFFF <= _STEP:
            return 0
        if self._correlator.has_seen_requests:
            return 3 if self._correlator.reads(Frame(0, len(data), data, (), (), 0, 0, 0, 0)) else 0
        fitting = min(2, self._trials.fitting(data)) if any(data) else 0
        return 3 - fitting if fitting else 0

"""Requests and the responses that answer them.

A broker answers the requests of a connection strictly in their order, so responses are matched first in, first out,
and the correlation id is held against the match. The id alone would not do: clients reuse ids (the consumers of 0.8
always send 0), Java keeps eight of them for SASL, and they wrap to negative numbers.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.exchanges import Exchange, Outcome
from dissector.identifiers import RecentIds
from dissector.inference import Asked, Trials
from dissector.messages import Message, correlation_id_of, read_orphan, read_request, read_response, read_token
from dissector.recognition import GSSAPI_TOKEN, is_plausible_request, response_points
from structs.headers import PRODUCE, SASL_AUTHENTICATE, SASL_HANDSHAKE
from structs.records import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dissector.framing import Frame
    from dissector.ledger import Ledger
    from dissector.reassembly import Connection
    from structs.grammar import Side

MAX_PENDING: Final = 100_000
MAX_PENDING_BYTES: Final = 64 << 20
RESPONSE_PATIENCE: Final = 64
_PATIENCE_TIME: Final = 5_000_000_000  # nanoseconds; for what else waits for frames, where no more of them come
_PENDING_OVERHEAD: Final = 1024  # bytes that a request costs while it waits, beside its frame's
_GIVEN_UP_REMEMBERED: Final = 1024
_LOOKED_AT: Final = 64  # requests that wait, for one with an id: this is asked at every byte of a response's stream

# Java's clients keep these ids for SASL and use them again whenever they authenticate anew (SaslClientAuthenticator).
SASL_IDS: Final = range(2**31 - 8, 2**31)
_ANSWERED: Final = Outcome.ANSWERED  # a member of an enumeration takes long to look up
_GSSAPI: Final = bytes([GSSAPI_TOKEN])
_NO_NAMES: Final[Mapping[str, str]] = {}
_make = tuple.__new__  # a named tuple's own constructor takes twice as long


class _Pending(NamedTuple):
    """A request that waits for its response, how many frames of the connection came before it, and its bytes."""

    message: Message
    position: int
    captured: int


class _Waiting(NamedTuple):
    """A response without its request, and what had been seen of the connection when it came."""

    frame: Frame
    frames_seen: int
    requests_seen: bool


class Correlator:
    """Pairs the frames of one connection; sans-I/O: it is fed frames and yields exchanges as they settle.

    A response may come before its request where the capture itself is out of order: it is kept for
    `response_patience` frames before it counts as an orphan, and as long as `requests_are_held`, which says whether
    requests were captured that are not handed on yet, since bytes before them are missing. A Produce with acks=0 waits
    no longer than that either, in case that it is answered: some servers do. At most `max_pending` requests wait for
    their responses, and `max_pending_bytes` bytes of them; beyond, the oldest count as unanswered. Requests that were
    given up are remembered for their responses, which come before those of later requests.

    Responses without requests are read by trial, as far as `trials` go; `asked` collects what the server was asked for.
    """

    def __init__(
        self,
        connection: Connection,
        ledger: Ledger,
        *,
        max_pending: int = MAX_PENDING,
        max_pending_bytes: int = MAX_PENDING_BYTES,
        response_patience: int = RESPONSE_PATIENCE,
        trials: Trials | None = None,
        asked: Asked | None = None,
        record_limits: Limits = DEFAULT,
        requests_are_held: Callable[[], bool] | None = None,
    ) -> None:
        self._connection = connection
        self._requests_are_held = requests_are_held or (lambda: False)
        self._ledger = ledger
        self._record_limits = record_limits
        self._max_pending = max_pending
        self._max_pending_bytes = max_pending_bytes
        self._pending_bytes = 0
        self._response_patience = response_patience
        self._trials = Trials() if trials is None else trials
        self._asked: tuple[Asked, Asked] = (set(), set() if asked is None else asked)
        self._pending: deque[_Pending] = deque()
        self._pending_ids: dict[int | None, int] = {}  # how many: a response without a request costs no search
        self._given_up: deque[Message] = deque(maxlen=_GIVEN_UP_REMEMBERED)  # their headers
        self._answers_produce = False
        self._responses: deque[_Waiting] = deque()
        self._frames_seen = 0
        self._tokens_expected = False
        self._mechanism: str | None = None
        self._requests_seen = False
        self._recent_ids = RecentIds()
        self._lost_at: dict[Side, int] = {}

    def feed(self, side: Side, frame: Frame) -> list[Exchange]:
        """Take the next frame of one side and return what settles with it."""
        settled: list[Exchange] = []
        self._frames_seen += 1
        if side == "request":
            self._take_request(frame, settled)
        elif (
            self._pending
            and not (self._responses or self._given_up or self._lost_at)
            and (expected := self._pending[0].message.correlation_id) is not None
            and expected == correlation_id_of(frame)
        ):
            # What nearly all responses are: the answer to the oldest request.
            self._answer(frame, settled)
        else:
            self._responses.append(_Waiting(frame, self._frames_seen, self._requests_seen))
        if self._responses:
            self._match(settled)
            self._lose_patience(side, frame, settled)
        if self._pending and self._frames_seen - self._pending[0].position >= self._response_patience:
            self._settle_unacknowledged(settled)
        return settled

    def lost(self, side: Side) -> None:
        """Note that a side lost an unknown number of frames: from here on an id that is reused proves nothing."""
        self._lost_at[side] = self._frames_seen

    def distance(self, correlation_id: int) -> int | None:
        """Return 0 if a request with this id waits, else how far the id lies below the oldest that does.

        None where it lies above, or no request waits.
        """
        if correlation_id in self._pending_ids:
            return 0
        ids = (waiting.message.correlation_id for waiting in islice(self._pending, _LOOKED_AT))
        oldest = next((number for number in ids if number is not None), correlation_id)
        return oldest - correlation_id if correlation_id < oldest else None

    @property
    def has_seen_requests(self) -> bool:
        """Whether any request of the connection was found."""
        return self._requests_seen

    def reads(self, frame: Frame) -> bool:
        """Say whether a whole frame reads as the answer to a request that waits, with error codes that Kafka has."""
        number = correlation_id_of(frame)
        if number is None or number not in self._pending_ids:
            return False
        index = self._index(number)
        request = None if index is None else self._pending[index].message
        return request is not None and request.grammar is not None and response_points(frame, request.frame) > 0

    @property
    def held_bytes(self) -> int:
        """What the requests and responses that wait cost."""
        responses = sum(waiting.frame.captured for waiting in self._responses)
        return self._pending_bytes + responses + _PENDING_OVERHEAD * (len(self._pending) + len(self._responses))

    @property
    def oldest(self) -> int | None:
        """When the request that has waited longest was captured: nanoseconds since the epoch; None if none waits."""
        return self._pending[0].message.timestamp if self._pending else None

    def expire(self, now: int, response_timeout: int) -> Iterator[Exchange]:
        """Settle what has waited for too long at a time of the capture; both are nanoseconds."""
        patience = now - min(_PATIENCE_TIME, response_timeout)
        while self._responses and self._responses[0].frame.timestamp <= patience:
            yield self._orphan(self._responses.popleft())
        while self._pending:
            message = self._pending[0].message
            if message.timestamp > now - response_timeout and not (
                message.timestamp <= patience and not message.is_token and _expects_no_response(message)
            ):
                break
            yield self._give_up("no_response_in_time")

    def shrink(self) -> Iterator[Exchange]:
        """Settle the responses that wait, and half of the requests, the oldest, for want of memory."""
        while self._responses:
            yield self._orphan(self._responses.popleft())
        for _ in range((len(self._pending) + 1) // 2):
            yield self._give_up("too_many_pending")

    def close(self, reason: str) -> Iterator[Exchange]:
        """Settle everything that is still open."""
        settled: list[Exchange] = []
        self._match(settled)
        yield from settled
        while self._responses:
            yield self._orphan(self._responses.popleft())
        while self._pending:
            yield self._without_response(self._next(), reason)

    def _take_request(self, frame: Frame, settled: list[Exchange]) -> None:
        last = self._pending[-1].message.api_key if self._pending else None
        # Only at the beginning of a connection, and after a handshake, may this be something else than a request.
        may_be_token = not self._requests_seen or self._tokens_expected or last == SASL_HANDSHAKE
        if may_be_token and self._is_token(frame):
            message = read_token(frame, "request", self._ledger)
            self._mechanism = self._mechanism or "GSSAPI"  # the only one without a handshake
        else:
            self._tokens_expected = False
            message = read_request(frame, self._ledger, self._record_limits)
            self._note(message)
            if message.api_key == SASL_HANDSHAKE:
                mechanism = message.peek("mechanism")
                self._mechanism = mechanism if isinstance(mechanism, str) else None
        self._requests_seen = True
        number, captured = message.correlation_id, frame.captured
        self._pending.append(_make(_Pending, (message, self._frames_seen, captured)))
        self._pending_ids[number] = self._pending_ids.get(number, 0) + 1
        self._pending_bytes += captured
        while len(self._pending) > self._max_pending or (
            self._pending_bytes > self._max_pending_bytes and len(self._pending) > 1
        ):
            settled.append(self._give_up("too_many_pending"))

    def _give_up(self, reason: str) -> Exchange:
        """Settle the oldest request without a response, and remember it in case that one comes yet."""
        message = self._next()
        exchange = self._without_response(message, reason)
        if exchange.outcome is Outcome.UNANSWERED:
            if len(self._given_up) == _GIVEN_UP_REMEMBERED:
                self.lost("request")
            self._given_up.append(self._without_body(message))
        return exchange

    def _note(self, request: Message) -> None:
        """Remember what was asked for, and whether the client uses ids again."""
        if request.api_key is not None and request.api_version is not None and request.grammar is not None:
            api = request.api_key, request.api_version
            if api not in self._asked[0]:
                for asked in self._asked:
                    asked.add(api)
        number = request.correlation_id
        if number is not None and number not in SASL_IDS:
            self._recent_ids.note(number)

    def _next(self) -> Message:
        """Take the oldest request that waits."""
        message, _, captured = self._pending.popleft()
        number = message.correlation_id
        left = self._pending_ids.pop(number) - 1
        if left:
            self._pending_ids[number] = left
        self._pending_bytes -= captured
        return message

    def _is_token(self, frame: Frame) -> bool:
        last = self._pending[-1].message if self._pending else None
        if last is not None and last.api_key == SASL_HANDSHAKE and last.api_version == 0:
            self._tokens_expected = True  # its answer was not captured, or comes later
        if self._tokens_expected:
            return not is_plausible_request(frame.data)
        # A 0.9 client with GSSAPI sends its first token with nothing before it, and the others after that.
        self._tokens_expected = not self._requests_seen and frame.data[:1] == _GSSAPI
        return self._tokens_expected

    def _match(self, settled: list[Exchange]) -> None:
        """Pair the responses at hand; one that finds its request proves those before it to be orphans."""
        while self._given_up and self._responses and (late := self._late(self._responses[0].frame)) is not None:
            self._responses.popleft()
            settled.append(self._settle(None, late, Outcome.ORPHAN_RESPONSE, "request_given_up"))
        while True:
            for position, waiting in enumerate(self._responses):
                index = self._request_of(waiting.frame)
                if index is not None:
                    settled += [self._orphan(self._responses.popleft()) for _ in range(position)]
                    self._responses.popleft()
                    self._pair(waiting, index, settled)
                    break
            else:
                break

    def _lose_patience(self, side: Side, frame: Frame, settled: list[Exchange]) -> None:
        """Settle the responses that have waited for too long, unless requests captured before them are yet to come."""
        while self._responses and self._frames_seen - self._responses[0].frames_seen >= self._response_patience:
            if side == "request":
                is_early = frame.packet_number < self._responses[0].frame.packet_number
            else:
                is_early = self._requests_are_held()
            if is_early:
                return
            settled.append(self._orphan(self._responses.popleft()))

    def _settle_unacknowledged(self, settled: list[Exchange]) -> None:
        """Settle the oldest requests if they are Produce with acks=0, where no Produce was answered."""
        while (
            self._pending
            and self._frames_seen - self._pending[0].position >= self._response_patience
            and not self._answers_produce
            and not self._pending[0].message.is_token
            and _expects_no_response(self._pending[0].message)
        ):
            settled.append(self._without_response(self._next(), "acks_0"))

    def _without_body(self, request: Message) -> Message:
        """Return what it takes to read a response to a request, without the request's bytes."""
        kept = Message(request.frame._replace(data=b"", rest=()), "request", self._ledger)
        kept.api, kept.api_key, kept.api_version = request.api, request.api_key, request.api_version
        kept.correlation_id = request.correlation_id
        return kept

    def _late(self, frame: Frame) -> Message | None:
        """Return the response in a frame if it answers a request that was given up."""
        correlation_id = correlation_id_of(frame)
        for index, request in enumerate(self._given_up):
            if correlation_id is not None and request.correlation_id == correlation_id:
                for _ in range(index + 1):
                    self._given_up.popleft()
                return read_response(frame, request, self._ledger, self._record_limits)
        return None

    def _request_of(self, frame: Frame) -> int | None:
        """Return the index of the pending request that a response answers."""
        if not self._pending:
            return None
        correlation_id = correlation_id_of(frame)
        if correlation_id is None and self._given_up:
            return None
        first = self._pending[0].message
        if first.is_token:
            answers_next = len(self._pending) > 1 and correlation_id == self._pending[1].message.correlation_id
            return 1 if answers_next and correlation_id is not None else 0
        if correlation_id is None or (first.correlation_id is None and first.frame.missing):
            # Cut off by the snap length: order says it all, unless anything is lost, or was not to be answered.
            is_next = len(self._pending) == 1 or _expects_response(first)
            return 0 if is_next and not self._lost_at else None
        return self._index(correlation_id) if correlation_id in self._pending_ids else None

    def _index(self, correlation_id: int) -> int | None:
        """Return where in the queue the oldest request with this id is."""
        for index, (request, _, _) in enumerate(self._pending):
            if not request.is_token and request.correlation_id == correlation_id:
                return index
        return None

    def _pair(self, waiting: _Waiting, index: int, settled: list[Exchange]) -> None:
        frame = waiting.frame
        reason = "lost_in_capture" if "response" in self._lost_at else "skipped_by_server"
        settled += [self._without_response(self._next(), reason) for _ in range(index)]
        request, position, _ = self._pending[0]
        if self._lost_at and not request.is_token:
            if self._is_ambiguous(request, frame):
                orphan = self._read_orphan(frame)
                settled.append(self._settle(None, orphan, Outcome.ORPHAN_RESPONSE, "ambiguous_correlation_id"))
                return
            self._forget_losses(position, waiting.frames_seen)
        self._given_up.clear()  # what is answered later than its successor is not answered
        self._answer(frame, settled)

    def _answer(self, frame: Frame, settled: list[Exchange]) -> None:
        """Take a response for the answer to the oldest request."""
        request = self._next()
        if request.is_token:
            token = read_token(frame, "response", self._ledger)
            settled.append(self._settle(request, token, Outcome.OPAQUE, "sasl_token"))
            return
        response = read_response(frame, request, self._ledger, self._record_limits)
        if request.api_key == PRODUCE:
            self._answers_produce = True
        elif request.api_key == SASL_HANDSHAKE and response.peek("error_code") == 0:
            self._tokens_expected = request.api_version == 0
        settled.append(self._settle(request, response, _ANSWERED, None))

    def _is_ambiguous(self, request: Message, frame: Frame) -> bool:
        """Say whether a response may answer, by its id, a request that was lost rather than this one.

        That is so where ids are used again: it was seen before, the id is one of those that are, all ids so far are 0
        (old consumers send nothing else), or what is whole of the response does not read as an answer to this request.
        """
        ids = self._recent_ids
        if ids.are_reused or ids.are_all_zero or request.correlation_id in SASL_IDS:
            return True
        return not frame.missing and not read_response(frame, request, self._ledger, self._record_limits).is_sound

    def _forget_losses(self, request: int, response: int) -> None:
        """Forget what was lost before a pair that is certain: it has nothing to do with what comes after."""
        positions: dict[Side, int] = {"request": request, "response": response}
        for side, position in positions.items():
            if self._lost_at.get(side, position) < position:
                del self._lost_at[side]

    def _read_orphan(self, frame: Frame) -> Message:
        return read_orphan(frame, self._trials, self._asked, self._ledger, self._record_limits)

    def _orphan(self, waiting: _Waiting) -> Exchange:
        response = self._read_orphan(waiting.frame)
        reason = "lost_in_capture" if waiting.requests_seen else "request_before_capture"
        return self._settle(None, response, Outcome.ORPHAN_RESPONSE, reason)

    def _without_response(self, request: Message, reason: str) -> Exchange:
        if request.is_token:
            return self._settle(request, None, Outcome.OPAQUE, "sasl_token")
        if _expects_no_response(request):
            return self._settle(request, None, Outcome.NO_RESPONSE_EXPECTED, "acks_0")
        return self._settle(request, None, Outcome.UNANSWERED, reason)

    def _settle(
        self, request: Message | None, response: Message | None, outcome: Outcome, reason: str | None
    ) -> Exchange:
        if request is not None:
            request.book()
        if response is not None:
            response.book()
        exchange = Exchange(self._connection, request, response, outcome, reason, _NO_NAMES)
        head = request or response
        if self._mechanism is not None and head is not None and (head.is_token or head.api_key == SASL_AUTHENTICATE):
            exchange.mechanism = self._mechanism
        return exchange


def _expects_response(request: Message) -> bool:
    """Say whether a request is certainly answered; the acks of a Produce may be cut off."""
    return request.api_key is not None and (request.api_key != PRODUCE or request.peek("acks") not in (None, 0))


def _expects_no_response(request: Message) -> bool:
    """Say whether a request is a Produce with acks=0, which brokers do not answer (librdkafka's mock broker does)."""
    return request.api_key == PRODUCE and request.peek("acks") == 0

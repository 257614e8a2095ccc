"""Requests and the responses that answer them.

A broker answers the requests of a connection strictly in their order, so responses are matched first in, first out,
and the correlation id is held against the match. The id alone would not do: clients reuse ids (the consumers of 0.8
always send 0), Java keeps eight of them for SASL, and they wrap to negative numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from dissector.exchanges import Exchange, Outcome
from dissector.heads import Heads
from dissector.identifiers import RecentIds
from dissector.inference import Asked, Guess, Trials
from dissector.messages import Message, correlation_id_of, read_orphan, read_response, read_token
from dissector.pending import PendingRequests
from dissector.recognition import GSSAPI_TOKEN, is_plausible_request, response_points
from structs.headers import PRODUCE, SASL_AUTHENTICATE, SASL_HANDSHAKE
from structs.records import DEFAULT, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.framing import Frame, FrameFields
    from dissector.ledger import Ledger
    from dissector.reassembly import Connection
    from structs.grammar import Side

#: Takes a request and the fields of the `Frame` of its answer, in the place of their exchange, or says that it does
#: not. Who only counts, or keeps bytes, needs no exchange; those that teach something are not offered.
TakePair = Callable[[Message, "FrameFields"], bool]

MAX_PENDING: Final = 100_000
MAX_PENDING_BYTES: Final = 64 << 20
RESPONSE_PATIENCE: Final = 64
_PATIENCE_TIME: Final = 5_000_000_000  # nanoseconds; for what else waits for frames, where no more of them come
_PENDING_OVERHEAD: Final = 1024  # bytes that a request costs while it waits, beside its frame's
_GIVEN_UP_REMEMBERED: Final = 1024

# Java's clients keep these ids for SASL and use them again whenever they authenticate anew (SaslClientAuthenticator).
SASL_IDS: Final = range(2**31 - 8, 2**31)
_GSSAPI: Final = bytes([GSSAPI_TOKEN])
_ANSWERED: Final = Outcome.ANSWERED  # a member of an enumeration takes long to look up
_NO_GUESS: Final = Guess(None, None, 0)


class Knowledge(Protocol):
    """What the traffic taught so far; exchanges keep what was known when they settled."""

    @property
    def capture_start(self) -> int:
        """When the first packet of the capture was taken."""

    @property
    def topic_names(self) -> Mapping[str, str]:
        """Topic id -> name."""

    def teaches(self, api_key: int) -> bool:
        """Say whether exchanges of an API may teach anything."""

    def learn(self, exchange: Exchange) -> None:
        """Take over what an exchange of such an API says, and let it keep what is known with it."""


class _Nothing:
    """The knowledge of those who learn nothing."""

    capture_start = 0
    topic_names: Mapping[str, str] = {}

    def teaches(self, api_key: int) -> bool:  # noqa: ARG002
        return False

    def learn(self, exchange: Exchange) -> None:
        """Nothing is learned."""


class _Waiting(NamedTuple):
    """A response without its request, and what had been seen of the connection when it came.

    `number` counts the responses, from 1; `frames_seen` all frames.
    """

    frame: Frame
    number: int
    frames_seen: int
    requests_seen: bool


class Correlator:
    """Pairs the frames of one connection; sans-I/O: it is fed frames and returns exchanges as they settle.

    A response may come before its request where the capture itself is out of order: it is kept for
    `response_patience` frames before it counts as an orphan, and as long as `requests_are_held`, which says whether
    requests were captured that are not handed on yet, since bytes before them are missing. A Produce with acks=0 waits
    no longer than that either, in case that it is answered: some servers do. At most `max_pending` requests wait for
    their responses, and `max_pending_bytes` bytes of them; beyond, the oldest count as unanswered. Requests that were
    given up are remembered for their responses, which come before those of later requests.

    Responses without requests are read by trial, as far as `trials` go; `asked` collects what the server was asked for.
    Exchanges keep what `knowledge` there is when they settle.

    While `is_regular`, nothing waits but requests for responses, and `dissector.fastpath` may take usual messages in
    its place: those of which `heads` are known, by API key and version as they are sent. It counts them as they are
    counted here, and gives them to `take_pair`, if there is one, before it makes exchanges of them.
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
        knowledge: Knowledge | None = None,
        take_pair: TakePair | None = None,
    ) -> None:
        self.connection = connection
        self.take_pair = take_pair
        self._requests_are_held = requests_are_held or (lambda: False)
        self.ledger = ledger
        self._record_limits = record_limits
        self.knowledge: Knowledge = _Nothing() if knowledge is None else knowledge
        self.max_pending = max_pending
        self.max_pending_bytes = max_pending_bytes
        self._response_patience = response_patience
        self._trials = Trials() if trials is None else trials
        self._asked: tuple[Asked, Asked] = (set(), set() if asked is None else asked)
        self.heads = Heads(ledger, record_limits, self._asked, self.knowledge.teaches)
        self.pending = PendingRequests()
        self._unacknowledged: deque[int] = deque()  # how many frames came before each Produce, until answers are usual
        self._given_up: deque[Message] = deque(maxlen=_GIVEN_UP_REMEMBERED)  # their headers
        self._responses: deque[_Waiting] = deque()
        self._responses_seen = 0  # but for those that the fast path took
        self._tokens_expected = False
        self._mechanism: str | None = None
        self.recent_ids = RecentIds(besides=SASL_IDS)
        self._lost_at: dict[Side, int] = {}  # how many frames of the side came before
        self.is_regular = False

    def request(self, frame: Frame) -> list[Exchange]:
        """Take the next frame that the client sent and return what settles with it."""
        settled: list[Exchange] = []
        last = self.pending.messages[-1].api_key if self.pending.messages else None
        # Only at the beginning of a connection, and after a handshake, may this be something else than a request.
        may_be_token = not self.request_count or self._tokens_expected or last == SASL_HANDSHAKE
        if may_be_token and self._is_token(frame):
            message = read_token(frame, "request", self.ledger)
            self._mechanism = self._mechanism or "GSSAPI"  # the only one without a handshake
        else:
            self._tokens_expected = False
            message = self.heads.read_request(frame)
            if message.correlation_id is not None:
                self.recent_ids.note(message.correlation_id)
            if message.api_key == SASL_HANDSHAKE:
                mechanism = message.peek("mechanism")
                self._mechanism = mechanism if isinstance(mechanism, str) else None
        self.pending.add(message)
        if message.api_key == PRODUCE and not self.heads.answers_produce:
            if _expects_response(message):
                self._expect_answers_to_produce()
            else:
                self._unacknowledged.append(self._frames_seen)
        settled += self.bound()
        self._go_on("request", frame, settled)
        return settled

    def response(self, frame: Frame) -> list[Exchange]:
        """Take the next frame that the server sent and return what settles with it."""
        settled: list[Exchange] = []
        self._responses_seen += 1
        messages = self.pending.messages
        if (
            messages
            and not (self._responses or self._given_up or self._lost_at)
            and (expected := messages[0].correlation_id) is not None
            and expected == correlation_id_of(frame)
        ):
            self._answer(frame, settled)
        else:
            waiting = _Waiting(frame, self.response_count, self._frames_seen, self.has_seen_requests)
            self._responses.append(waiting)
        self._go_on("response", frame, settled)
        return settled

    def _go_on(self, side: Side, frame: Frame, settled: list[Exchange]) -> None:
        """See what else a frame settles, and whether what comes next may be taken by the short road."""
        if self._responses:
            self._match(settled)
            self._lose_patience(side, frame, settled)
        self._settle_unacknowledged(settled)
        self._judge()

    def _judge(self) -> None:
        """See whether everything is as usual: nothing lost, nothing that waits for anything but responses."""
        messages = self.pending.messages
        self.is_regular = (
            self.request_count > 0
            and not (self._tokens_expected or self._responses or self._given_up or self._lost_at)
            and not self._unacknowledged
            and not (messages and messages[-1].api_key == SASL_HANDSHAKE)
            and self.pending.let_ids_go()
        )

    @property
    def request_count(self) -> int:
        """How many requests were seen."""
        pending = self.pending
        return pending.taken + pending.answered + len(pending.messages)

    @property
    def response_count(self) -> int:
        """How many responses were seen."""
        return self._responses_seen + self.pending.answered

    @property
    def _frames_seen(self) -> int:
        return self.request_count + self.response_count

    def lost(self, side: Side) -> None:
        """Note that a side lost an unknown number of frames: from here on an id that is reused proves nothing."""
        self._lost_at[side] = self.request_count if side == "request" else self.response_count
        self.is_regular = False

    def distance(self, correlation_id: int) -> int | None:
        """Return 0 if a request with this id waits, else how far the id lies below the oldest that does.

        None where it lies above, or no request waits.
        """
        self.is_regular = False  # the ids that wait are counted from now on
        return self.pending.distance(correlation_id)

    @property
    def has_seen_requests(self) -> bool:
        """Whether any request of the connection was found."""
        return self.request_count > 0

    def reads(self, frame: Frame) -> bool:
        """Say whether a whole frame reads as the answer to a request that waits, with error codes that Kafka has."""
        number = correlation_id_of(frame)
        self.is_regular = False
        index = None if number is None else self.pending.index(number)
        request = None if index is None else self.pending.messages[index]
        return request is not None and request.grammar is not None and response_points(frame, request.frame) > 0

    @property
    def held_bytes(self) -> int:
        """What the requests and responses that wait cost."""
        responses = sum(waiting.frame.captured for waiting in self._responses)
        count = len(self.pending.messages) + len(self._responses)
        return self.pending.size + responses + _PENDING_OVERHEAD * count

    @property
    def oldest(self) -> int | None:
        """When the request that has waited longest was captured: nanoseconds since the epoch; None if none waits."""
        return self.pending.messages[0].timestamp if self.pending.messages else None

    def expire(self, now: int, response_timeout: int) -> Iterator[Exchange]:
        """Settle what has waited for too long at a time of the capture; both are nanoseconds."""
        patience = now - min(_PATIENCE_TIME, response_timeout)
        while self._responses and self._responses[0].frame.timestamp <= patience:
            yield self._orphan(self._responses.popleft())
        messages = self.pending.messages
        while messages:
            message = messages[0]
            if message.timestamp > now - response_timeout and not (
                message.timestamp <= patience and _expects_no_response(message)
            ):
                break
            yield self._give_up("no_response_in_time")
        self._judge()

    def shrink(self) -> Iterator[Exchange]:
        """Settle the responses that wait, and half of the requests, the oldest, for want of memory."""
        while self._responses:
            yield self._orphan(self._responses.popleft())
        for _ in range((len(self.pending.messages) + 1) // 2):
            yield self._give_up("too_many_pending")
        self._judge()

    def close(self, reason: str) -> Iterator[Exchange]:
        """Settle everything that is still open."""
        self.is_regular = False
        settled: list[Exchange] = []
        self._match(settled)
        yield from settled
        while self._responses:
            yield self._orphan(self._responses.popleft())
        while self.pending.messages:
            yield self._without_response(self._next(), reason)

    def bound(self) -> list[Exchange]:
        """Give up as many of the requests that wait as there are too many."""
        settled = []
        pending = self.pending
        while (waiting := len(pending.messages)) > self.max_pending or (
            pending.size > self.max_pending_bytes and waiting > 1
        ):
            settled.append(self._give_up("too_many_pending"))
        return settled

    def _give_up(self, reason: str) -> Exchange:
        """Settle the oldest request without a response, and remember it in case that one comes yet."""
        message = self._next()
        exchange = self._without_response(message, reason)
        if exchange.outcome is Outcome.UNANSWERED:
            if len(self._given_up) == _GIVEN_UP_REMEMBERED:
                self.lost("request")
            self._given_up.append(_without_body(message))
            self.is_regular = False
        return exchange

    def _next(self) -> Message:
        """Take the oldest request that waits."""
        message = self.pending.take()
        if self._unacknowledged and message.api_key == PRODUCE:
            self._unacknowledged.popleft()
        return message

    def _is_token(self, frame: Frame) -> bool:
        last = self.pending.messages[-1] if self.pending.messages else None
        if last is not None and last.api_key == SASL_HANDSHAKE and last.api_version == 0:
            self._tokens_expected = True  # its answer was not captured, or comes later
        if self._tokens_expected:
            return not is_plausible_request(frame.data)
        # A 0.9 client with GSSAPI sends its first token with nothing before it, and the others after that.
        self._tokens_expected = not self.request_count and frame.data[:1] == _GSSAPI
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
        messages = self.pending.messages
        while (
            self._unacknowledged
            and self._frames_seen - self._unacknowledged[0] >= self._response_patience
            and _expects_no_response(messages[0])
        ):
            settled.append(self._without_response(self._next(), "acks_0"))

    def _late(self, frame: Frame) -> Message | None:
        """Return the response in a frame if it answers a request that was given up."""
        correlation_id = correlation_id_of(frame)
        for index, request in enumerate(self._given_up):
            if correlation_id is not None and request.correlation_id == correlation_id:
                for _ in range(index + 1):
                    self._given_up.popleft()
                return read_response(frame, request, self.ledger, self._record_limits)
        return None

    def _request_of(self, frame: Frame) -> int | None:
        """Return the index of the pending request that a response answers."""
        messages = self.pending.messages
        if not messages:
            return None
        correlation_id = correlation_id_of(frame)
        if correlation_id is None and self._given_up:
            return None
        first = messages[0]
        if first.is_token:
            answers_next = len(messages) > 1 and correlation_id == messages[1].correlation_id
            return 1 if answers_next and correlation_id is not None else 0
        if correlation_id is None or (first.correlation_id is None and first.frame.missing):
            # Cut off by the snap length: order says it all, unless anything is lost, or was not to be answered.
            is_next = len(messages) == 1 or _expects_response(first)
            return 0 if is_next and not self._lost_at else None
        return self.pending.index(correlation_id)

    def _pair(self, waiting: _Waiting, index: int, settled: list[Exchange]) -> None:
        frame = waiting.frame
        reason = "lost_in_capture" if "response" in self._lost_at else "skipped_by_server"
        settled += [self._without_response(self._next(), reason) for _ in range(index)]
        request = self.pending.messages[0]
        if self._lost_at and not request.is_token:
            if self._is_ambiguous(request, frame):
                orphan = self._read_orphan(frame)
                settled.append(self._settle(None, orphan, Outcome.ORPHAN_RESPONSE, "ambiguous_correlation_id"))
                return
            self._forget_losses(waiting)
        self._given_up.clear()  # what is answered later than its successor is not answered
        self._answer(frame, settled)

    def _answer(self, frame: Frame, settled: list[Exchange]) -> None:
        """Take a response for the answer to the oldest request."""
        request = self._next()
        if request.is_token:
            token = read_token(frame, "response", self.ledger)
            settled.append(self._settle(request, token, Outcome.OPAQUE, "sasl_token"))
            return
        response = self.heads.read_response(frame, request)
        if request.api_key == PRODUCE:
            self._expect_answers_to_produce()
        elif request.api_key == SASL_HANDSHAKE and response.peek("error_code") == 0:
            self._tokens_expected = request.api_version == 0
        settled.append(self._settle(request, response, _ANSWERED, None))

    def _expect_answers_to_produce(self) -> None:
        """Take answers to Produce for usual from now on: one was answered, or asks for an answer."""
        if not self.heads.answers_produce:
            self.heads.expect_answers_to_produce()
            self._unacknowledged.clear()

    def _is_ambiguous(self, request: Message, frame: Frame) -> bool:
        """Say whether a response may answer, by its id, a request that was lost rather than this one.

        That is so where ids are used again: it was seen before, the id is one of those that are, all ids so far are 0
        (old consumers send nothing else), or what is whole of the response does not read as an answer to this request.
        """
        ids = self.recent_ids
        if ids.are_reused or ids.are_all_zero or request.correlation_id in SASL_IDS:
            return True
        return not frame.missing and not read_response(frame, request, self.ledger, self._record_limits).is_sound

    def _forget_losses(self, response: _Waiting) -> None:
        """Forget what was lost before a pair that is certain: it has nothing to do with what comes after."""
        request = self.request_count - len(self.pending.messages) + 1  # the number of the oldest that waits
        numbers: dict[Side, int] = {"request": request, "response": response.number}
        for side, number in numbers.items():
            if self._lost_at.get(side, number) < number:
                del self._lost_at[side]

    def _read_orphan(self, frame: Frame) -> Message:
        guess = _NO_GUESS if frame.missing else self._trials.response(frame.data, self._asked)
        return read_orphan(frame, guess, self.ledger, self._record_limits)

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
        for message in (request, response):
            if message is not None:
                message.book(self.ledger)
        self.ledger.settle(outcome, reason)
        head = request or response
        assert head is not None  # noqa: S101 (an exchange has at least one of them)
        is_login = head.is_token or head.api_key == SASL_AUTHENTICATE
        knowledge = self.knowledge
        exchange = Exchange(
            self.connection,
            request,
            response,
            outcome,
            reason,
            knowledge.topic_names,
            knowledge.capture_start,
            mechanism=self._mechanism if is_login else None,
        )
        if head.api_key is not None and knowledge.teaches(head.api_key):
            knowledge.learn(exchange)
        return exchange


def _expects_response(request: Message) -> bool:
    """Say whether a request is certainly answered; the acks of a Produce may be cut off."""
    return request.api_key is not None and (request.api_key != PRODUCE or request.peek("acks") not in (None, 0))


def _expects_no_response(request: Message) -> bool:
    """Say whether a request is a Produce with acks=0, which brokers do not answer (librdkafka's mock broker does)."""
    return request.api_key == PRODUCE and request.peek("acks") == 0


def _without_body(request: Message) -> Message:
    """Return what it takes to read a response to a request, without the request's bytes."""
    return Message(request.frame._replace(data=b"", rest=()), request.head, request.correlation_id)

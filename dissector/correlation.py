"""Requests and the responses that answer them.

A broker answers the requests of a connection strictly in their order, so responses are matched first in, first out,
and the correlation id is held against the match. The id alone would not do: clients reuse ids (the consumers of 0.8
always send 0), Java keeps eight of them for SASL, and they wrap to negative numbers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.messages import Message, correlation_id_of, read_request, read_response, read_token
from dissector.recognition import GSSAPI_TOKEN, is_plausible_request
from structs.headers import PRODUCE, SASL_AUTHENTICATE, SASL_HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.framing import Frame
    from dissector.ledger import Ledger
    from dissector.reassembly import Connection
    from structs.grammar import Side

MAX_PENDING: Final = 100_000
MAX_PENDING_BYTES: Final = 64 << 20
RESPONSE_PATIENCE: Final = 64


class Outcome(StrEnum):
    """What came of a request, or of a response without one."""

    ANSWERED = "answered"
    NO_RESPONSE_EXPECTED = "no_response_expected"
    UNANSWERED = "unanswered"
    ORPHAN_RESPONSE = "orphan_response"
    OPAQUE = "opaque"


class GroupProtocol(NamedTuple):
    """The type of a group ("consumer", "connect", ...) and the protocol that its members chose (the assignor's name).

    Either is None as long as nothing said it.
    """

    type: str | None
    name: str | None


@dataclass(slots=True)
class Exchange:
    """A request and its response, or the reason why one of them is missing.

    `topic_names` and `group`, the protocol of the group that it is about, are what was known when the exchange was
    settled: looking late gives the same answer. `mechanism` is that of the SASL login which it is a part of.
    """

    connection: Connection
    request: Message | None
    response: Message | None
    outcome: Outcome
    outcome_reason: str | None
    topic_names: Mapping[str, str]
    group: GroupProtocol | None = None
    mechanism: str | None = None

    @property
    def _head(self) -> Message:
        head = self.request or self.response
        assert head is not None  # noqa: S101 (an exchange has at least one of them)
        return head

    @property
    def api_key(self) -> int | None:
        """The request's API key, None where it is not known."""
        return self._head.api_key

    @property
    def api_name(self) -> str | None:
        """The API's name, None where the key is not known."""
        return self._head.api.name if self._head.api is not None else None

    @property
    def api_version(self) -> int | None:
        """The request's version."""
        return self._head.api_version

    @property
    def correlation_id(self) -> int | None:
        """The correlation id of both."""
        return self._head.correlation_id

    @property
    def client_id(self) -> str | bytes | None:
        """The request's client id; bytes where it is not UTF-8."""
        return self._head.client_id

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the packet that completes the request to the one that completes the response."""
        if self.request is None or self.response is None:
            return None
        return self.response.timestamp - self.request.timestamp

    @property
    def settled_at(self) -> int:
        """When the last of its packets was captured: nanoseconds since the epoch."""
        return max(message.timestamp for message in (self.request, self.response) if message is not None)


class _Waiting(NamedTuple):
    """A response without its request, and what had been seen of the connection when it came."""

    frame: Frame
    frames_seen: int
    requests_seen: bool


class Correlator:
    """Pairs the frames of one connection; sans-I/O: it is fed frames and yields exchanges as they settle.

    A response may come before its request where the capture itself is out of order: it is kept for
    `response_patience` frames before it counts as an orphan. At most `max_pending` requests wait for their responses,
    and `max_pending_bytes` bytes of them; beyond, the oldest count as unanswered.
    """

    def __init__(
        self,
        connection: Connection,
        ledger: Ledger,
        *,
        max_pending: int = MAX_PENDING,
        max_pending_bytes: int = MAX_PENDING_BYTES,
        response_patience: int = RESPONSE_PATIENCE,
    ) -> None:
        self._connection = connection
        self._ledger = ledger
        self._max_pending = max_pending
        self._max_pending_bytes = max_pending_bytes
        self._pending_bytes = 0
        self._response_patience = response_patience
        self._pending: deque[Message] = deque()
        self._responses: deque[_Waiting] = deque()
        self._frames_seen = 0
        self._tokens_expected = False
        self._mechanism: str | None = None
        self._requests_seen = False
        self._last_id: int | None = None
        self._ids_reused = False
        self._requests_lost = False
        self._responses_lost = False

    def feed(self, side: Side, frame: Frame) -> Iterator[Exchange]:
        """Take the next frame of one side and yield what settles with it."""
        self._frames_seen += 1
        if side == "request":
            yield from self._take_request(frame)
        else:
            self._responses.append(_Waiting(frame, self._frames_seen, self._requests_seen))
        yield from self._match()

    def lost(self, side: Side) -> None:
        """Note that a side lost an unknown number of frames: from here on an id that is reused proves nothing."""
        if side == "request":
            self._requests_lost = True
        else:
            self._responses_lost = True

    def distance(self, correlation_id: int) -> int | None:
        """Return 0 if a request with this id waits, else how far the id lies below the oldest that does.

        None where it lies above, or no request waits.
        """
        waiting = [request.correlation_id for request in self._pending if request.correlation_id is not None]
        if correlation_id in waiting:
            return 0
        return waiting[0] - correlation_id if waiting and correlation_id < waiting[0] else None

    def close(self, reason: str) -> Iterator[Exchange]:
        """Settle everything that is still open."""
        yield from self._match()
        while self._responses:
            yield self._orphan(self._responses.popleft())
        while self._pending:
            yield self._without_response(self._next(), reason)

    def _take_request(self, frame: Frame) -> Iterator[Exchange]:
        if self._is_token(frame):
            message = read_token(frame, "request", self._ledger)
            self._mechanism = self._mechanism or "GSSAPI"  # the only one without a handshake
        else:
            self._tokens_expected = False
            message = read_request(frame, self._ledger)
            self._ids_reused = self._ids_reused or message.correlation_id == self._last_id
            self._last_id = message.correlation_id
        self._requests_seen = True
        self._pending.append(message)
        self._pending_bytes += frame.captured
        while len(self._pending) > self._max_pending or (
            self._pending_bytes > self._max_pending_bytes and len(self._pending) > 1
        ):
            yield self._without_response(self._next(), "too_many_pending")

    def _next(self) -> Message:
        """Take the oldest request that waits."""
        message = self._pending.popleft()
        self._pending_bytes -= message.frame.captured
        return message

    def _is_token(self, frame: Frame) -> bool:
        if self._tokens_expected:
            return not is_plausible_request(frame.data)
        # A 0.9 client with GSSAPI sends its first token with nothing before it.
        return not self._requests_seen and frame.data[:1] == bytes([GSSAPI_TOKEN])

    def _match(self) -> Iterator[Exchange]:
        """Pair the responses at hand; one that finds its request proves those before it to be orphans."""
        while True:
            for position, waiting in enumerate(self._responses):
                index = self._request_of(waiting.frame)
                if index is not None:
                    for _ in range(position):
                        yield self._orphan(self._responses.popleft())
                    self._responses.popleft()
                    yield from self._pair(waiting.frame, index)
                    break
            else:
                break
        while self._responses and self._frames_seen - self._responses[0].frames_seen >= self._response_patience:
            yield self._orphan(self._responses.popleft())

    def _request_of(self, frame: Frame) -> int | None:
        """Return the index of the pending request that a response answers."""
        if not self._pending:
            return None
        correlation_id = correlation_id_of(frame)
        first = self._pending[0]
        if first.is_token:
            answers_next = len(self._pending) > 1 and correlation_id == self._pending[1].correlation_id
            return 1 if answers_next and correlation_id is not None else 0
        if correlation_id is None:
            certain = not (self._requests_lost or self._responses_lost) and not _expects_no_response(first)
            return 0 if certain else None
        for index, request in enumerate(self._pending):
            if not request.is_token and request.correlation_id == correlation_id:
                return index
        return None

    def _pair(self, frame: Frame, index: int) -> Iterator[Exchange]:
        reason = "lost_in_capture" if self._responses_lost else "skipped_by_server"
        for _ in range(index):
            yield self._without_response(self._next(), reason)
        request = self._pending[0]
        if self._ids_reused and (self._requests_lost or self._responses_lost) and not request.is_token:
            response = read_response(frame, None, self._ledger)
            yield self._settle(None, response, Outcome.ORPHAN_RESPONSE, "ambiguous_correlation_id")
            return
        self._next()
        if request.is_token:
            token = read_token(frame, "response", self._ledger)
            yield self._settle(request, token, Outcome.OPAQUE, "sasl_token")
            return
        response = read_response(frame, request, self._ledger)
        if request.api_key == SASL_HANDSHAKE and response.peek("error_code") == 0:
            mechanism = request.peek("mechanism")
            self._mechanism = mechanism if isinstance(mechanism, str) else None
            self._tokens_expected = request.api_version == 0
        yield self._settle(request, response, Outcome.ANSWERED, None)

    def _orphan(self, waiting: _Waiting) -> Exchange:
        response = read_response(waiting.frame, None, self._ledger)
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
                message.book()
        head = request or response
        is_login = head is not None and (head.is_token or head.api_key == SASL_AUTHENTICATE)
        mechanism = self._mechanism if is_login else None
        return Exchange(self._connection, request, response, outcome, reason, {}, mechanism=mechanism)


def _expects_no_response(request: Message) -> bool:
    """Say whether a request is a Produce with acks=0, which brokers do not answer (librdkafka's mock broker does)."""
    return request.api_key == PRODUCE and request.peek("acks") == 0

"""Exchanges: a request and the response that answers it, or what became of the one without the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from dissector.display import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.messages import Message
    from dissector.reassembly import Connection


class Outcome(StrEnum):
    """What came of a request, or of a response without one.

    ===================== ========================== ================================================================
    outcome               reason                     what it means
    ===================== ========================== ================================================================
    answered                                         request and response are both there (each may be incomplete)
    no_response_expected  acks_0                     a Produce with acks=0: brokers do not answer
    opaque                sasl_token                 bare tokens of SASL, without Kafka's headers
    unanswered            connection_closed          both ends closed the connection before the response
                          connection_reset           one end broke it off
                          connection_replaced        another connection took its ports
                          capture_ended              the response would have come later
                          lost_in_capture            later requests were answered; bytes of responses are missing
                          skipped_by_server          later requests were answered, and no response is missing
                          no_response_in_time        none came within the response timeout (live: `engine.Options`)
                          connection_idle            nothing was captured of the connection for the idle timeout
                          too_many_pending           more requests wait than are remembered, or more bytes of them
                          too_many_connections       more connections are open than are remembered
    orphan_response       request_before_capture     the capture began between request and response
                          lost_in_capture            its request was not captured
                          request_given_up           it came when its request had been reported as unanswered
                          ambiguous_correlation_id   an id that the client uses again, after a loss: its request may be
                                                     the one that is there, or one that was lost
    ===================== ========================== ================================================================
    """

    ANSWERED = "answered"
    NO_RESPONSE_EXPECTED = "no_response_expected"
    UNANSWERED = "unanswered"
    ORPHAN_RESPONSE = "orphan_response"
    OPAQUE = "opaque"

    __hash__ = str.__hash__  # an enumeration's own is slow, and not that of the equal text


class GroupProtocol(NamedTuple):
    """The type of a group ("consumer", "connect", ...) and the protocol that its members chose (the assignor's name).

    Either is None as long as nothing said it.
    """

    type: str | None
    name: str | None


@dataclass(slots=True, repr=False)
class Exchange(Shown):
    """A request and its response, or the reason why one of them is missing.

    `topic_names` and `group`, the protocol of the group that it is about, are what was known when the exchange was
    settled: looking late gives the same answer. `mechanism` is that of the SASL login which it is a part of.
    `capture_start` is when the first packet of the capture was taken, in nanoseconds since the epoch.
    """

    connection: Connection
    request: Message | None
    response: Message | None
    outcome: Outcome
    outcome_reason: str | None
    topic_names: Mapping[str, str]
    capture_start: int = 0
    group: GroupProtocol | None = None
    mechanism: str | None = None

    def __repr__(self) -> str:
        api = f"{self.api_name or self.api_key} v{self.api_version}"
        return f"<Exchange {api}, correlation id {self.correlation_id}: {self.outcome}>"

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
        """The correlation id of both; the response's where the request's was cut off."""
        ids = (message.correlation_id for message in (self.request, self.response) if message is not None)
        return next((number for number in ids if number is not None), None)

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

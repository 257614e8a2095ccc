"""What an index says of an exchange, under the names that it has there: enough for filters that ask for no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.messages import correlation_id_of
from structs import registry

if TYPE_CHECKING:
    from dissector.exchanges import Outcome
    from dissector.loaded.store import Store
    from dissector.reassembly import Connection


class MessageHeader:
    """A message's place in the capture, and its size: see `dissector.messages.Message`."""

    __slots__ = ("packet_number", "size", "timestamp")

    def __init__(self, packet_number: int, timestamp: int, size: int) -> None:
        self.packet_number = packet_number
        self.timestamp = timestamp
        self.size = size


class ExchangeHeader:
    """An exchange as far as nothing of it is read again: see `dissector.exchanges.Exchange`."""

    __slots__ = ("_first", "_kind", "_number", "_store")

    def __init__(self, store: Store, number: int) -> None:
        index = store.index
        self._store = store
        self._number = number
        self._kind = index.kinds[index.exchanges["kind"][number]]
        self._first = index.exchanges["first_message"][number]

    @property
    def connection(self) -> Connection:
        """Its connection."""
        return self._kind.connection

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return self._kind.outcome

    @property
    def outcome_reason(self) -> str | None:
        """Why one of its messages is missing."""
        return self._kind.outcome_reason

    @property
    def api_key(self) -> int | None:
        """The request's API key."""
        return self._kind.api_key

    @property
    def api_name(self) -> str | None:
        """The API's name, None where the key is not known."""
        key = self._kind.api_key
        api = None if key is None else registry.api(key)
        return None if api is None else api.name

    @property
    def api_version(self) -> int | None:
        """The request's version."""
        return self._kind.api_version

    @property
    def client_id(self) -> str | bytes | None:
        """The request's client id."""
        return self._kind.client_id

    @property
    def correlation_id(self) -> int | None:
        """The correlation id, which the index does not have."""
        if self._kind.head is None:
            return self._store.passing(self._number).correlation_id
        return correlation_id_of(self._store.index.frame(self._first + 1))

    @property
    def request(self) -> MessageHeader | None:
        """The request."""
        return self._message(self._first) if self._kind.has_request else None

    @property
    def response(self) -> MessageHeader | None:
        """The response."""
        kind = self._kind
        return self._message(self._first + kind.has_request) if kind.has_response else None

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the packet that completes the request to the one that completes the response."""
        if not self._kind.is_pair:
            return None
        times = self._store.index.messages["timestamp"]
        return times[self._first + 1] - times[self._first]

    @property
    def capture_start(self) -> int:
        """When the first packet of the capture was taken."""
        return self._store.index.capture_start

    def _message(self, number: int) -> MessageHeader:
        column = self._store.index.messages
        return MessageHeader(column["packet"][number], column["timestamp"][number], column["size"][number])

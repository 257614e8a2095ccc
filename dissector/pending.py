"""The requests of a connection that wait for their responses, in their order."""

from __future__ import annotations

from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dissector.messages import Message

_LOOKED_AT: Final = 64  # requests that wait, for one with an id: this is asked at every byte of a response's stream
_FEW: Final = 64  # requests whose ids are soon counted again


class PendingRequests:
    """A queue of requests that is searched by their correlation ids, where anything is lost.

    `messages` are the requests, `size` their captured bytes. Where `let_ids_go` said that no ids are counted, and none
    were asked for since, both may be changed from outside; who removes requests so counts them as `answered`. `taken`
    counts those that were removed otherwise.
    """

    __slots__ = ("_counts", "answered", "messages", "size", "taken")

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.size = self.answered = self.taken = 0
        self._counts: Counter[int | None] | None = None  # of each id: a response without a request costs no search

    def add(self, request: Message) -> None:
        """Append a request."""
        self.size += request.frame.captured
        self.messages.append(request)
        if self._counts is not None:
            self._counts[request.correlation_id] += 1

    def take(self) -> Message:
        """Remove the oldest request and return it."""
        request = self.messages.popleft()
        self.taken += 1
        self.size -= request.frame.captured
        if self._counts is not None:
            number = request.correlation_id
            left = self._counts.pop(number) - 1
            if left:
                self._counts[number] = left
        return request

    def has(self, correlation_id: int) -> bool:
        """Say whether a request with this id waits."""
        if self._counts is None:
            if not self.messages:
                return False
            self._counts = Counter(request.correlation_id for request in self.messages)
        return correlation_id in self._counts

    def let_ids_go(self) -> bool:
        """Count the ids no longer, if that of so few requests is soon done again; return whether they are not."""
        if self._counts is not None and len(self.messages) <= _FEW:
            self._counts = None
        return self._counts is None

    def index(self, correlation_id: int) -> int | None:
        """Return where in the queue the oldest request with this id is."""
        if self.has(correlation_id):
            for index, request in enumerate(self.messages):
                if request.correlation_id == correlation_id:
                    return index
        return None

    def distance(self, correlation_id: int) -> int | None:
        """Return 0 if a request with this id waits, else how far the id lies below the oldest that does.

        None where it lies above, or no request waits.
        """
        if self.has(correlation_id):
            return 0
        ids = (request.correlation_id for request in islice(self.messages, _LOOKED_AT))
        oldest = next((number for number in ids if number is not None), correlation_id)
        return oldest - correlation_id if correlation_id < oldest else None

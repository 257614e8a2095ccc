"""Exchanges made again from a capture's index, just as they were when they settled."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from dissector.exchanges import Exchange, Outcome
from dissector.inference import Guess
from dissector.layouts import Head
from dissector.loaded.index import NOBODY_LOOKED
from dissector.messages import Message, read_orphan, read_request, read_response, read_token

if TYPE_CHECKING:
    from array import array

    from dissector.framing import Frame
    from dissector.ledger import Ledger
    from dissector.loaded.index import Index, Kind
    from structs.records import Limits

_request_id: Final = Struct(">4xi").unpack_from  # behind API key and version
_response_id: Final = Struct(">i").unpack_from


class Restorer:
    """Makes exchanges again, as often as they are asked for; `ledger` counts what is looked at of them once."""

    def __init__(self, index: Index, ledger: Ledger, record_limits: Limits) -> None:
        self._index = index
        self._ledger = ledger
        self._limits = record_limits
        self._unread = index.unread
        self._first_message, self._kind = index.exchanges

    def exchange(self, number: int) -> Exchange:
        """Return the exchange with this number."""
        index = self._index
        kind = index.kinds[self._kind[number]]
        first = self._first_message[number]
        request, response = self._regular(first, kind.head) if kind.head is not None else self._messages(first, kind)
        return Exchange(
            kind.connection,
            request,
            response,
            kind.outcome,
            kind.outcome_reason,
            index.names(number),
            kind.group,
            kind.mechanism,
            index.capture_start,
        )

    def _regular(self, first: int, head: Head) -> tuple[Message, Message]:
        """Return messages about whose headers nothing is left to find out but for their correlation ids."""
        answer = head.answer
        assert answer is not None  # noqa: S101 (else these were not regular)
        frame = self._index.frame(first)
        made = Head(head.layout, head.client_id, head.start, self._books(first, frame), self._limits)
        request = Message(frame, made, _request_id(frame.data)[0])
        frame = self._index.frame(first + 1)
        made = Head(answer.layout, None, answer.start, self._books(first + 1, frame), self._limits)
        return request, Message(frame, made, _response_id(frame.data)[0])

    def _messages(self, first: int, kind: Kind) -> tuple[Message | None, Message | None]:
        """Return messages of which at least one is something special, or not there."""
        request = self._request(first, kind) if kind.has_request else None
        if not kind.has_response:
            return request, None
        at = first + kind.has_request
        frame = self._index.frame(at)
        books = self._books(at, frame)
        return request, self._orphan(frame, books, kind) if request is None else self._response(frame, books, request)

    def _request(self, at: int, kind: Kind) -> Message:
        frame = self._index.frame(at)
        books = self._books(at, frame)
        is_token = kind.outcome is Outcome.OPAQUE
        return read_token(frame, "request", books) if is_token else read_request(frame, books, self._limits)

    def _response(self, frame: Frame, books: _Books, request: Message) -> Message:
        if request.is_token:
            return read_token(frame, "response", books)
        return read_response(frame, request, books, self._limits)

    def _orphan(self, frame: Frame, books: _Books, kind: Kind) -> Message:
        """Return a response without its request as what it was taken for when it settled."""
        guess = Guess(kind.api_key, kind.api_version, 1) if kind.is_inferred else Guess(None, None, 0)
        return read_orphan(frame, guess, books, self._limits, remark=kind.remark)

    def _books(self, number: int, frame: Frame) -> _Books:
        return _Books(self._ledger, self._unread, number, frame.captured)


class _Books:
    """Stands between one message and the ledger, so that what was looked at before is not booked again.

    The same message may be made again any number of times; what counts is the one that was looked at most.
    """

    __slots__ = ("_ledger", "_left", "_number", "_unread")

    def __init__(self, ledger: Ledger, unread: array[int], number: int, captured: int) -> None:
        self._ledger = ledger
        self._unread = unread
        self._number = number
        self._left = captured
        if unread[number] == NOBODY_LOOKED:
            unread[number] = captured

    def read(self, size: int) -> None:
        """Pass on how many bytes were read, as far as it is new."""
        self._ledger.read(self._take(size))

    def fail(self, size: int, cause: str, packet: int) -> None:
        """Pass on how many bytes could not be read, as far as it is new."""
        self._ledger.fail(self._take(size), cause, packet)

    def _take(self, size: int) -> int:
        """Return how many of so many bytes nobody looked at before."""
        self._left -= size
        new = max(self._unread[self._number] - self._left, 0)
        self._unread[self._number] -= new
        return new

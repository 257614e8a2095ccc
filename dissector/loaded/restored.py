"""Exchanges made again from a capture's index, just as they were when they settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.exchanges import Exchange, Outcome
from dissector.inference import Guess, Trials
from dissector.ledger import Account, Category
from dissector.loaded.index import NOBODY_LOOKED
from dissector.messages import read_orphan, read_request, read_response, read_token

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from dissector.framing import Frame
    from dissector.inference import Asked
    from dissector.ledger import Ledger
    from dissector.loaded.index import Index, Kind
    from dissector.messages import Message
    from structs.records import Limits


class Restorer:
    """Makes exchanges again, as often as they are asked for; `ledger` counts what is looked at of them once."""

    def __init__(self, index: Index, ledger: Ledger, record_limits: Limits) -> None:
        self._index = index
        self._ledger = ledger
        self._limits = record_limits
        self._unread = index.unread

    def exchange(self, number: int) -> Exchange:
        """Return the exchange with this number."""
        index = self._index
        kind = index.kind(number)
        first = index.exchanges["first_message"][number]
        request = response = None
        if kind.has_request:
            request = self._request(first, kind)
        if kind.has_response:
            at = first + kind.has_request
            frame = index.frame(at)
            books = self._books(at, frame)
            response = self._orphan(frame, books, kind) if request is None else self._response(frame, books, request)
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
        message = read_orphan(frame, _Decided(guess), (), books, self._limits)
        message.remark = kind.remark
        return message

    def _books(self, number: int, frame: Frame) -> _Books:
        return _Books(self._ledger, self._unread, number, frame.captured)


class _Decided(Trials):
    """Trials whose outcome is known."""

    def __init__(self, guess: Guess) -> None:
        super().__init__(0)
        self._guess = guess

    def response(self, data: bytes | memoryview, asked: Sequence[Asked] = ()) -> Guess:  # noqa: ARG002
        """Return what was guessed when the response was captured."""
        return self._guess


class _Books:
    """Stands between one message and the ledger, so that what was looked at before is not booked again.

    The same message may be made again any number of times; what counts is the one that was looked at most.
    """

    __slots__ = ("_captured", "_ledger", "_number", "_unread")

    def __init__(self, ledger: Ledger, unread: array[int], number: int, captured: int) -> None:
        self._ledger = ledger
        self._unread = unread
        self._number = number
        self._captured = captured

    def rebook(self, before: Sequence[Account], after: Sequence[Account], packet: int) -> None:
        """Pass on what becomes of the message's bytes, as far as it is new."""
        if not any(account.category is Category.DECODED for account in after):
            return  # it is what it was when it settled
        known = self._unread[self._number]
        unread = _not_asked_for(after)
        if known != NOBODY_LOOKED and unread >= known:
            return
        self._unread[self._number] = unread
        if known == NOBODY_LOOKED:
            before = [Account(Category.NOT_ASKED_FOR, self._captured, "")]
        else:
            ahead = _not_asked_for(before) - known  # read by another one, other batches maybe
            before = [*before, Account(Category.NOT_ASKED_FOR, -ahead, ""), Account(Category.DECODED, ahead, "")]
        self._ledger.rebook(before, after, packet)


def _not_asked_for(accounts: Sequence[Account]) -> int:
    return sum(account.size for account in accounts if account.category is Category.NOT_ASKED_FOR)

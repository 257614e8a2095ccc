"""Exchanges made again from their frames and the little that these do not say, just as they were when they settled."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.exchanges import Exchange, Outcome
from dissector.inference import Guess
from dissector.layouts import Head, layout_of
from dissector.messages import Message, read_orphan, read_request, read_response, read_token

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableSequence, Sequence

    from dissector.exchanges import GroupProtocol
    from dissector.framing import Frame
    from dissector.ledger import Books, Ledger
    from dissector.reassembly import Connection
    from structs.buffers import Problem
    from structs.records import Limits

NOBODY_LOOKED: Final = 0xFFFFFFFF  # among the bytes unread of messages: at the whole body

_request_id: Final = Struct(">4xi").unpack_from  # behind API key and version
_response_id: Final = Struct(">i").unpack_from


class Kind(NamedTuple):
    """What many exchanges have in common and is kept once: the connection, the client, the API, what came of them.

    `head` is what their requests' headers say, where there is nothing special about either message, else None.
    """

    connection: Connection
    has_request: bool
    has_response: bool
    outcome: Outcome
    outcome_reason: str | None
    group: GroupProtocol | None
    mechanism: str | None
    api_key: int | None
    api_version: int | None
    client_id: str | bytes | None
    is_inferred: bool
    remark: Problem | None
    head: Head | None

    @property
    def is_pair(self) -> bool:
        """Whether there are both request and response."""
        return self.has_request and self.has_response


def kind_of(exchange: Exchange) -> Kind:
    """Return an exchange's kind."""
    request, response = exchange.request, exchange.response
    first = request or response
    assert first is not None  # noqa: S101 (an exchange has at least one of them)
    is_orphan = request is None
    head = first.head
    is_regular = not is_orphan and response is not None and head.answer is response.head and not head.warnings
    return Kind(
        exchange.connection,
        not is_orphan,
        response is not None,
        exchange.outcome,
        exchange.outcome_reason,
        exchange.group,
        exchange.mechanism,
        first.api_key,
        first.api_version,
        first.client_id,
        is_orphan and first.inferred,
        first.remark if is_orphan else None,
        head if is_regular else None,
    )


def remake(
    kind: Kind,
    frames: Sequence[Frame],
    books: Sequence[Books],
    limits: Limits,
    topic_names: Mapping[str, str],
    capture_start: int,
) -> Exchange:
    """Return the exchange of a kind with these frames: the request's, then the response's, as far as they are there.

    Each message has its `books`; the other arguments are as they were for the exchange when it settled.
    """
    request: Message | None = None
    response: Message | None = None
    if kind.head is not None:
        request, response = _regular(kind.head, frames, books, limits)
    else:
        if kind.has_request:
            request = _request(kind, frames[0], books[0], limits)
        if kind.has_response:
            frame, book = frames[-1], books[-1]
            response = (
                _orphan(kind, frame, book, limits) if request is None else _response(request, frame, book, limits)
            )
    return Exchange(
        kind.connection,
        request,
        response,
        kind.outcome,
        kind.outcome_reason,
        topic_names,
        capture_start,
        kind.group,
        kind.mechanism,
    )


def _regular(head: Head, frames: Sequence[Frame], books: Sequence[Books], limits: Limits) -> tuple[Message, Message]:
    """Return messages about whose headers nothing is left to find out but for their correlation ids."""
    answer = head.answer
    assert answer is not None  # noqa: S101 (else these were not regular)
    frame, answered = frames
    request = Head(head.layout, head.client_id, head.start, books[0], limits)
    response = Head(answer.layout, None, answer.start, books[1], limits)
    return (
        Message(frame, request, _request_id(frame.data)[0]),
        Message(answered, response, _response_id(answered.data)[0]),
    )


def _request(kind: Kind, frame: Frame, books: Books, limits: Limits) -> Message:
    return read_token(frame, "request", books) if kind.outcome is Outcome.OPAQUE else read_request(frame, books, limits)


def _response(request: Message, frame: Frame, books: Books, limits: Limits) -> Message:
    return read_token(frame, "response", books) if request.is_token else read_response(frame, request, books, limits)


def _orphan(kind: Kind, frame: Frame, books: Books, limits: Limits) -> Message:
    """Return a response without its request as what it was taken for when it settled."""
    key, version = kind.api_key, kind.api_version
    if key is not None and version is not None and not kind.is_inferred:  # its request was given up
        asked = Message(frame, Head(layout_of(key, version, "request"), None, None, books, limits), None)
        return read_response(frame, asked, books, limits)
    guess = Guess(key, version, 1) if kind.is_inferred else Guess(None, None, 0)
    return read_orphan(frame, guess, books, limits, remark=kind.remark)


class OnceBooks:
    """Stands between one message and the ledger, so that what was looked at before is not booked again.

    The same message may be made again any number of times; what counts is the one that was looked at most. How many
    bytes of it nobody looked at yet stands in `unread`, at `number`; `captured` bytes were captured of it.
    """

    __slots__ = ("_ledger", "_left", "_number", "_unread")

    def __init__(self, ledger: Ledger, unread: MutableSequence[int], number: int, captured: int) -> None:
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

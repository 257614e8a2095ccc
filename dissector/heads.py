"""How the messages of a connection begin, known from those before: but for their ids, nearly all begin alike."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from dissector.layouts import ID_SIZE, ID_STOP, Head, layout_of
from dissector.messages import Message, correlation_id_of, read_request, read_response
from structs.headers import API_VERSIONS, PRODUCE, SASL_AUTHENTICATE, SASL_HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dissector.framing import Frame
    from dissector.inference import Asked
    from dissector.ledger import Ledger
    from structs.records import Limits

MAX_HEADS: Final = 64  # of a connection; clients use few APIs on a connection
_MAX_TAIL: Final = 256  # bytes of each
_API_SIZE: Final = 4  # bytes of API key and version, with which a request begins
_IRREGULAR: Final = frozenset({SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE})  # more depends on their answers
_request_id: Final = struct.Struct(">4xi").unpack_from


class Heads:
    """The heads of a connection's messages.

    `by_api` has that of the last request of each API and version, by these as they are sent. Each set in `asked` learns
    which APIs and versions those are; `teaches` says whether exchanges of an API may teach anything. Messages enter
    their bytes in the ledger; their record batches may cost what `limits` say.
    """

    def __init__(self, ledger: Ledger, limits: Limits, asked: Sequence[Asked], teaches: Callable[[int], bool]) -> None:
        self.by_api: dict[bytes, Head] = {}
        #: Whether it is usual that a Produce is answered.
        self.answers_produce = False
        self._ledger = ledger
        self._limits = limits
        self._asked = asked
        self._teaches = teaches

    def read_request(self, frame: Frame) -> Message:
        """Return the request in a frame, and remember how it begins."""
        data = frame.data
        head = self.by_api.get(data[:_API_SIZE])
        if head is not None and not frame.missing and data.startswith(head.tail, ID_STOP):
            return Message(frame, head, _request_id(data)[0])
        message = read_request(frame, self._ledger, self._limits)
        layout = message.head.layout
        if layout.api_key is None or layout.api_version is None or layout.grammar is None:
            return message
        api = layout.api_key, layout.api_version
        for asked in self._asked:
            asked.add(api)
        start = message.head.start
        if start is not None and start <= ID_STOP + _MAX_TAIL and not layout.inferred and not frame.missing:
            if len(self.by_api) >= MAX_HEADS:
                self.by_api.clear()
            self.by_api[data[:_API_SIZE]] = message.head
            message.head.tail = data[ID_STOP:start]
            message.head.teaches = self._teaches(layout.api_key)
            self._foresee_answer(message.head)
        return message

    def read_response(self, frame: Frame, request: Message) -> Message:
        """Return the response in a frame, which answers a request."""
        answer = request.head.answer
        if answer is None or frame.missing or not frame.data.startswith(answer.tail, ID_SIZE):
            return read_response(frame, request, self._ledger, self._limits)
        return Message(frame, answer, correlation_id_of(frame))

    def expect_answers_to_produce(self) -> None:
        """Take answers to Produce for usual from now on: one was answered, or asks for an answer."""
        self.answers_produce = True
        for head in self.by_api.values():
            self._foresee_answer(head)

    def _foresee_answer(self, head: Head) -> None:
        """Say what nearly all answers to requests with a head look like, if nothing else depends on them."""
        key, version = head.layout.api_key, head.layout.api_version
        if key is None or version is None or key in _IRREGULAR or (key == PRODUCE and not self.answers_produce):
            return
        layout = layout_of(key, version, "response")
        tail = b"" if layout.header is None or layout.header.tagged is None else b"\0"  # no tagged fields
        head.answer = Head(layout, None, ID_SIZE + len(tail), self._ledger, self._limits)
        head.answer.tail = tail

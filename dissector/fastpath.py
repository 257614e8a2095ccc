"""What nearly all segments of a Kafka connection hold: whole requests like those before, whole answers to the oldest.

From such a segment to its exchanges there is no call but these: `requests` and `responses` return functions whose
variables are found faster than attributes. Everything else they leave, as it is, to `otherwise`: the slow path of
framing and correlation, which says when things are usual again (`Correlator.is_regular`).
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING, Final

from dissector.exchanges import Exchange, Outcome
from dissector.framing import PREFIX_SIZE, SIZE, Frame
from dissector.layouts import ID_SIZE, ID_STOP
from dissector.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.correlation import Correlator
    from dissector.framing import Framer
    from dissector.streams import Stream

#: Takes the next bytes of a stream (offset, payload, packet number, timestamp, digits), returns what settles with them.
Sink = Callable[[int, bytes, int, int, int], "Sequence[Exchange]"]
#: The same for bytes of any stream: the fields of a `Data`.
Take = Callable[["Stream", int, bytes, int, int, int], "Sequence[Exchange]"]

_REQUEST: Final = Struct(">i4si")  # the length; API key and version; the correlation id
_RESPONSE: Final = Struct(">ii")  # the length, the correlation id
_ANSWERED: Final = Outcome.ANSWERED  # a member of an enumeration takes long to look up


def requests(stream: Stream, framer: Framer, correlator: Correlator, otherwise: Take) -> Sink:
    """Return what takes the next segments that a client sends."""
    unpack, least = _REQUEST.unpack_from, _REQUEST.size
    make = tuple.__new__  # a named tuple's own constructor takes twice as long
    heads, ids, pending = correlator.heads.by_api, correlator.recent_ids, correlator.pending
    messages = pending.messages
    max_pending, max_bytes = correlator.max_pending, correlator.max_pending_bytes

    def take(offset: int, payload: bytes, packet_number: int, timestamp: int, digits: int) -> Sequence[Exchange]:
        start, stop = 0, len(payload)
        settled: Sequence[Exchange] = ()
        if not framer.is_between_frames:
            if framer.fill(payload, packet_number, timestamp, digits):
                return ()
        elif correlator.is_regular:
            while stop - start >= least:
                size, api, number = unpack(payload, start)
                head = heads.get(api)
                begin = start + PREFIX_SIZE
                end = begin + size
                if head is None or head.answer is None or size < ID_STOP or end > stop:
                    break
                data = payload[begin:end]
                if data[ID_STOP : head.start] != head.tail:
                    break
                frame = (offset + start, size, data, (), (), packet_number, packet_number, timestamp, digits)
                if number == ids.expected:
                    ids.expected = number + 1
                else:
                    ids.note(number)
                pending.size += end - start
                messages.append(Message(make(Frame, frame), head, number))
                start = end
            if pending.size > max_bytes or len(messages) > max_pending:
                settled = correlator.bound()
            if start == stop:
                return settled
        rest = otherwise(stream, offset + start, payload[start:], packet_number, timestamp, digits)
        return [*settled, *rest] if settled else rest

    return take


def responses(stream: Stream, framer: Framer, correlator: Correlator, otherwise: Take) -> Sink:
    """Return what takes the next segments that a server sends."""
    unpack, least, make = _RESPONSE.unpack_from, _RESPONSE.size, tuple.__new__
    connection, ledger, knowledge = correlator.connection, correlator.ledger, correlator.knowledge
    pending, take_pair = correlator.pending, correlator.take_pair
    messages = pending.messages

    def take(offset: int, payload: bytes, packet_number: int, timestamp: int, digits: int) -> Sequence[Exchange]:
        start, stop = 0, len(payload)
        settled: tuple[Exchange, ...] = ()
        if not framer.is_between_frames:
            if framer.fill(payload, packet_number, timestamp, digits):
                return ()
        elif correlator.is_regular:
            while messages and stop - start >= least:
                size, number = unpack(payload, start)
                request = messages[0]
                answer = request.head.answer
                begin = start + PREFIX_SIZE
                end = begin + size
                if answer is None or number != request.correlation_id or size < ID_SIZE or end > stop:
                    break
                data = payload[begin:end]
                if answer.tail and data[ID_SIZE : answer.start] != answer.tail:
                    break
                frame = (offset + start, size, data, (), (), packet_number, packet_number, timestamp, digits)
                messages.popleft()
                asked = PREFIX_SIZE + request.frame[SIZE]
                pending.size -= asked
                pending.answered += 1
                ledger.answered += 1
                ledger.not_asked_for += asked + end - start
                start = end
                teaches = request.head.teaches
                if take_pair is not None and not teaches and not settled and take_pair(request, frame):
                    continue
                response = Message(make(Frame, frame), answer, number)
                exchange = Exchange(
                    connection, request, response, _ANSWERED, None, knowledge.topic_names, knowledge.capture_start
                )
                if teaches:
                    knowledge.learn(exchange)
                settled += (exchange,)
            if start == stop:
                return settled
        rest = otherwise(stream, offset + start, payload[start:], packet_number, timestamp, digits)
        return (*settled, *rest) if settled else rest

    return take

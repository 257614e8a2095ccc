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
from dissector.framing import PREFIX_SIZE, Frame
from dissector.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.correlation import Correlator
    from dissector.framing import Framer
    from dissector.streams import Stream

#: Takes the next segment of a stream (payload, sequence, packet number, timestamp, digits), returns what settles.
Sink = Callable[[bytes, int, int, int, int], "Sequence[Exchange]"]
#: Takes the next bytes of a stream, the fields of a `Data`, returns what settles with them.
Take = Callable[["Stream", int, bytes, int, int, int], "Sequence[Exchange]"]

_REQUEST: Final = Struct(">i4si").unpack_from  # the length; API key and version; the correlation id
_RESPONSE: Final = Struct(">ii").unpack_from  # the length, the correlation id
_ID_STOP: Final = 12  # where the correlation id of a request ends, from its length on
_SHORTEST: Final = 8  # bytes of a response up to where its correlation id ends, from its length on
_ANSWERED: Final = Outcome.ANSWERED  # a member of an enumeration takes long to look up


def requests(stream: Stream, framer: Framer, correlator: Correlator, otherwise: Take) -> Sink:
    """Return what takes the next segments that a client sends."""
    unpack, make = _REQUEST, tuple.__new__  # a named tuple's own constructor takes twice as long
    heads, ids, pending = correlator.heads, correlator.recent_ids, correlator.pending
    messages = pending.messages

    def take(payload: bytes, sequence: int, packet_number: int, timestamp: int, digits: int) -> Sequence[Exchange]:
        offset = stream.advance(payload, sequence)
        start, stop = 0, len(payload)
        settled: Sequence[Exchange] = ()
        if not framer.is_between_frames:
            if framer.fill(payload, packet_number, timestamp, digits):
                return ()
        elif correlator.is_regular:
            while stop - start >= _ID_STOP:
                size, api, number = unpack(payload, start)
                head = heads.get(api)
                end = start + PREFIX_SIZE + size
                if head is None or size < head.least or end > stop:
                    break
                data = payload[start + PREFIX_SIZE : end]
                if data[_ID_STOP - PREFIX_SIZE : head.start] != head.tail:
                    break
                frame = (offset + start, size, data, (), (), packet_number, packet_number, timestamp, digits)
                correlator.request_count += 1
                if number == ids.expected:
                    ids.expected = number + 1
                else:
                    ids.note(number)
                pending.size = end - start + (pending.size if messages else 0)
                messages.append(Message(make(Frame, frame), head, number))
                start = end
            if pending.size > correlator.max_pending_bytes or len(messages) > correlator.max_pending:
                settled = correlator.bound()
            if start == stop:
                return settled
        rest = otherwise(stream, offset + start, payload[start:], packet_number, timestamp, digits)
        return [*settled, *rest] if settled else rest

    return take


def responses(stream: Stream, framer: Framer, correlator: Correlator, otherwise: Take) -> Sink:
    """Return what takes the next segments that a server sends."""
    unpack, make = _RESPONSE, tuple.__new__
    connection, ledger, knowledge, pending = (
        correlator.connection,
        correlator.ledger,
        correlator.knowledge,
        correlator.pending,
    )
    messages = pending.messages

    def take(payload: bytes, sequence: int, packet_number: int, timestamp: int, digits: int) -> Sequence[Exchange]:
        offset = stream.advance(payload, sequence)
        start, stop = 0, len(payload)
        settled: tuple[Exchange, ...] = ()
        if not framer.is_between_frames:
            if framer.fill(payload, packet_number, timestamp, digits):
                return ()
        elif correlator.is_regular:
            while messages and stop - start >= _SHORTEST:
                size, number = unpack(payload, start)
                request = messages[0]
                answer = request.head.answer
                end = start + PREFIX_SIZE + size
                if answer is None or number != request.correlation_id or size < answer.least or end > stop:
                    break
                data = payload[start + PREFIX_SIZE : end]
                if answer.tail and data[_SHORTEST - PREFIX_SIZE : answer.start] != answer.tail:
                    break
                frame = (offset + start, size, data, (), (), packet_number, packet_number, timestamp, digits)
                correlator.response_count += 1
                messages.popleft()
                asked = PREFIX_SIZE + request.frame.size
                pending.size -= asked
                ledger.answer(asked + end - start)
                exchange = Exchange(
                    connection,
                    request,
                    Message(make(Frame, frame), answer, number),
                    _ANSWERED,
                    None,
                    knowledge.topic_names,
                    None,
                    None,
                    knowledge.capture_start,
                )
                if request.head.teaches:
                    knowledge.learn(exchange)
                start = end
                settled += (exchange,)
            if start == stop:
                return settled
        rest = otherwise(stream, offset + start, payload[start:], packet_number, timestamp, digits)
        return (*settled, *rest) if settled else rest

    return take

"""What is kept in memory of a loaded capture: numbers in columns, no object for any message."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from itertools import accumulate
from operator import or_
from typing import TYPE_CHECKING, Final

from dissector.framing import SIZE, Frame, FrameFields, Hole
from dissector.loaded.columns import Columns
from dissector.remade import NOBODY_LOOKED, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dissector.exchanges import Exchange, GroupProtocol
    from dissector.layouts import Head
    from dissector.loaded.spool import Spool
    from dissector.messages import Message
    from dissector.remade import Kind
    from structs.buffers import Buffer

_FIRST_TIME: Final = -(1 << 63)  # that a column takes; a broken capture file has others
_LAST_TIME: Final = (1 << 63) - 1
_NANOSECONDS: Final = 1 << 62  # beside where a frame's bytes are: its time has nine digits, not six
_PACKED: Final = 1 << 63  # another: there is more to it than its bytes
_PLACE: Final = _NANOSECONDS - 1
_HEAD: Final = 4  # bytes of each of the two numbers in front of a packed frame
_ROWS_AT_ONCE: Final = 128  # more would have the garbage collector look at them
_BYTES_AT_ONCE: Final = 1 << 20
_USUAL_BYTES: Final = 1 << 15  # of a pair: so many rows of them are few bytes that nobody counts
_HEADS: Final = 10_000
_make = tuple.__new__  # a named tuple's own constructor takes twice as long


class Index:
    """The exchanges of a capture: headers, times, sizes, connections, outcomes, and where their bytes are.

    `exchanges` has a row for each exchange, numbered as they settled; `messages` one for each message: an exchange's
    request, then its response, from its `first_message` on. `unread` says how many bytes of their record batches nobody
    looked at yet. `has_times` says whether all times are those of the messages: columns do not take all that a broken
    capture file may have.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.exchanges = Columns(first_message="I", kind="I")
        self.messages = Columns(at="Q", size="I", offset="Q", first_packet="I", packet="I", timestamp="q")
        self._at, self._size, self._offset, self._first_packet, self._packet, self._timestamp = self.messages
        self.unread = array("I")
        self.kinds: list[Kind] = []
        self.capture_start = 0
        self.has_times = True
        self._kinds: dict[tuple[Kind, bool], int] = {}
        self._usual: dict[Head, int] = {}  # the kinds of exchanges that nobody looked into and that say no more
        self._regular: dict[tuple[Head, GroupProtocol | None, str | None], int] = {}
        self._names: list[Mapping[str, str]] = []  # what topic ids stand for
        self._named_from = array("I")  # the numbers of the exchanges from which on they do
        self._looked_at: dict[int, int] = {}
        self._new_frames: list[FrameFields] = []
        self._new_kinds: list[int] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.exchanges["kind"])

    def take_pair(self, request: Message, answer: FrameFields) -> bool:
        """Take a request and its answer if they are like others before, but for their frames: nearly all are."""
        number = self._usual.get(request.head)
        kinds, sent = self._new_kinds, request.frame
        if number is None or len(kinds) >= _ROWS_AT_ONCE or sent[SIZE] + answer[SIZE] > _USUAL_BYTES:
            return False
        self._new_frames += (sent, answer)
        kinds.append(number)
        return True

    def add_all(self, exchanges: Iterable[Exchange], *, were_read: bool) -> None:
        """Take exchanges, and the bytes of their messages; those that came before an error stay.

        `were_read` says whether somebody may have looked at bodies (a filter), beside those that teach something. What
        `take_pair` took meanwhile stands before the next of them. This, and that, is all that loading costs beside
        dissecting: what can be done for many at once is left to `_flush`.
        """
        frames, kinds = self._new_frames, self._new_kinds
        names: Mapping[str, str] | None = None
        held = 0
        for exchange in exchanges:
            if exchange.topic_names is not names:
                names = exchange.topic_names  # they are replaced, never changed
                self._names.append(names)
                self._named_from.append(len(self) + len(kinds))
            first = len(frames)
            kinds.append(self._take(exchange, were_read=were_read))
            held += sum(frame[SIZE] for frame in frames[first:])
            if held >= _BYTES_AT_ONCE or len(kinds) >= _ROWS_AT_ONCE:
                self._flush()
                held = 0

    def finish(self) -> None:
        """Make everything that was added readable."""
        self._flush()
        self.unread = array("I", [NOBODY_LOOKED]) * len(self.messages)
        for number, size in self._looked_at.items():
            self.unread[number] = size
        self._looked_at.clear()
        self._usual.clear()
        self._regular.clear()
        self._kinds.clear()

    def place(self, number: int) -> int:
        """Return how many bytes are kept of the messages of exchanges before this one."""
        return self._at[self.exchanges["first_message"][number]] & _PLACE

    def names(self, number: int) -> Mapping[str, str]:
        """Return what topic ids stood for when an exchange settled."""
        return self._names[bisect_right(self._named_from, number) - 1]

    def frame(self, number: int) -> Frame:
        """Return the frame of a message, its bytes read from where they are kept."""
        at, size, timestamp = self._at[number], self._size[number], self._timestamp[number]
        digits = 9 if at & _NANOSECONDS else 6
        is_packed, at = at & _PACKED, at & _PLACE
        missing: tuple[Hole, ...] = ()
        rest: tuple[tuple[int, bytes], ...] = ()
        if is_packed:
            head, length = (int.from_bytes(self._spool.read(at + place, _HEAD), "big") for place in (0, _HEAD))
            timestamp, data, missing, rest = _unpacked(self._spool.read(at + 2 * _HEAD, length), head)
        else:
            data = self._spool.read(at, size)
        offset, first_packet, packet = self._offset[number], self._first_packet[number], self._packet[number]
        return _make(Frame, (offset, size, data, missing, rest, first_packet, packet, timestamp, digits))

    def _take(self, exchange: Exchange, *, were_read: bool) -> int:
        """Take the frames of an exchange, whatever it is; return the number of its kind."""
        messages = [message for message in (exchange.request, exchange.response) if message is not None]
        for message in messages:
            if (unread := message.unread) is not None:
                self._looked_at[len(self.messages) + len(self._new_frames)] = unread
            self._new_frames.append(message.frame)
        head = messages[0].head
        if head.answer is None or head.answer is not messages[-1].head:
            return self._kind_number(exchange)
        alike = head, exchange.group, exchange.mechanism
        number = self._regular.get(alike)
        if number is None:
            if len(self._regular) >= _HEADS:  # whose client id is another one each time shares nothing
                self._usual.clear()
                self._regular.clear()
            number = self._regular[alike] = self._kind_number(exchange)
            if not head.teaches and not were_read:
                self._usual[head] = number
        return number

    def _kind_number(self, exchange: Exchange) -> int:
        """Return the number of an exchange's kind, which may be a new one."""
        kind = kind_of(exchange)
        alike = kind._replace(head=None), kind.head is not None  # heads of one kind are as good as equal
        number = self._kinds.get(alike)
        if number is None:
            number = self._kinds[alike] = len(self.kinds)
            self.kinds.append(kind)
            self.capture_start = exchange.capture_start
        return number

    def _flush(self) -> None:
        """Put what was added into the columns, and its bytes behind those that are kept."""
        frames, kinds = self._new_frames, self._new_kinds
        if not kinds:
            return
        data: Sequence[Buffer]
        times: Sequence[int]
        offsets, sizes, data, missing, _, first_packets, packets, times, digits = zip(*frames, strict=True)
        mark, marks = _mark_of(digits[0]), []
        if any(missing) or digits.count(digits[0]) < len(digits) or min(times) < _FIRST_TIME or max(times) > _LAST_TIME:
            whole = [Frame(*fields) for fields in frames]
            mark, marks = 0, [_marks(frame) for frame in whole]
            data = [_packed(frame) if mark & _PACKED else frame.data for frame, mark in zip(whole, marks, strict=True)]
            times = [min(max(time, _FIRST_TIME), _LAST_TIME) for time in times]
            self.has_times = self.has_times and min(times) > _FIRST_TIME and max(times) < _LAST_TIME
        self._spool.write(data)
        places = list(accumulate(map(len, data), initial=self._bytes | mark))
        self._bytes = places.pop() & _PLACE
        first = len(self.messages)
        firsts = list(range(first, first + len(frames), 2))
        if len(frames) < 2 * len(kinds):
            firsts = list(accumulate((1 + self.kinds[kind].is_pair for kind in kinds), initial=first))[:-1]
        self.exchanges.extend(first_message=firsts, kind=kinds)
        self.messages.extend(
            at=list(map(or_, places, marks)) if marks else places,
            size=sizes,
            offset=offsets,
            first_packet=first_packets,
            packet=packets,
            timestamp=times,
        )
        frames.clear()
        kinds.clear()


def _mark_of(digits: int) -> int:
    """Return the mark of times with so many digits."""
    return _NANOSECONDS if digits == 9 else 0


def _marks(frame: Frame) -> int:
    """Return what stands beside the place of a frame's bytes."""
    mark = _mark_of(frame.digits)
    return mark if not frame.missing and _FIRST_TIME <= frame.timestamp <= _LAST_TIME else mark | _PACKED


def _packed(frame: Frame) -> bytes:
    """Return the bytes of a frame behind what else there is to say of it, and the sizes of both."""
    places = [(position, len(piece)) for position, piece in frame.rest]
    head = json.dumps([frame.timestamp, len(frame.data), frame.missing, places]).encode()
    data = b"".join((head, frame.data, *(piece for _, piece in frame.rest)))
    return len(head).to_bytes(_HEAD, "big") + len(data).to_bytes(_HEAD, "big") + data


def _unpacked(data: bytes, head: int) -> tuple[int, bytes, tuple[Hole, ...], tuple[tuple[int, bytes], ...]]:
    """Return what `_packed` was given: time, bytes before the first hole, holes, and the bytes behind it."""
    timestamp, length, holes, places = json.loads(data[:head])
    at = head + length
    rest = []
    for position, size in places:
        rest.append((position, data[at : at + size]))
        at += size
    return timestamp, data[head : head + length], tuple(Hole(*hole) for hole in holes), tuple(rest)

"""Length-prefixed frames in one direction of a connection.

Sans-I/O. Kafka sends each message behind its length, a signed 32-bit integer in network order. While the
boundaries are known, a `Framer` cuts frames by length alone: bytes lost inside a message cost that
message's missing part and nothing else, since the next one starts where the length says. When a length
itself is lost, or cannot be one, boundaries are unknown until `dissector.resync` finds one by evidence.
"""

from __future__ import annotations

from collections import deque
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.events import Data, Gap
from dissector.resync import PREFIX_SIZE, Plausible, Search, Unframed, Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.streams import Stream

__all__ = [
    "PREFIX_SIZE",
    "SIZE",
    "TIMESTAMP",
    "Frame",
    "FrameFields",
    "Framer",
    "Hole",
    "Plausible",
    "Unframed",
]

_KEPT = 1 << 16  # first bytes of a frame that stay when memory is short
_SMALL, _FEW = 256, 16  # bytes, chunks: many small chunks are put together, each costs more than its bytes
_size = Struct(">i").unpack_from
_make = tuple.__new__  # a named tuple's own constructor takes twice as long

#: Causes of bytes without a frame, and of holes.
LOST_PREFIX = "length prefix lost"
BAD_LENGTH = "implausible length prefix"
NO_BOUNDARY = "no frame boundary known"
TOO_LARGE = "over the buffer limit"


class Hole(NamedTuple):
    """Bytes of a frame that are not there: position behind the prefix, length, cause."""

    offset: int
    length: int
    cause: str


#: The fields of a `Frame`, which take less time than it.
FrameFields = tuple[int, int, bytes, tuple[Hole, ...], tuple[tuple[int, bytes], ...], int, int, int, int]
#: The numbers of two of them: by its number, one is found in half of the time.
SIZE: Final = 1
TIMESTAMP: Final = 7


class Frame(NamedTuple):
    """One frame.

    `offset` is the stream offset of the length prefix, `size` the length it declares. `data` holds the
    bytes behind the prefix up to the first hole: all of them unless `missing` names holes. What was
    captured behind the first hole stands in `rest`, as (position, bytes). `first_packet` carried the
    prefix, `packet_number` is the highest-numbered of the frame's packets: with it the frame was
    complete, at `timestamp`.
    """

    offset: int
    size: int
    data: bytes
    missing: tuple[Hole, ...]
    rest: tuple[tuple[int, bytes], ...]
    first_packet: int
    packet_number: int
    timestamp: int
    digits: int

    @property
    def captured(self) -> int:
        """Bytes of the frame that were captured, the prefix and those over the buffer limit included."""
        if not self.missing:
            return PREFIX_SIZE + len(self.data)
        let_go = sum(hole.length for hole in self.missing if hole.cause == TOO_LARGE)
        return PREFIX_SIZE + len(self.data) + sum(len(piece) for _, piece in self.rest) + let_go


#: The packet that carried bytes: its number, timestamp and digits.
_Carrier = tuple[int, int, int]


class _Begun:
    """A frame in progress; `most` bytes of it may be kept.

    `room` is up to where bytes may just be added to those of the only piece: to before the last one, while nothing is
    missing, else to nowhere.
    """

    __slots__ = ("_most", "first", "have", "holes", "kept", "last", "offset", "pieces", "room", "size")

    def __init__(self, offset: int, size: int, first: int, last: _Carrier, most: int) -> None:
        self._most = most
        self.room = -1
        self.offset = offset
        self.size = size
        self.have = 0  # position reached: bytes and holes
        self.kept = 0
        self.pieces: list[tuple[int, list[bytes | bytearray]]] = []
        self.holes: list[Hole] = []
        self.first = first
        self.last = last  # the highest-numbered packet

    def take(self, payload: bytes, carrier: _Carrier) -> None:
        """Add the next bytes."""
        if not self.pieces or (self.holes and self.holes[-1].offset >= self.pieces[-1][0]):
            self.pieces.append((self.have, []))
            self.room = -1 if self.holes else min(self.size - 1, self._most)
        chunks = self.pieces[-1][1]
        if len(payload) >= _SMALL or len(chunks) < _FEW:
            chunks.append(payload)
        elif isinstance(chunks[-1], bytearray):
            chunks[-1] += payload
        else:
            chunks.append(bytearray(payload))
        self.have += len(payload)
        self.kept += len(payload)
        self.note(carrier)

    def note(self, carrier: _Carrier) -> None:
        """Take a packet for the one with which the frame is complete, if no later one was."""
        if carrier > self.last:
            self.last = carrier

    def skip(self, length: int, cause: str) -> None:
        """Go over the next bytes, which are not there."""
        self.room = -1
        start = self.have
        if self.holes and self.holes[-1].cause == cause and self.holes[-1][0] + self.holes[-1][1] == start:
            start, known, _ = self.holes.pop()
            self.holes.append(Hole(start, known + length, cause))
        else:
            self.holes.append(Hole(start, length, cause))
        self.have += length

    def shrink(self) -> None:
        """Let go of what is kept but for the first bytes of the frame; the rest becomes holes."""
        let_go = [(position, sum(map(len, chunks))) for position, chunks in self.pieces]
        self.kept = 0
        self.room = -1
        if let_go and let_go[0][0] == 0:
            data = b"".join(self.pieces[0][1])[:_KEPT]
            self.kept = len(data)
            let_go[0] = (len(data), let_go[0][1] - len(data))
            self.pieces = [(0, [data])]
        else:
            self.pieces = []
        holes = [Hole(position, length, TOO_LARGE) for position, length in let_go if length]
        self.holes = sorted([*self.holes, *holes])

    def frame(self) -> Frame:
        """Give the frame as it is now."""
        pieces = [(position, b"".join(chunks)) for position, chunks in self.pieces]
        data = pieces.pop(0)[1] if pieces and pieces[0][0] == 0 else b""
        return Frame(self.offset, self.size, data, tuple(self.holes), tuple(pieces), self.first, *self.last)


class Framer:
    """Cuts one direction of a connection into frames.

    `synchronised` says that the stream starts at a boundary (its SYN was seen). A length below 0 or
    above `max_size` is none. Of one frame at most `max_buffer` bytes are kept, the rest becomes a hole.
    Without `plausible` a lost boundary stays lost; with it, boundaries are searched for as
    `dissector.resync` says: `evidence` is what must speak for one, `search_bytes` what is held meanwhile;
    `search_inside` looks for boundaries inside segments too, and `whole` weighs whole frames where their first bytes
    do not tell.
    """

    def __init__(
        self,
        plausible: Plausible | None = None,
        *,
        synchronised: bool = True,
        max_size: int = 100 << 20,
        max_buffer: int = 100 << 20,
        evidence: int = 3,
        search_bytes: int = 4 << 20,
        search_inside: bool = False,
        whole: Whole | None = None,
    ) -> None:
        self._max_size = max_size
        self._max_buffer = max_buffer
        self._most = min(max_size, max_buffer)
        self._search = Search(NO_BOUNDARY, plausible, max_size, evidence, search_bytes, search_inside, whole)
        self.synchronised = synchronised
        #: Whether the next byte is the first of a frame.
        self.is_between_frames = synchronised
        self._begun: _Begun | None = None
        self._prefix = b""  # the first bytes of a prefix, until all are there
        self._prefix_offset = 0
        self._carriers: list[_Carrier] = []  # the packets that brought them
        self._queue: deque[Data | Gap] = deque()

    @property
    def buffered(self) -> int:
        """Bytes taken and not yet handed on."""
        begun = PREFIX_SIZE + self._begun.kept if self._begun else 0
        return begun + len(self._prefix) + self._search.buffered

    @property
    def progress(self) -> int | None:
        """When the last bytes of the frame in progress were captured, in nanoseconds since the epoch."""
        return self._begun.last[1] if self._begun is not None else None

    def shrink(self) -> None:
        """Let go of most of the frame in progress, if there is one: its bytes count as over the buffer limit."""
        if self._begun is not None:
            self._begun.shrink()

    def feed(self, event: Data | Gap) -> list[Frame | Unframed]:
        """Take the next event of the stream; give what it completes."""
        results: list[Frame | Unframed] = []
        self._take(event, results)
        self._go_on(results)
        return results

    def cut(
        self, stream: Stream, offset: int, payload: bytes, packet_number: int, timestamp: int, digits: int
    ) -> list[Frame | Unframed]:
        """Take the next bytes of the stream, the fields of a `Data`, as `feed` does, where boundaries are known."""
        results: list[Frame | Unframed] = []
        self._data(stream, offset, payload, packet_number, timestamp, digits, results)
        self._go_on(results)
        return results

    def fill(self, payload: bytes, packet_number: int, timestamp: int, digits: int) -> bool:
        """Take the next bytes of the stream, if they go on with a frame without completing it; say whether they did.

        The packet is later than any before.
        """
        begun = self._begun
        size = len(payload)
        if begun is None or size < _SMALL:
            return False
        have = begun.have + size
        if have > begun.room:
            return False
        begun.have = begun.kept = have
        begun.pieces[0][1].append(payload)
        begun.last = packet_number, timestamp, digits
        return True

    def finish(self, cause: str) -> Sequence[Frame | Unframed]:
        """End the stream: give what has begun, with a hole at its end for `cause`."""
        results: list[Frame | Unframed] = []
        while not self.synchronised:
            self._found(self._search.finish(), results)
            if not self._queue:
                break
            while self._queue:
                self._take(self._queue.popleft(), results)
        if self._begun:
            self._begun.skip(self._begun.size - self._begun.have, cause)
            self._complete(results)
        self._drop_prefix(cause, results)
        return results

    def _go_on(self, results: list[Frame | Unframed]) -> None:
        """Take the events that a boundary found has released, and see what comes next."""
        while self._queue:
            self._take(self._queue.popleft(), results)
        self.is_between_frames = self.synchronised and self._begun is None and not self._prefix

    def _take(self, event: Data | Gap, results: list[Frame | Unframed]) -> None:
        """Take an event in the state that the framer is in."""
        if not self.synchronised:
            self._found(self._search.feed(event, segment_start=True), results)
        elif isinstance(event, Data):
            self._data(*event, results)
        else:
            self._gap(event, results)

    def _found(self, outcome: tuple[list[Unframed], list[Data | Gap]], results: list[Frame | Unframed]) -> None:
        """Go on from a boundary found, with the events held since, which are worked on next."""
        unframed, held = outcome
        results += unframed
        if held:
            self.synchronised = True
            self._queue.extendleft(reversed(held))

    def _data(
        self,
        stream: Stream,
        offset: int,
        payload: bytes,
        packet_number: int,
        timestamp: int,
        digits: int,
        results: list[Frame | Unframed],
    ) -> None:
        stop = len(payload)
        at = 0
        while at < stop:
            begun = self._begun
            if begun is not None:
                end = min(stop, at + begun.size - begun.have)
                room = self._max_buffer - begun.kept
                carrier = (packet_number, timestamp, digits)
                if end - at > room:
                    if room:
                        begun.take(payload[at : at + room], carrier)
                    begun.skip(end - at - max(room, 0), TOO_LARGE)
                    begun.note(carrier)
                else:
                    begun.take(payload[at:end], carrier)
                at = end
                if begun.have == begun.size:
                    self._complete(results)
                continue
            start = at + PREFIX_SIZE
            if self._prefix or start > stop:
                at = self._gather(payload, at, offset, (packet_number, timestamp, digits), results)
                if self.synchronised:
                    continue
                break
            (size,) = _size(payload, at)
            end = start + size
            if start <= end <= stop and size <= self._most:
                data = payload[start:end]
                frame = (offset + at, size, data, (), (), packet_number, packet_number, timestamp, digits)
                results.append(_make(Frame, frame))
                at = end
            elif 0 <= size <= self._max_size:
                carrier = (packet_number, timestamp, digits)
                self._begun = _Begun(offset + at, size, packet_number, carrier, self._max_buffer)
                at = start
            else:
                break
        else:
            return
        rest = _make(Data, (stream, offset + at, payload[at:], packet_number, timestamp, digits))
        self._lose(BAD_LENGTH, rest, results)

    def _gather(self, payload: bytes, at: int, offset: int, carrier: _Carrier, results: list[Frame | Unframed]) -> int:
        """Take bytes of a prefix that several packets carry; give the position after them."""
        if not self._prefix:
            self._prefix_offset = offset + at
        stop = min(at + PREFIX_SIZE - len(self._prefix), len(payload))
        self._prefix += payload[at:stop]
        self._carriers.append(carrier)
        if len(self._prefix) == PREFIX_SIZE:
            size = _size(self._prefix)[0]
            if 0 <= size <= self._max_size:
                first, last = self._carriers[0][0], max(self._carriers)
                self._begun = _Begun(self._prefix_offset, size, first, last, self._max_buffer)
                self._prefix, self._carriers = b"", []
                if not size:
                    self._complete(results)
            else:
                self._drop_prefix(BAD_LENGTH, results)
                self.synchronised = False
        return stop

    def _gap(self, gap: Gap, results: list[Frame | Unframed]) -> None:
        length = gap.length
        begun = self._begun
        if begun is not None:
            inside = min(length, begun.size - begun.have)
            begun.skip(inside, gap.cause)
            length -= inside
            if begun.have == begun.size:
                self._complete(results)
        if length:
            self._lose(f"{LOST_PREFIX}: {gap.cause}", gap, results)

    def _lose(self, cause: str, event: Data | Gap, results: list[Frame | Unframed]) -> None:
        """Give up the boundary, and search in what follows."""
        self._drop_prefix(cause, results)
        self._search.cause = cause
        self.synchronised = False
        if isinstance(event, Data) and event.payload:
            self._found(self._search.feed(event, segment_start=False), results)

    def _complete(self, results: list[Frame | Unframed]) -> None:
        if self._begun:
            results.append(self._begun.frame())
            self._begun = None

    def _drop_prefix(self, cause: str, results: list[Frame | Unframed]) -> None:
        """Report the first bytes of a prefix of which the others are missing, or that is no length."""
        if self._prefix:
            number = self._carriers[0][0]
            results.append(Unframed(self._prefix_offset, len(self._prefix), cause, number))
            self._prefix, self._carriers = b"", []

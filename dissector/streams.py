"""One direction of a TCP connection: segments in any order become contiguous bytes and gaps.

Sans-I/O. A `Stream` is fed by `dissector.reassembly`, which knows about connections. Offsets count the
bytes of the stream from 0: the byte after the SYN, or the first byte captured when the start was missed.
Bytes are never invented: what is missing is a `Gap`.

This balance holds at any time:

    captured == delivered + duplicate + late + buffered
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from dissector.events import ACKNOWLEDGED, NOT_CAPTURED, SNAP_LENGTH, Conflict, Data, Event, Gap, Late

if TYPE_CHECKING:
    from dissector.reassembly import Connection
    from dissector.segments import Endpoint, Segment

MASK = 0xFFFFFFFF
_HALF = 1 << 31
#: Orders the missing tail of a cut segment behind every segment that has the bytes.
_LAST = 1 << 62
#: What an outstanding segment costs beside its payload.
_OVERHEAD = 256
_MAX_TAIL = 1 << 30
_GAPS_REMEMBERED = 64
#: What is kept of the bytes handed on, to recognise conflicting retransmissions: of the last segments,
#: the first bytes.
_HISTORY = 8
HISTORY_BYTES = 2048
_NO_HISTORY: deque[tuple[int, bytes]] = deque(maxlen=0)
_make = tuple.__new__  # a named tuple's own constructor takes twice as long


@dataclass(slots=True)
class Limits:
    """How long to wait for what is missing, and how much to hold meanwhile.

    A hole is given up when the connection has had `wait_packets` more packets, or `wait_bytes` bytes
    are held behind it. Once the other end has acknowledged the missing bytes, `acknowledged_packets`
    more packets suffice (not none: captures themselves are reordered). The first segments of a stream
    whose SYN was not seen are held for `start_packets` packets, to find out which is the first; not at
    all when the other end's acknowledgment tells. Over all connections `held_bytes` bytes are held
    (with what holding them costs). Where time is told (`Reassembler.expire`), `wait_seconds` of the
    capture's time are enough of all this; files, which are read at any speed, tell none.
    """

    wait_packets: int = 512
    wait_bytes: int = 8 << 20
    acknowledged_packets: int = 64
    start_packets: int = 16
    held_bytes: int = 256 << 20
    wait_seconds: float | None = None


class Held:
    """Bytes held by all streams together."""

    __slots__ = ("total",)

    def __init__(self) -> None:
        self.total = 0


#: An outstanding segment: offset, order of arrival, end offset, payload (None: cut off by the snap
#: length), packet number, timestamp, digits, the connection's packet count when it came.
_Entry = tuple[int, int, int, bytes | None, int, int, int, int]


class Stream:
    """One direction of a connection.

    `captured` counts the payload bytes captured, of which `delivered` were handed on as `Data`,
    `duplicate` had been seen before, `late` came too late, and `buffered` wait for what is missing
    before them. `lost` counts the bytes of gaps, `conflicts` the retransmissions that differ.
    """

    __slots__ = (
        "_base",
        "_gaps",
        "_held",
        "_limits",
        "_order",
        "_reached_at",
        "_since",
        "acknowledged",
        "buffered",
        "captured",
        "conflicts",
        "connection",
        "destination",
        "duplicate",
        "final",
        "finish",
        "history",
        "initial",
        "last_packet",
        "last_time",
        "late",
        "lost",
        "packets",
        "peer",
        "pending",
        "predicted",
        "source",
        "span",
        "started",
    )

    peer: Stream

    def __init__(
        self, connection: Connection, source: Endpoint, destination: Endpoint, limits: Limits, held: Held
    ) -> None:
        self.connection = connection
        self.source = source
        self.destination = destination
        self.captured = self.duplicate = self.late = self.lost = 0
        self.buffered = self.conflicts = 0
        #: Offset up to which bytes have been handed on, or given up.
        self.span = 0
        #: Whether offset 0 is settled.
        self.started = False
        #: Sequence number of the SYN, when it is known.
        self.initial: int | None = None
        #: Sequence number of the next segment, while nothing is out of the ordinary on the connection; else -1.
        self.predicted = -1
        #: Segments sent, the number of the packet with the last of them, and its timestamp.
        self.packets = self.last_packet = self.last_time = 0
        #: Sequence number of the FIN.
        self.finish: int | None = None
        #: Sequence number at which the sender ended (FIN or RST).
        self.final: int | None = None
        self.pending: list[_Entry] = []
        self._limits = limits
        self._held = held
        self._base = 0
        self._order = 0
        self._since = 0
        #: Sequence number before which the other end has everything.
        self.acknowledged: int | None = None
        self._reached_at: int | None = None
        self._gaps: list[tuple[int, int]] = []  # a queue takes more memory, empty
        #: Where the last segments handed on began, with `HISTORY_BYTES` of each.
        self.history: deque[tuple[int, bytes]] = deque(maxlen=_HISTORY)

    @property
    def delivered(self) -> int:
        """Bytes handed on: what is not in gaps."""
        return self.span - self.lost

    @property
    def expected(self) -> int:
        """Sequence number of the next byte in order."""
        return (self._base + self.span) & MASK

    def start(self, sequence: int) -> None:
        """Settle that offset 0 has this sequence number; what is pending moves accordingly."""
        shift = self.position(sequence) if self.pending else 0
        self._base = sequence & MASK
        self.started = True
        if shift:
            self.pending = [
                (offset - shift, order, end - shift, payload, number, timestamp, digits, count)
                for offset, order, end, payload, number, timestamp, digits, count in self.pending
            ]
            heapify(self.pending)

    def position(self, sequence: int) -> int:
        """Offset of a sequence number: the one nearest to `span` (RFC 9293, 3.4: modulo 2**32)."""
        distance = (sequence - self._base - self.span) & MASK
        return self.span + (distance if distance < _HALF else distance - (1 << 32))

    def deliver(self, segment: Segment, events: list[Event]) -> None:
        """Take a segment whose first byte is the one expected, when nothing is pending."""
        number, timestamp, digits, _, _, sequence, _, _, payload, missing = segment
        if payload:
            offset = self.advance(payload, sequence)
            events.append(_make(Data, (self, offset, payload, number, timestamp, digits)))
        if missing:
            self._lose(missing, SNAP_LENGTH, number, events)

    def advance(self, payload: bytes, sequence: int) -> int:
        """Take the next bytes in order, when nothing is pending; return their offset."""
        size = len(payload)
        offset = self.span
        self.captured += size
        self.span = offset + size
        self.predicted = (sequence + size) & MASK
        self.history.append((offset, payload if size <= HISTORY_BYTES else payload[:HISTORY_BYTES]))
        return offset

    def add(self, segment: Segment, sequence: int, events: list[Event]) -> None:
        """Take a segment, wherever in the stream it belongs; `sequence` is its first byte's number."""
        payload = segment.payload
        missing = segment.missing
        self.captured += len(payload)
        if not self.started and not self.pending:
            self._base = sequence
            self._since = self.connection.packets
        offset = self.position(sequence)
        old = self.span - offset
        if old > 0 and self.started:
            self._old(offset, payload[:old], segment.packet_number, events)
            missing -= max(0, old - len(payload))
            payload = payload[old:]
            offset = self.span
        end = offset + len(payload)
        if payload:
            self._hold(offset, payload, end, segment, 0)
        if missing > 0:
            self._hold(end, None, end + missing, segment, _LAST)
        if not self.started:
            if self.acknowledged == sequence:
                self.start((self._base + self.pending[0][0]) & MASK)
                self._drain(events)
        elif offset == self.span:
            self._drain(events)

    def check(self, packet_number: int, events: list[Event]) -> None:
        """Give up the hole before what is pending, if it has been waited for long enough."""
        limits = self._limits
        packets = self.connection.packets
        if not self.started:
            first = (self._base + self.pending[0][0]) & MASK
            if packets - self._since < limits.start_packets and self.acknowledged != first:
                return
            self.start(first)
            self._drain(events)
        if self.pending and self.pending[0][0] <= self.span:
            self._drain(events)
        while self.pending:
            if self._reached_at is None and self.acknowledged is not None:
                reached = self.position(self.acknowledged)
                if self.pending[0][0] <= reached <= self.span + _MAX_TAIL:
                    self._reached_at = packets
            waited = packets - self._since >= limits.wait_packets or (
                self._reached_at is not None and packets - self._reached_at >= limits.acknowledged_packets
            )
            if not waited and self.buffered <= limits.wait_bytes and self._held.total <= limits.held_bytes:
                return
            self._give_up(packet_number, events)

    def wait_no_longer(self, packet_number: int, events: list[Event], until: int | None = None) -> None:
        """Hand on what is pending, and report the holes before it; those alone behind which something came `until`."""
        while self.pending and (until is None or self.pending[0][5] <= until):
            if self.started:
                self._give_up(packet_number, events)
            else:
                self.start((self._base + self.pending[0][0]) & MASK)
                self._drain(events)

    def flush(self, packet_number: int, events: list[Event]) -> None:
        """End the stream: wait no longer, and report the hole at the end, too."""
        self.wait_no_longer(packet_number, events)
        if not self.started:
            return
        acknowledged = 0 if self.acknowledged is None else self.position(self.acknowledged)
        if self.finish is not None:
            end = self.position(self.finish)
        elif acknowledged - self.span > 1:
            end = acknowledged
        else:
            return  # one byte more may be the FIN alone, which has a sequence number too
        if 0 < end - self.span <= _MAX_TAIL:
            cause = ACKNOWLEDGED if acknowledged >= end else NOT_CAPTURED
            self._lose(end - self.span, cause, packet_number, events)

    def release(self) -> None:
        """Let go of what only served conflicts and late bytes; nothing is expected any more."""
        self.predicted = -1
        self.history = _NO_HISTORY

    def _hold(self, offset: int, payload: bytes | None, end: int, segment: Segment, rank: int) -> None:
        self._order += 1
        size = len(payload) if payload is not None else 0
        if not self.pending and self.started:
            self._since = self.connection.packets
            self._reached_at = None
        heappush(
            self.pending,
            (
                offset,
                self._order + rank,
                end,
                payload,
                segment.packet_number,
                segment.timestamp,
                segment.digits,
                self.connection.packets,
            ),
        )
        self.buffered += size
        self._held.total += size + _OVERHEAD

    def _pop(self) -> _Entry:
        entry = heappop(self.pending)
        size = len(entry[3]) if entry[3] is not None else 0
        self.buffered -= size
        self._held.total -= size + _OVERHEAD
        return entry

    def _give_up(self, packet_number: int, events: list[Event]) -> None:
        """Report the hole before what is pending, and hand on what follows."""
        length = self.pending[0][0] - self.span
        if length > 0:
            cause = NOT_CAPTURED if self._reached_at is None else ACKNOWLEDGED
            self._lose(length, cause, packet_number, events)
        self._drain(events)

    def _drain(self, events: list[Event]) -> None:
        """Hand on what is pending up to the next hole."""
        pending = self.pending
        moved = False
        while pending and pending[0][0] <= self.span:
            moved = True
            entry = self._pop()
            if pending and pending[0][0] < entry[2]:
                self._contend(entry, events)
            else:
                payload = entry[3]
                if payload is not None and entry[0] < self.span:
                    self._old(entry[0], payload[: self.span - entry[0]], entry[4], events)
                if entry[2] > self.span:
                    self._emit(entry, entry[2], events)
        if moved and pending:
            # The next hole has been there since the segment after it came.
            self._since = pending[0][7]
            self._reached_at = None

    def _contend(self, first: _Entry, events: list[Event]) -> None:
        """Hand on overlapping segments: at each offset, the bytes that came first count.

        A sweep over the offsets: `active` holds the segments begun, the earliest on top. Each segment
        enters and leaves it once, so that n segments cost n log n however they overlap.
        """
        pending = self.pending
        active = [(first[1], first)]
        taken = {first[1]: 0}
        while active:
            order, winner = active[0]
            if winner[2] <= self.span:
                heappop(active)
                payload = winner[3]
                repeated = len(payload) - taken.pop(order) if payload is not None else 0
                if payload is not None and repeated:
                    self.duplicate += repeated
                    self._compare(winner[0], payload, winner[4], events)
                continue
            stop = winner[2]
            while pending and pending[0][0] < stop:
                other = self._pop()
                heappush(active, (other[1], other))
                taken[other[1]] = 0
                if other[1] < order:
                    stop = max(other[0], self.span)
                    break
            if stop > self.span:
                taken[order] += stop - self.span
                self._emit(winner, stop, events)

    def _emit(self, entry: _Entry, stop: int, events: list[Event]) -> None:
        """Hand on the bytes of a segment from `span` to `stop`."""
        offset, _, _, payload, packet_number, timestamp, digits, _ = entry
        if payload is None:
            self._lose(stop - self.span, SNAP_LENGTH, packet_number, events)
            return
        start = self.span
        if start > offset or stop < entry[2]:
            payload = payload[start - offset : stop - offset]
        events.append(Data(self, start, payload, packet_number, timestamp, digits))
        self.span = stop
        self.history.append((start, payload[:HISTORY_BYTES]))

    def _lose(self, length: int, cause: str, packet_number: int, events: list[Event]) -> None:
        """Give up the next bytes."""
        events.append(Gap(self, self.span, length, cause, packet_number))
        self._gaps.append((self.span, self.span + length))
        del self._gaps[:-_GAPS_REMEMBERED]
        self.lost += length
        self.span += length

    def _old(self, offset: int, payload: bytes, packet_number: int, events: list[Event]) -> None:
        """Account for bytes before `span`: late where a gap was, or before the start; else duplicate."""
        size = len(payload)
        if not size:
            return
        end = offset + size
        late = []
        if offset < 0:
            late.append((offset, min(end, 0)))
        for index, (start, stop) in enumerate(self._gaps):
            if start < end and offset < stop:
                late.append((max(start, offset), min(stop, end)))
                # What comes once more is a duplicate: keep what is still missing.
                self._gaps[index] = (start, offset) if offset - start >= stop - end else (end, stop)
        for start, stop in late:
            events.append(Late(self, start, stop - start, packet_number))
            self.late += stop - start
            size -= stop - start
        self.duplicate += size
        # A keep-alive repeats the last byte, or sends any byte in its place (RFC 9293, 3.8.4).
        if size and not (len(payload) == 1 and end == self.span):
            self._compare(offset, payload, packet_number, events)

    def _compare(self, offset: int, payload: bytes, packet_number: int, events: list[Event]) -> None:
        """Report where repeated bytes differ from those handed on."""
        end = offset + len(payload)
        for start, known in self.history:
            first, last = max(start, offset), min(start + len(known), end)
            if first < last and known[first - start : last - start] != payload[first - offset : last - offset]:
                self.conflicts += 1
                events.append(Conflict(self, first, last - first, packet_number))

"""Segments in any order, of connections on the same few ports, put together and cut into frames.

Streams keep their two balances, hand on every byte in order, once, as it was sent, and hold nothing back at the end.
Of a stream's bytes the framer makes frames and bytes without a frame that do not overlap and leave nothing out.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from dissector.events import Closed, Data, Gap
from dissector.framing import Frame, Framer
from dissector.reassembly import Limits, Reassembler
from dissector.segments import Endpoint, Segment
from fuzz import samples
from fuzz.cursor import Cursor, sized

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dissector.events import Event
    from dissector.framing import Unframed
    from dissector.reassembly import Stream

_ENDS: Final = (Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 9092), Endpoint("10.0.0.3", 9092))
_ANY: Final = 0x80  # the payload is not the stream's, but the input's
_LIMITS: Final = Limits(wait_packets=8, wait_bytes=2048, acknowledged_packets=3, start_packets=3, held_bytes=16_384)


def seeds() -> Iterator[bytes]:
    """Yield the beginnings of connections in order, and with segments that are lost, repeated or swapped."""
    for body in samples.bodies()[:12]:
        frame = len(body.data[:200]).to_bytes(4) + body.data[:200]
        parts = [_written(0, 0, 2, b""), _written(1, 0, 18, b"")]
        parts += [_written(side, at + 1, 24, frame[at : at + 50]) for side in (0, 1) for at in range(0, len(frame), 50)]
        yield b"\0" + b"".join(parts)
        yield b"\1" + b"".join([*parts[:3], *parts[4:6], parts[3], parts[3], *parts[6:]])
        yield b"\1" + b"".join([*parts[2:], _written(0, 5000, 17, b""), _written(1, 5000, 17, b"")])
        yield b"\2" + b"".join(parts[::-1])


def _written(side: int, offset: int, flags: int, payload: bytes) -> bytes:
    return bytes((side, flags)) + offset.to_bytes(2) + bytes((0,)) + sized(payload)


def check(data: bytes) -> None:
    """Put the segments of an input together."""
    cursor = Cursor(data)
    mode = cursor.number()
    reassembler = Reassembler(_LIMITS, max_connections=2 if mode & 4 else 16, linger_packets=4)
    log = _Log(evidence=1 + (mode & 3))
    captured = number = 0
    while cursor:
        number += 1
        which, flags, offset, missing = cursor.number(), cursor.number(), cursor.number(2), cursor.number()
        payload = cursor.sized()
        ends = (_ENDS[0], _ENDS[1 + (which >> 1 & 1)])
        source, destination = ends if not which & 1 else ends[::-1]
        if which & 4:
            destination = source  # such packets exist: a connection of an end with itself
        sequence = (0xFFFFFF00 + offset * (1 + 0x4000 * (which >> 6))) & 0xFFFFFFFF
        acknowledgment = (0xFFFFFF00 + (offset ^ which)) & 0xFFFFFFFF
        captured += len(payload)
        log.take(
            reassembler.feed(
                Segment(number, number, 6, source, destination, sequence, acknowledgment, flags & 31, payload, missing)
            )
        )
    log.take(reassembler.flush())
    totals = reassembler.totals()
    assert totals.captured == captured
    assert totals.captured == totals.delivered + totals.duplicate + totals.late
    assert totals.span == totals.delivered + totals.lost
    assert log.delivered == totals.delivered
    assert log.lost == totals.lost


class _Log:
    """What came of each stream so far, and its framer."""

    def __init__(self, evidence: int) -> None:
        self._evidence = evidence
        self._reached: defaultdict[Stream, int] = defaultdict(int)
        self._captured: defaultdict[Stream, int] = defaultdict(int)
        self._framed: defaultdict[Stream, int] = defaultdict(int)
        self._behind: defaultdict[Stream, int] = defaultdict(int)
        self._framers: dict[Stream, Framer] = {}
        self.delivered = self.lost = 0

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Data | Gap):
                self._bytes(event)
            elif isinstance(event, Closed):
                for stream in set(event.connection.streams):
                    self._close(stream, event.cause)

    def _bytes(self, event: Data | Gap) -> None:
        stream = event.stream
        assert event.offset == self._reached[stream]
        size = len(event.payload) if isinstance(event, Data) else event.length
        assert size > 0
        self._reached[stream] += size
        if isinstance(event, Data):
            self._captured[stream] += size
            self.delivered += size
        else:
            self.lost += size
        framer = self._framers.get(stream)
        if framer is None:
            framer = self._framers[stream] = Framer(
                _plausible,
                synchronised=stream.initial is not None,
                max_size=4096,
                max_buffer=512,
                evidence=self._evidence,
                search_bytes=1024,
            )
        self._frames(stream, framer.feed(event))
        assert framer.buffered <= 512 + 1024 + 0xFFFF

    def _close(self, stream: Stream, cause: str) -> None:
        if stream in self._framers:
            self._frames(stream, self._framers.pop(stream).finish(cause))
        assert self._framed.pop(stream, 0) == self._captured.pop(stream, 0)
        assert not stream.pending
        assert not stream.buffered

    def _frames(self, stream: Stream, results: Iterable[Frame | Unframed]) -> None:
        for result in results:
            assert result.offset >= self._behind[stream]
            if isinstance(result, Frame):
                self._framed[stream] += result.captured
                self._behind[stream] = result.offset + 4
                assert (
                    len(result.data)
                    + sum(len(piece) for _, piece in result.rest)
                    + sum(hole.length for hole in result.missing)
                    == result.size
                )
                assert result.first_packet <= result.packet_number
            else:
                assert result.length > 0
                self._framed[stream] += result.length
                self._behind[stream] = result.offset + result.length


def _plausible(size: int, head: bytes) -> int:
    """Believe in what begins with the version of an API that is not 0."""
    return 0 if size < 8 or not head or head[0] else 1 + (head[1:2] == b"\x03")

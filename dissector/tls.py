"""TLS records in one direction of a connection, and what hellos tell without any key. Sans-I/O.

A record is a type, a version and a length (five bytes), and what they announce (RFC 8446, section 5.1). Bytes that
were lost inside of a record are holes of that record; where its header is lost, the boundaries are searched for again:
a record of application data behind which stands the next one, or with which a segment that began with it ends.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from dissector.events import Data, Gap

CHANGE_CIPHER, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
CLIENT_HELLO, SERVER_HELLO = 1, 2

#: Causes of bytes without a record.
NOT_TLS = "not TLS records"
LOST = "TLS record header lost"
CUT = "TLS record cut short"

#: The record with which an end says that it encrypts from now on (RFC 5246, 7.1).
CHANGE_CIPHER_SPEC: Final = bytes((CHANGE_CIPHER, 3, 3, 0, 1, 1))

HEADER: Final = 5
_TYPES: Final = frozenset({CHANGE_CIPHER, ALERT, HANDSHAKE, APPLICATION, 24})
_MAX_LENGTH: Final = (1 << 14) + 2048  # RFC 5246, 6.2.3
_APPLICATION: Final = bytes([APPLICATION, 3])
_RANDOM: Final = slice(HEADER + 6, HEADER + 38)  # behind the handshake's type and length, and a version
_SESSION_ID: Final = HEADER + 38
_TLS13_SUITES: Final = 0x13


class Hole(NamedTuple):
    """Bytes of a record, from `start` to `stop`, that were not captured, and why; zeros stand in their place."""

    start: int
    stop: int
    cause: str


class Record(NamedTuple):
    """One record, with its header; `event` is the event of the highest-numbered packet that carried some of it."""

    data: bytes
    holes: tuple[Hole, ...]
    event: Data

    @property
    def kind(self) -> int:
        """The content type that its header gives."""
        return self.data[0]

    @property
    def captured(self) -> int:
        """How many of its bytes were captured."""
        return len(self.data) - sum(hole.stop - hole.start for hole in self.holes)


class Torn(NamedTuple):
    """Captured bytes, maybe none, that belong to no whole record; what comes next need not follow what came before."""

    length: int
    cause: str
    packet_number: int


class Records:
    """Cuts one direction of a connection into records."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._base = 0  # position of the buffer's first byte; the others count from the same start
        self._holes: list[Hole] = []
        self._marks: deque[tuple[int, Data]] = deque()  # where the bytes of each event end
        self._is_lost = False
        self._searched = 0
        self._segment_start = -1

    def feed(self, event: Data | Gap) -> list[Record | Torn]:
        """Take the next event of the stream; give what it completes."""
        results: list[Record | Torn] = []
        if isinstance(event, Gap):
            self._skip(event, results)
        else:
            start = self._base + len(self._buffer)
            self._buffer += event.payload
            self._marks.append((start + len(event.payload), event))
            if self._is_lost:
                self._search(start, results)
            if not self._is_lost:
                self._cut(results)
        return results

    def finish(self) -> list[Record | Torn]:
        """End the stream: give what is left."""
        results: list[Record | Torn] = []
        self._drop(len(self._buffer), LOST if self._is_lost else CUT, results)
        return results

    def _skip(self, gap: Gap, results: list[Record | Torn]) -> None:
        """Go over bytes that are not there: a hole of the record that has begun, as far as that goes."""
        start = len(self._buffer)
        length = None if self._is_lost else _length(self._buffer)
        left = 0 if length is None else min(gap.length, HEADER + length - start)
        if left:
            self._holes.append(Hole(start, start + left, gap.cause))
            self._buffer += bytes(left)
            self._cut(results)
        if left < gap.length:
            self._lose(LOST, gap.packet_number, results)

    def _lose(self, cause: str, packet_number: int, results: list[Record | Torn]) -> None:
        self._drop(len(self._buffer), cause, results)
        results.append(Torn(0, cause, packet_number))
        self._is_lost = True
        self._searched = self._base
        self._segment_start = -1

    def _cut(self, results: list[Record | Torn]) -> None:
        """Give the records that are complete."""
        while len(self._buffer) >= HEADER:
            length = _length(self._buffer)
            if length is None:
                self._lose(NOT_TLS, self._marks[-1][1].packet_number, results)
                return
            size = HEADER + length
            if len(self._buffer) < size:
                return
            data, holes = bytes(self._buffer[:size]), tuple(self._holes)
            results.append(Record(data, holes, self._carrier(self._base + size)))
            self._consume(size)

    def _search(self, segment_start: int, results: list[Record | Torn]) -> None:
        """Look for a boundary in what came after one was lost; what is looked through is let go."""
        buffer, base = self._buffer, self._base
        while True:
            at = buffer.find(_APPLICATION, self._searched - base)
            self._searched = base + (at if at >= 0 else max(len(buffer) - 1, 0))
            if at < 0 or len(buffer) < at + HEADER:
                break
            length = _length(buffer[at : at + HEADER])
            if length is not None:
                end = at + HEADER + length
                if base + at in (segment_start, self._segment_start):
                    self._segment_start = base + at
                if len(buffer) < end + HEADER:
                    self._is_lost = not (base + at == self._segment_start and end == len(buffer))
                    break
                self._is_lost = _length(buffer[end : end + HEADER]) is None
                if not self._is_lost:
                    break
            self._searched += 1
        self._drop(self._searched - base, LOST, results)

    def _carrier(self, stop: int) -> Data:
        """Return the event of the highest-numbered packet among those with bytes before a position."""
        found = self._marks[0][1]
        for end, event in self._marks:
            if event.packet_number > found.packet_number:
                found = event
            if end >= stop:
                break
        return found

    def _drop(self, size: int, cause: str, results: list[Record | Torn]) -> None:
        """Give the first bytes of the buffer as belonging to no record."""
        if size:
            captured = size - sum(hole.stop - hole.start for hole in self._holes)
            results.append(Torn(captured, cause, self._marks[0][1].packet_number))
            self._consume(size)

    def _consume(self, size: int) -> None:
        del self._buffer[:size]
        self._base += size
        self._holes.clear()
        while self._marks and self._marks[0][0] <= self._base:
            self._marks.popleft()


def is_hello(start: bytes) -> bool:
    """Say whether a stream may begin with a handshake of TLS, as far as these first bytes tell."""
    pattern = (HANDSHAKE, 3, None, None, None, None)
    return bool(start) and all(want is None or byte == want for byte, want in zip(start, pattern, strict=False))


def hello(record: Record) -> int | None:
    """Return whether a record begins with CLIENT_HELLO or SERVER_HELLO, None if with neither."""
    data = record.data
    if record.kind != HANDSHAKE or len(data) < _SESSION_ID or any(hole.start < _SESSION_ID for hole in record.holes):
        return None
    return data[HEADER] if data[HEADER] in (CLIENT_HELLO, SERVER_HELLO) else None


def random(record: Record) -> bytes:
    """Return the random bytes of a hello."""
    return record.data[_RANDOM]


def cipher_suite(record: Record) -> int | None:
    """Return the cipher suite that a ServerHello has chosen; None where it is not all there."""
    data = record.data
    at = _SESSION_ID + 1 + (data[_SESSION_ID] if len(data) > _SESSION_ID else 0)
    if len(data) < at + 2 or any(hole.start < at + 2 for hole in record.holes):
        return None
    return int.from_bytes(data[at : at + 2], "big")


def session_id(record: Record) -> bytes:
    """Return the session id of a ServerHello that has its cipher suite."""
    data = record.data
    return data[_SESSION_ID + 1 : _SESSION_ID + 1 + data[_SESSION_ID]]


def is_tls13(suite: int) -> bool:
    """Say whether a cipher suite is one of TLS 1.3 (RFC 8446, B.4)."""
    return suite >> 8 == _TLS13_SUITES


def _length(header: bytes | bytearray) -> int | None:
    """Return the length that a header gives; None where it is not all there, or is none."""
    if len(header) < HEADER or header[0] not in _TYPES or header[1] != 3 or header[2] > 4:
        return None
    length = header[3] << 8 | header[4]
    return length if length <= _MAX_LENGTH else None

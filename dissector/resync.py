"""Finding a frame boundary in a stream, by evidence.

A candidate boundary is the first byte of a segment: senders write a message at once. The `plausible`
callable, which knows Kafka, weighs the frame there; its length leads to the next boundary, where the next
frame is weighed, and so on. A chain whose weights add up to the evidence asked for, and of which no link is
implausible, is believed. At the end of the stream, a chain that ends with it exactly counts `_EXACT_END` more.
Candidates are judged in order: while an earlier one is undecided, a later one waits. Nothing is guessed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from heapq import heappop, heappush
from struct import Struct
from typing import NamedTuple

from dissector.events import Data, Gap

#: Weighs what starts at a supposed boundary: takes the size that the prefix declares and the first bytes
#: behind it (`HEAD` of them, unless the frame is shorter or they were not captured); gives 0 when no
#: frame can start so, otherwise how strongly it speaks for one: 1 for what could be chance, up to the
#: evidence asked for. Must not be content with zeros: captures are full of them.
Plausible = Callable[[int, bytes], int]
HEAD = 128

_EXACT_END = 2
_PREFIX = 4
_size = Struct(">i").unpack_from


class Unframed(NamedTuple):
    """`length` captured bytes at a stream offset that belong to no frame, and why."""

    offset: int
    length: int
    cause: str
    packet_number: int


class _Candidate:
    """A supposed boundary, and the chain of frames that starts there."""

    __slots__ = ("alive", "at", "start", "weight")

    def __init__(self, start: int) -> None:
        self.start = start
        self.at = start  # the next boundary of the chain
        self.weight = 0
        self.alive = True


class Search:
    """A search for a boundary; `cause` says why one is needed.

    Holds the events since the first candidate that is undecided, at most `max_held` bytes of them;
    beyond, that candidate is dropped.
    """

    def __init__(self, cause: str, plausible: Plausible | None, max_size: int, evidence: int, max_held: int) -> None:
        self.cause = cause
        self.buffered = 0
        self._plausible = plausible
        self._max_size = max_size
        self._evidence = evidence
        self._max_held = max_held
        self._clear()

    def _clear(self) -> None:
        self.buffered = 0
        self._events: list[Data | Gap] = []
        self._offsets: list[int] = []
        self._released = 0  # events at the front that are let go
        self._end = 0
        self._candidates: list[_Candidate] = []
        self._first = 0  # candidates before are dead
        self._waiting: list[tuple[int, int, _Candidate]] = []

    def feed(self, event: Data | Gap, *, segment_start: bool) -> tuple[list[Unframed], list[Data | Gap]]:
        """Take the next event; give the bytes given up, and from a boundary found on, all events held."""
        self._events.append(event)
        self._offsets.append(event.offset)
        if isinstance(event, Data):
            self._end = event.offset + len(event.payload)
            self.buffered += len(event.payload)
            if segment_start and self._plausible is not None:
                candidate = _Candidate(event.offset)
                self._candidates.append(candidate)
                self._wait(candidate, event.offset + _PREFIX)
        else:
            self._end = event.offset + event.length
        while self._waiting and self._waiting[0][0] <= self._end:
            self._follow(heappop(self._waiting)[2], False)
        unframed: list[Unframed] = []
        while True:
            released, held = self._settle(self._judge())
            unframed += released
            if held or self.buffered <= self._max_held:
                return unframed, held
            self._candidates[self._first].alive = False

    def finish(self) -> tuple[list[Unframed], list[Data | Gap]]:
        """End the stream: decide with what is there."""
        while self._waiting:
            self._follow(heappop(self._waiting)[2], True)
        for candidate in self._candidates[self._first :]:
            candidate.alive = candidate.alive and candidate.weight >= self._evidence
        return self._settle(self._judge())

    def _wait(self, candidate: _Candidate, end: int) -> None:
        heappush(self._waiting, (end, candidate.start, candidate))

    def _follow(self, candidate: _Candidate, final: bool) -> None:
        """Follow a candidate's chain as far as the bytes reach."""
        while candidate.alive and candidate.weight < self._evidence:
            at = candidate.at
            if at + _PREFIX > self._end:
                if not final:
                    self._wait(candidate, at + _PREFIX)
                elif at == self._end and candidate.weight:
                    candidate.weight += _EXACT_END
                return
            prefix = self._bytes(at, _PREFIX)
            size = _size(prefix)[0] if len(prefix) == _PREFIX else -1
            if not 0 <= size <= self._max_size:
                candidate.alive = False
                return
            need = at + _PREFIX + min(size, HEAD)
            if need > self._end and not final:
                self._wait(candidate, need)
                return
            head = self._bytes(at + _PREFIX, min(size, HEAD))
            weight = self._plausible(size, head) if self._plausible else 0
            candidate.alive = weight > 0
            candidate.weight += weight
            candidate.at = at + _PREFIX + size

    def _bytes(self, offset: int, length: int) -> bytes:
        """Give up to `length` bytes at a stream offset, as far as they are held without a gap."""
        index = max(bisect_right(self._offsets, offset) - 1, 0)
        found = b""
        while len(found) < length and index < len(self._events):
            event = self._events[index]
            start = offset + len(found) - event.offset
            if not isinstance(event, Data) or start < 0:
                break
            found += event.payload[start : start + length - len(found)]
            index += 1
        return found

    def _judge(self) -> _Candidate | None:
        """Give the first candidate that is not dead, if it is believed."""
        while self._first < len(self._candidates):
            candidate = self._candidates[self._first]
            if candidate.alive:
                return candidate if candidate.weight >= self._evidence else None
            self._first += 1
        return None

    def _settle(self, found: _Candidate | None) -> tuple[list[Unframed], list[Data | Gap]]:
        """Let go of what lies before the first candidate alive; hand over from one found on."""
        undecided = self._first < len(self._candidates)
        start = self._candidates[self._first].start if undecided else self._end
        unframed: list[Unframed] = []
        index = self._released
        while index < len(self._events) and self._offsets[index] < start:
            event = self._events[index]
            if isinstance(event, Data):
                length = len(event.payload)
                self.buffered -= length
                last = unframed[-1] if unframed else None
                if last is not None and last.offset + last.length == event.offset:
                    unframed[-1] = last._replace(length=last.length + length)
                else:
                    unframed.append(Unframed(event.offset, length, self.cause, event.packet_number))
            index += 1
        self._released = index
        held: list[Data | Gap] = []
        if found is not None:
            held = self._events[index:]
            self._clear()
        elif index == len(self._events):
            self._clear()
        elif index > 64 and index * 2 > len(self._events):
            del self._events[:index], self._offsets[:index]
            self._released = 0
        if self._first > 64 and self._first * 2 > len(self._candidates):
            del self._candidates[: self._first]
            self._first = 0
        return unframed, held

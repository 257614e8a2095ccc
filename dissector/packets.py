"""What a source of packets hands on, whatever it read them from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_make = tuple.__new__  # a named tuple's own constructor takes twice as long


class Packet(NamedTuple):
    """One captured packet.

    `number` counts from 1 and on across the files of one capture. `timestamp` is in nanoseconds since
    the epoch (0 where the capture gives none), and `digits` (6 or 9) the decimals with which to show
    it, as captured. `link_type` is a LINKTYPE_* number (tcpdump.org/linktypes.html). `data` holds the
    bytes captured, of the `wire_length` bytes that the packet had on the wire.
    """

    number: int
    timestamp: int
    digits: int
    link_type: int
    data: bytes
    wire_length: int


#: Where a packet is in a buffer: its number, timestamp, first byte and the one behind its last, length on the wire.
Place = tuple[int, int, int, int, int]


class Packets:
    """Packets in a row whose bytes stand in one buffer: to look at, not every packet is to be made.

    `places` tell them apart; `digits` and `link_type` are those of them all. Iterate it for each as a `Packet`.
    """

    __slots__ = ("data", "digits", "link_type", "places")

    def __init__(self, data: bytes, digits: int, link_type: int, places: list[Place]) -> None:
        self.data = data
        self.digits = digits
        self.link_type = link_type
        self.places = places

    def __iter__(self) -> Iterator[Packet]:
        data, digits, link_type = self.data, self.digits, self.link_type
        for number, timestamp, start, stop, wire_length in self.places:
            yield _make(Packet, (number, timestamp, digits, link_type, data[start:stop], wire_length))

    @property
    def size(self) -> int:
        """How many bytes of the buffer they take, what stands between them included."""
        return self.places[-1][3] - self.places[0][2] if self.places else 0

    @classmethod
    def of(cls, packet: Packet) -> Packets:
        """Return one packet as several."""
        number, timestamp, digits, link_type, data, wire_length = packet
        return cls(data, digits, link_type, [(number, timestamp, 0, len(data), wire_length)])


class PacketReader(ABC):
    """What reads packets: many at a time, or, iterated, one by one."""

    @abstractmethod
    def read(self) -> Iterator[Packets]:
        """Yield the packets, many at a time."""

    def __iter__(self) -> Iterator[Packet]:
        return chain.from_iterable(self.read())


class PacketSource(Protocol):
    """Something that packets are read from, once; `close` ends the reading."""

    @property
    def total_bytes(self) -> int | None:
        """How many bytes there are to read, None where that cannot be known."""

    @property
    def position(self) -> int:
        """How many of them were read."""

    def read(self) -> Iterator[Packets]:
        """Yield the packets, many at a time."""

    def close(self) -> None:
        """Let go of files, sockets and processes."""

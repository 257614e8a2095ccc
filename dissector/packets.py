"""What a source of packets hands on, whatever it read them from."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


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


class PacketSource(Protocol):
    """Something that packets are read from, once; `close` ends the reading."""

    @property
    def total_bytes(self) -> int | None:
        """How many bytes there are to read, None where that cannot be known."""

    @property
    def position(self) -> int:
        """How many of them were read."""

    def __iter__(self) -> Iterator[Packet]: ...

    def close(self) -> None:
        """Let go of files, sockets and processes."""

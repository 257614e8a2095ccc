"""What comes out of TCP reassembly: the life of connections, and the bytes of their streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dissector.reassembly import Connection
    from dissector.segments import Endpoint
    from dissector.streams import Stream

#: Causes of a gap.
SNAP_LENGTH = "snap length"
ACKNOWLEDGED = "acknowledged but not captured"
NOT_CAPTURED = "not captured"


class Data(NamedTuple):
    """Contiguous bytes of a stream, at `offset`, as one packet carried them."""

    stream: Stream
    offset: int
    payload: bytes
    packet_number: int
    timestamp: int
    digits: int

    @property
    def connection(self) -> Connection:
        """The connection of the stream."""
        return self.stream.connection

    @property
    def source(self) -> Endpoint:
        """The end that sent the bytes."""
        return self.stream.source


class Gap(NamedTuple):
    """`length` bytes of a stream, at `offset`, that were not captured, and why.

    `packet_number` is the packet with which they were given up.
    """

    stream: Stream
    offset: int
    length: int
    cause: str
    packet_number: int

    @property
    def connection(self) -> Connection:
        """The connection of the stream."""
        return self.stream.connection

    @property
    def source(self) -> Endpoint:
        """The end that sent the bytes."""
        return self.stream.source


class Late(NamedTuple):
    """Captured bytes that came when their place had been given up (a `Gap`), or lies before the start.

    They are not handed on. `offset` is negative before the start.
    """

    stream: Stream
    offset: int
    length: int
    packet_number: int


class Conflict(NamedTuple):
    """A retransmission that differs from the bytes first seen at `offset`; the first ones count."""

    stream: Stream
    offset: int
    length: int
    packet_number: int


class Opened(NamedTuple):
    """A connection was seen for the first time; `late` when without its SYN."""

    connection: Connection
    late: bool
    packet_number: int
    timestamp: int
    digits: int


class Closed(NamedTuple):
    """No more events come from a connection, and why."""

    connection: Connection
    cause: str
    packet_number: int


Event = Opened | Data | Gap | Late | Conflict | Closed

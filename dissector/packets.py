"""What a source of packets hands on, whatever it read them from."""

from typing import NamedTuple


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

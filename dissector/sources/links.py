"""TCP segments out of packets of link types that only tshark knows (of some seven hundred, it knows most)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dissector.segments import Endpoint, Segment
from dissector.sources import tshark

if TYPE_CHECKING:
    from dissector.packets import Packet

_FIELDS: Final = (
    *("frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport"),
    *("tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len", "tcp.payload"),
)
_OPTIONS: Final = (
    *("-o", "tcp.desegment_tcp_streams:FALSE"),
    *("-o", "tcp.analyze_sequence_numbers:FALSE"),
    *("-d", "tcp.port==0-65535,data"),
)
_MAX_ASKED: Final = 1_000_000  # packets, after which tshark is started anew: it keeps something of each of them


class TsharkLinks:
    """Reads packets whose link type nobody else knows; tshark is started with the first. See `SegmentDecoder`.

    Addresses, ports, numbers and payload are those of the innermost TCP header.
    """

    def __init__(self) -> None:
        self._questions: tshark.Questions | None = None
        self._asked = 0
        self._failure: str | None = None

    def __call__(self, packet: Packet) -> Segment | str:
        """Return the segment of a packet, or say why there is none."""
        link = f"link type {packet.link_type}"
        if self._failure is not None:
            return f"{link} {self._failure}"
        try:
            if self._asked == _MAX_ASKED:
                self.close()
            if self._questions is None:
                self._questions = tshark.Questions(_FIELDS, _OPTIONS)
            self._asked += 1
            values = self._questions.ask(packet)
        except tshark.TsharkError as error:
            is_missing = str(error) == tshark.NOT_INSTALLED
            self._failure = "(tshark, which may read it, is not installed)" if is_missing else f"({error})"
            self.close()
            return f"{link} {self._failure}"
        return _segment(packet, values) or f"{link} without TCP"

    def close(self) -> None:
        """End tshark."""
        if self._questions is not None:
            self._questions.close()
        self._questions, self._asked = None, 0


def _segment(packet: Packet, values: list[str]) -> Segment | None:
    """Return the segment that the fields of a packet tell; None where they tell none."""
    protocols, *fields = values
    last = [field.rpartition(",")[2] for field in fields]
    ip_source, ip_destination, ipv6_source, ipv6_destination, *numbers, payload = last
    layers = protocols.split(":")
    is_ipv6 = "ipv6" in layers and ("ip" not in layers or layers[::-1].index("ipv6") < layers[::-1].index("ip"))
    source, destination = (ipv6_source, ipv6_destination) if is_ipv6 else (ip_source, ip_destination)
    try:
        source_port, destination_port, sequence, acknowledgment, flags, length = (int(each, 0) for each in numbers)
        data = bytes.fromhex(payload)
    except ValueError:
        return None
    return Segment(
        packet.number,
        packet.timestamp,
        packet.digits,
        Endpoint(source, source_port),
        Endpoint(destination, destination_port),
        sequence,
        acknowledgment,
        flags & 0xFF,
        data,
        max(0, length - len(data)),
    )

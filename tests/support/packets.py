"""Packets of a TCP connection, made by hand: raw IPv4, one segment each."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from dissector.packets import Packet

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
RAW_IP = 101


@dataclass
class Wire:
    """What is captured of a connection between two ends; each call captures one packet."""

    client_port: int = 40_000
    server_port: int = 9092
    packets: list[Packet] = field(default_factory=list)
    late: int = 0  # nanoseconds by which packets come later than one in a millisecond

    def __post_init__(self) -> None:
        self.sequence = {"client": 1000, "server": 5000}

    def open(self) -> Wire:
        """Capture the handshake."""
        self.capture("client", flags=SYN)
        self.capture("server", flags=SYN | ACK)
        self.sequence = {side: number + 1 for side, number in self.sequence.items()}
        self.capture("client", flags=ACK)
        return self

    def say(self, side: str, frame: bytes) -> Wire:
        """Capture a frame in a packet of its own, behind its length."""
        self.capture(side, struct.pack(">i", len(frame)) + frame)
        return self

    def lose(self, side: str, size: int) -> Wire:
        """Let bytes pass that the capture does not have."""
        self.sequence[side] += size
        return self

    def close(self) -> Wire:
        """Capture the end of both directions."""
        for side in ("client", "server"):
            self.capture(side, flags=FIN | ACK)
        return self

    def capture(self, side: str, payload: bytes = b"", *, flags: int = PSH | ACK) -> None:
        """Capture one segment of a side."""
        other = "server" if side == "client" else "client"
        ports = {"client": self.client_port, "server": self.server_port}
        tcp = struct.pack(
            ">HHIIBBHHH", ports[side], ports[other], self.sequence[side], self.sequence[other], 5 << 4, flags, 0, 0, 0
        )
        addresses = {"client": b"\x0a\0\0\1", "server": b"\x0a\0\0\2"}
        size = 20 + len(tcp) + len(payload)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0, 64, 6, 0) + addresses[side] + addresses[other]
        number = len(self.packets) + 1
        self.packets.append(Packet(number, number * 1_000_000 + self.late, 6, RAW_IP, ip + tcp + payload, size))
        self.sequence[side] += len(payload)

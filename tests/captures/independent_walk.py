"""Walk a capture without the code under test: scapy reads the packets, and a few lines find the frames.

Good for what the recipes in ``captures/record`` record, and no more: loopback traffic, captured whole, of
connections whose SYN is in the capture, between clients and servers at known ports. What is said in TLS is what
tshark makes of it, from the packets as they are.
"""

import json
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.utils import PcapReader

HIGHEST_API_KEY, HIGHEST_VERSION = 120, 25  # beyond those, a client's frame is a bare SASL token
CONTROLLED_SHUTDOWN = 7
Address = tuple[str, int]


@dataclass(frozen=True)
class Frame:
    """A length-prefixed frame; ``packet_number`` (from 1) is that of the packet with which it is complete.

    ``connection`` counts connections by their first packet, from 0. ``size`` is without the prefix. Responses
    have a correlation id, requests a header; bare SASL tokens, and answers to them, may have nonsense there.
    """

    connection: int
    client: Address
    server: Address
    side: str  # "request" or "response"
    size: int
    packet_number: int
    correlation_id: int | None
    api_key: int | None = None
    api_version: int | None = None
    client_id: str | None = None


@dataclass
class Stream:
    """One direction of a connection, put in order by sequence number."""

    expected: int
    pending: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # by sequence number
    buffer: bytearray = field(default_factory=bytearray)
    duplicates: int = 0

    def add(
        self, sequence: int, payload: bytes, packet_number: int, plaintext: dict[int, bytes] | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """Take a segment, give the frames that are complete now and the packets that completed them.

        In TLS, ``plaintext`` is what each packet completes.
        """
        if (sequence - self.expected) % 2**32 >= 2**31:
            self.duplicates += len(payload)  # sent again though it had arrived, and never in other portions
            return
        self.pending[sequence] = (packet_number, payload)
        while (arrived := self.pending.pop(self.expected, None)) is not None:
            number, data = arrived
            self.expected = (self.expected + len(data)) % 2**32
            self.buffer += data if plaintext is None else plaintext.get(number, b"")
            yield from ((number, frame) for frame in self._frames())

    def _frames(self) -> Iterator[bytes]:
        while len(self.buffer) >= 4:
            end = 4 + int.from_bytes(self.buffer[:4], "big")
            if len(self.buffer) < end:
                return
            yield bytes(self.buffer[4:end])
            del self.buffer[:end]


@dataclass
class Connection:
    """A connection and its two directions, by the address that sends."""

    number: int
    client: Address
    server: Address
    streams: dict[Address, Stream]
    closed: bool = False


@dataclass
class Walk:
    """What a walk over a capture found."""

    packets: int = 0
    payload_bytes: int = 0
    frames: list[Frame] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    decrypted_bytes: int | None = None  # where the capture is in TLS

    @property
    def unframed_bytes(self) -> int:
        """How many captured bytes are the beginning of a frame whose end never came."""
        return sum(len(stream.buffer) for connection in self.connections for stream in connection.streams.values())

    @property
    def said_bytes(self) -> int:
        """How many bytes the two ends said to each other."""
        return self.payload_bytes - self.duplicate_bytes if self.decrypted_bytes is None else self.decrypted_bytes

    @property
    def duplicate_bytes(self) -> int:
        """How many captured bytes had been captured before."""
        return sum(stream.duplicates for connection in self.connections for stream in connection.streams.values())


def walk(path: Path) -> Walk:
    """Return the frames of a capture, in the order of the packets that complete them."""
    found = Walk()
    plaintext = _decrypted(path)
    if plaintext is not None:
        found.decrypted_bytes = sum(map(len, plaintext.values()))
    open_connections: dict[frozenset[Address], Connection] = {}
    with PcapReader(str(path)) as packets:
        for found.packets, packet in enumerate(packets, 1):
            network = packet[IP] if IP in packet else packet[IPv6]
            tcp = network[TCP]
            source, destination = (network.src, tcp.sport), (network.dst, tcp.dport)
            ends = frozenset((source, destination))
            if tcp.flags.S and not tcp.flags.A:
                streams = {source: Stream((tcp.seq + 1) % 2**32)}
                open_connections[ends] = Connection(len(found.connections), source, destination, streams)
                found.connections.append(open_connections[ends])
                continue
            connection = open_connections[ends]
            connection.closed |= bool(tcp.flags.F or tcp.flags.R)
            if tcp.flags.S:
                connection.streams[source] = Stream((tcp.seq + 1) % 2**32)
                continue
            if payload := _payload(network, tcp):
                found.payload_bytes += len(payload)
                for number, frame in connection.streams[source].add(tcp.seq, payload, found.packets, plaintext):
                    found.frames.append(_frame(connection, source, number, frame))
    found.frames.sort(key=lambda frame: frame.packet_number)
    return found


def _decrypted(path: Path) -> dict[int, bytes] | None:
    """Return what tshark decrypts of a capture, by the packet that completes it; None if the capture is plaintext."""
    known = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    if "keylog" not in known:
        return None
    options = [option for port in known["ports"] for option in ("-d", f"tls.port=={port},data")]
    if known["keylog"] != "embedded":
        options += ["-o", f"tls.keylog_file:{path.with_name(known['keylog'])}"]
    fields = ["-T", "fields", "-E", "separator=;", "-e", "frame.number", "-e", "data.data"]
    command = ["tshark", "-r", path, *options, "-Y", "tls.app_data && data", *fields]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = (line.split(";") for line in said.splitlines())
    return {int(number): bytes.fromhex(data.replace(",", "")) for number, data in rows}


def _payload(network: IP | IPv6, tcp: TCP) -> bytes:
    length = network.plen if isinstance(network, IPv6) else network.len - network.ihl * 4
    return bytes(tcp.payload)[: length - tcp.dataofs * 4]


def _frame(connection: Connection, source: Address, number: int, data: bytes) -> Frame:
    ends = (connection.number, connection.client, connection.server)
    if source == connection.server:
        correlation_id = struct.unpack_from(">i", data)[0] if len(data) >= 4 else None
        return Frame(*ends, "response", len(data), number, correlation_id)
    api_key, api_version, correlation_id = struct.unpack_from(">hhi", data) if len(data) >= 8 else (-1, -1, 0)
    if not (0 <= api_key <= HIGHEST_API_KEY and 0 <= api_version <= HIGHEST_VERSION):
        return Frame(*ends, "request", len(data), number, None)
    client_id = None
    if (api_key, api_version) != (CONTROLLED_SHUTDOWN, 0):  # its header ends with the correlation id
        (length,) = struct.unpack_from(">h", data, 8)
        client_id = data[10 : 10 + length].decode() if length >= 0 else None
    return Frame(*ends, "request", len(data), number, correlation_id, api_key, api_version, client_id)

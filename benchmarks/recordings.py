"""The captures that benchmarks read: recorded once by traffic.py, kept in .cache/benchmarks.

Captures are read here by a few lines of their own, so that what describes them is none of what is measured.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache" / "benchmarks"
#: What is recorded, by name: the arguments of traffic.py. Large enough that starting is not what is measured; those
#: for a short run are a tenth of it.
RECORDINGS: Final = {
    "chatty": ["chatty", "--records", "120000"],
    "bulk": ["bulk", "--megabytes", "800"],
    "bulk at an MSS of 1448": ["bulk", "--megabytes", "200", "--mss", "1448"],
}
SHORT: Final = {
    "chatty": ["chatty", "--records", "12000"],
    "bulk": ["bulk", "--megabytes", "80"],
    "bulk at an MSS of 1448": ["bulk", "--megabytes", "20", "--mss", "1448"],
}
_TOOLS: Final = {"tcpdump": "tcpdump", "ip": "iproute2", "ethtool": "ethtool", "unshare": "util-linux"}
SYN, ACK = 2, 16
_HEADER: Final = 24  # bytes, of a pcap file
_PACKET: Final = struct.Struct("<IIII")  # seconds, microseconds, captured length, length on the wire
_ETHERNET: Final = 14


class Raw(NamedTuple):
    """A packet of a recording: Ethernet, IPv4, TCP. Its time is in microseconds."""

    time: int
    data: bytes

    @property
    def tcp(self) -> int:
        """Where its TCP header begins."""
        return _ETHERNET + (self.data[_ETHERNET] & 15) * 4

    @property
    def ports(self) -> tuple[int, int]:
        """Those of its source and its destination."""
        source, destination = struct.unpack_from(">HH", self.data, self.tcp)
        return source, destination

    @property
    def flags(self) -> int:
        """Those of TCP."""
        return self.data[self.tcp + 13]

    @property
    def payload(self) -> int:
        """How many bytes of payload there are."""
        return len(self.data) - self.tcp - (self.data[self.tcp + 12] >> 4) * 4


def recording(name: str, *, short: bool = False) -> Path:
    """Return the path of a recording, or of its short form, which is made if it is not there."""
    kind, *options = (SHORT if short else RECORDINGS)[name]
    path = CACHE / f"{'-'.join([kind, *options]).replace('--', '')}.pcap"
    if not path.exists():
        if missing := [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]:
            sys.exit(f"recording takes these packages, which are not there: {' '.join(missing)}")
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"recording {path.relative_to(ROOT)}, once; this takes up to three minutes ...", file=sys.stderr)
        part = path.with_suffix(".part")
        traffic = str(Path(__file__).with_name("traffic.py"))
        subprocess.run([sys.executable, traffic, kind, str(part), *options], check=True)
        part.rename(path)
    return path


def beginning(path: Path, packets: int) -> Path:
    """Return the path of the first packets of a recording: cut off, unless they are there and not of an older one."""
    cut = path.with_name(f"{path.stem}-first-{packets}.pcap")
    if not cut.exists() or cut.stat().st_mtime < path.stat().st_mtime:
        part = cut.with_suffix(".part")
        with part.open("wb") as file:
            file.write(header(path))
            for packet in islice(each_packet(path), packets):
                write(file, packet)
        part.rename(cut)
    return cut


def header(path: Path) -> bytes:
    """Return the header of a capture file."""
    with path.open("rb") as file:
        return file.read(_HEADER)


def each_packet(path: Path) -> Iterator[Raw]:
    """Yield the packets of a recording: pcap of this machine's byte order, in microseconds, as tcpdump writes it."""
    with path.open("rb") as file:
        file.seek(_HEADER)
        while head := file.read(_PACKET.size):
            seconds, microseconds, length, _ = _PACKET.unpack(head)
            yield Raw(seconds * 1_000_000 + microseconds, file.read(length))


def write(file: BinaryIO, packet: Raw) -> None:
    """Append a packet to a capture file."""
    length = len(packet.data)
    file.write(_PACKET.pack(*divmod(packet.time, 1_000_000), length, length) + packet.data)


@cache
def server_ports(path: Path) -> list[int]:
    """Return the ports of the brokers in a recording: those that accept connections."""
    return sorted({packet.ports[0] for packet in each_packet(path) if packet.flags & (SYN | ACK) == SYN | ACK})


def tshark(path: Path) -> list[str]:
    """Return tshark's command for a recording, which is told the ports: it recognises Kafka on port 9092 only."""
    decode_as = [word for port in server_ports(path) for word in ("-d", f"tcp.port=={port},kafka")]
    return ["tshark", "-r", str(path), *decode_as]

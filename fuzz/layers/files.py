"""Capture files: pcap, pcapng, and either within gzip.

Only `CaptureError` is raised, with one line that names the file and the place. Packets are numbered without holes and
hold no more than was on the wire. The first half of a file gives the first of its packets. (zstd and LZ4 run in
processes of their own, which is too slow here.)
"""

from __future__ import annotations

import gzip
import io
import lzma
from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.sources.compressed import LZ4, ZSTD
from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader
from dissector.views.timestamps import iso_timestamp
from fuzz import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.packets import Packet

_MANY: Final = 5000  # packets: gzip can hold millions that are empty
ALLOWANCE: Final = 48 << 20  # the longest packet believed, while its buffer grows

# A section, an interface with nanoseconds, and a packet of each kind; big-endian.
_PCAPNG: Final = bytes.fromhex(
    "0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c"
    "00000001000000280065000000040000000900010900000000"
    "0e000800000000000000050000000000000028"
    "00000003000000140000000661626364000000140000000600000024000000000000000100000002000000020000000361620000"
    "00000024"
    "00000002000000240000000000000001000000020000000200000002636400000000002400000005000000100000000000000010"
)


def seeds() -> Iterator[bytes]:
    """Yield the beginnings of the sample captures."""
    yield _PCAPNG
    yield gzip.compress(_PCAPNG) + gzip.compress(b"") + b"\0" * 8
    yield lzma.compress(b"no capture")
    for path in samples.files():
        start = path.read_bytes()[:3000]
        yield start
        yield gzip.compress(start)
    start = samples.files()[0].read_bytes()[:1000]
    for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"):
        yield bytes.fromhex(magic) + start[4:]


def check(data: bytes) -> None:
    """Read a file."""
    if data.startswith((ZSTD, LZ4)):
        return
    packets, error = _read(data)
    for number, packet in enumerate(packets, 1):
        assert packet.number == number
        assert len(packet.data) <= packet.wire_length
        assert iso_timestamp(packet.timestamp, packet.digits).endswith("Z")
    if error is not None:
        assert error.startswith("capture: ")
        assert error.isprintable(), error
    half, _ = _read(data[: len(data) // 2])
    assert half == packets[: len(half)]


def _read(data: bytes) -> tuple[list[Packet], str | None]:
    packets: list[Packet] = []
    with CaptureReader(io.BytesIO(data)) as reader:
        try:
            packets.extend(islice(reader, _MANY))
        except CaptureError as error:
            return packets, str(error)
    return packets, None

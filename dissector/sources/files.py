"""Capture files, and standard input, as packets."""

import io
import os
import stat
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from dissector.packets import PacketReader, Packets
from dissector.sources import pcap, pcapng, tshark
from dissector.sources.buffer import Buffer
from dissector.sources.compressed import decompressed
from dissector.sources.errors import CaptureError
from dissector.sources.numbers import Numbers
from dissector.sources.tools import widen

Capture = str | os.PathLike[str] | BinaryIO

_CHUNK = 1 << 18  # stays in the processor's cache while it is read
#: The largest packet that is believed: far above any snap length (262,144) and any big segment.
MAX_PACKET = 16 << 20


class CaptureReader(PacketReader):
    """The packets of one or several capture files, in the order given, as one capture.

    Each of `captures` is a path, `"-"` for standard input, or a binary file object (which is not
    closed). pcap and pcapng are recognised by what they start with, compressed or not; files in other
    formats go through tshark, if it is installed. They are read once; a file that is broken
    gives everything before the break, and the next one follows: what was wrong is raised as
    `CaptureError` after the last. Files are opened when their turn comes; `max_packet` is the longest
    packet believed. `on_secrets` is called with the text of each TLS key log embedded in a pcapng.
    """

    def __init__(
        self, *captures: Capture, max_packet: int = MAX_PACKET, on_secrets: Callable[[bytes], None] | None = None
    ) -> None:
        self._captures = captures
        self._on_secrets = on_secrets
        self._max_packet = max_packet
        self._finished = 0
        self._current: _File | None = None
        self._packets = self._read()
        self.total_bytes: int | None = _total(captures)

    @property
    def position(self) -> int:
        """Bytes read so far of `total_bytes`, before decompression."""
        return self._finished + (self._current.position if self._current else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file being read; no more packets come."""
        self._packets.close()

    def read(self) -> Iterator[Packets]:
        """Yield the packets, many at a time."""
        return self._packets

    def _read(self) -> Generator[Packets, None, None]:
        numbers = Numbers()
        broken = []
        for capture in self._captures:
            try:
                with ExitStack() as stack:
                    file = self._current = _File(capture, stack)
                    yield from file.packets(numbers, self._max_packet, self._on_secrets)
            except CaptureError as error:
                broken.append(error)
            self._finished = self.position
            self._current = None
        if broken:
            raise broken[0] if len(broken) == 1 else CaptureError("; ".join(map(str, broken)))


class _File:
    """One file of a capture."""

    def __init__(self, capture: Capture, stack: ExitStack) -> None:
        self.position = 0
        self.name = _name(capture)
        self._path = capture if isinstance(capture, (str, os.PathLike)) and capture != "-" else None
        try:
            self._file = _open(capture, stack)
        except OSError as error:
            raise CaptureError(f"{self.name}: {error.strerror or error}") from error

    def packets(
        self, numbers: Numbers, max_packet: int, on_secrets: Callable[[bytes], None] | None
    ) -> Iterator[Packets]:
        """Yield the packets, whatever the format; name the file and the place where it breaks."""
        buffer = Buffer(self._chunk)
        try:
            buffer.fill(4)
            buffer = Buffer(decompressed(buffer.data, buffer.read))
            if not buffer.fill(4):
                raise CaptureError("not a capture: " + ("too short" if buffer.data else "empty"))
            magic = buffer.data[:4]
            if magic in pcap.MAGICS:
                yield from pcap.packets(buffer, numbers, max_packet)
            elif magic == pcapng.MAGIC:
                yield from pcapng.packets(buffer, numbers, max_packet, on_secrets)
            else:
                pieces = tshark.as_pcapng(self._path, magic)
                buffer = Buffer(lambda: next(pieces, b""))
                buffer.fill(4)
                yield from pcapng.packets(buffer, numbers, max_packet, on_secrets)
        except CaptureError as error:
            raise CaptureError(f"{self.name}: {error} (at byte {buffer.offset})") from None
        except OSError as error:
            raise CaptureError(f"{self.name}: {error.strerror or error} (at byte {buffer.offset})") from error

    def _chunk(self) -> bytes:
        # read1 gives what a pipe holds instead of waiting for a whole chunk.
        chunk = self._file.read1(_CHUNK) if isinstance(self._file, io.BufferedIOBase) else self._file.read(_CHUNK)
        self.position += len(chunk)
        return chunk


def _open(capture: Capture, stack: ExitStack) -> BinaryIO | io.BufferedIOBase:
    if not isinstance(capture, (str, os.PathLike)):
        return capture
    if capture == "-":
        widen(sys.stdin.buffer)
        return sys.stdin.buffer
    return stack.enter_context(Path(capture).open("rb"))


def _name(capture: Capture) -> str:
    if capture == "-":
        return "standard input"
    if isinstance(capture, (str, os.PathLike)):
        return str(getattr(capture, "origin", os.fspath(capture)))  # what a copy is one of
    return str(getattr(capture, "name", "capture"))


def _total(captures: tuple[Capture, ...]) -> int | None:
    """Add up the sizes of the captures; None when one of them is no regular file."""
    total = 0
    for capture in captures:
        try:
            if capture == "-":
                status = os.fstat(sys.stdin.fileno())
            elif isinstance(capture, (str, os.PathLike)):
                status = Path(capture).stat()
            else:
                status = os.fstat(capture.fileno())
        except (OSError, ValueError, AttributeError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        total += status.st_size
    return total

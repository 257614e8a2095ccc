"""What two processes of ours say to one another: numbers through pipes, and what these are about in files.

What is in a pipe is so small that nobody waits for room in it. The files are in memory where the system can do that.
"""

from __future__ import annotations

import os
import struct
import tempfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structs.buffers import Buffer

MESSAGE: Final = struct.Struct(">iq")  # the number of a pair of files, and the size of what stands in one
READY: Final = -1  # instead of such a number
_AT_ONCE: Final = 512  # pieces (IOV_MAX is at least 1024 wherever it matters)
_KEPT: Final = 4 << 20  # bytes of a file that stay when it is used again


def new_file() -> int:
    """Return the descriptor of a new file without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("kafka-dissect")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def write(file: int, pieces: Sequence[Buffer]) -> int:
    """Write pieces from the start of a file, and return their size."""
    os.lseek(file, 0, os.SEEK_SET)
    size = 0
    for start in range(0, len(pieces), _AT_ONCE):
        some = pieces[start : start + _AT_ONCE]
        written, wanted = os.writev(file, some), sum(map(len, some))
        size += wanted
        if written < wanted:  # more than 2 GiB
            rest = memoryview(b"".join(some))[written:]
            while rest:
                rest = rest[os.write(file, rest) :]
    return size


def read(file: int, size: int) -> bytes:
    """Return so many bytes from the start of a file."""
    data = os.pread(file, size, 0)
    if len(data) == size:
        return data
    pieces = [data]
    while data and (size := size - len(data)):
        data = os.pread(file, size, sum(map(len, pieces)))
        pieces.append(data)
    return b"".join(pieces)


def empty(file: int) -> None:
    """Let a file be used again; a large one gives its memory back."""
    if os.fstat(file).st_size > _KEPT:
        os.ftruncate(file, 0)


def send(pipe: int, number: int, size: int) -> None:
    """Say that something stands in a file."""
    os.write(pipe, MESSAGE.pack(number, size))


def receive(pipe: int) -> tuple[int, int] | None:
    """Wait for what `send` says; None if there is nobody any more to say something."""
    data = os.read(pipe, MESSAGE.size)  # as small as this it comes in one piece (PIPE_BUF)
    return MESSAGE.unpack(data) if len(data) == MESSAGE.size else None

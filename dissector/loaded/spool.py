"""The bytes of a loaded capture's messages, in a temporary file that nobody else sees."""

from __future__ import annotations

import tempfile
from threading import Lock
from typing import TYPE_CHECKING, Final

from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structs.buffers import Buffer


class SpoolError(CaptureError):
    """Bytes cannot be kept: the capture is not what is broken."""


_AHEAD: Final = 256 << 10  # bytes, for who reads on and on; from one reading to the next twice as many


class Spool:
    """Bytes that are written once, one behind the other, and read at any place.

    Reassembled bytes are kept rather than the places of their packets: so any source will do (rings of files,
    compressed ones, pipes, live interfaces, decrypted connections), and a message is one read, wherever its packets
    are. The file has no name and goes with the process; it is where `tempfile` puts files (TMPDIR).
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (it lives as long as this object)
        self._lock = Lock()
        self._latest: tuple[int, bytes] = (0, b"")  # what was read last, and where

    def write(self, pieces: Sequence[Buffer]) -> None:
        """Write bytes behind those that are there."""
        data = memoryview(b"".join(pieces))
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            where = tempfile.gettempdir()
            message = f"the bytes of messages cannot be kept in {where}: {error.strerror} (TMPDIR names another place)"
            raise SpoolError(message) from error

    def read(self, at: int, size: int) -> bytes:
        """Return `size` bytes from `at`."""
        start, latest = self._latest
        start = at - start
        if 0 <= start <= len(latest) - size:
            return latest[start : start + size]
        with self._lock:
            if self._file.closed:
                raise ValueError("the capture is closed: what was not looked at before cannot be read any more")
            ahead = min(2 * len(latest), _AHEAD) if 0 <= start <= len(latest) else 0
            data = self._read(at, max(size, ahead))
            self._latest = (at, data) if len(data) <= _AHEAD else (at + len(data), b"")
        if len(data) < size:
            raise ValueError(f"{size} bytes at {at} were never written")
        return data[:size]

    def _read(self, at: int, size: int) -> bytes:
        """Return `size` bytes from `at`, or as many as there are."""
        self._file.seek(at)
        pieces = []
        while size and (piece := self._file.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._latest = 0, b""
            self._file.close()

    def __del__(self) -> None:
        self.close()  # notebooks seldom close what they opened

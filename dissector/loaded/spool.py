"""The bytes of a loaded capture's messages, in a temporary file that nobody else sees."""

from __future__ import annotations

import tempfile
from threading import Lock
from typing import TYPE_CHECKING

from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structs.buffers import Buffer


class SpoolError(CaptureError):
    """Bytes cannot be kept: the capture is not what is broken."""


class Spool:
    """Bytes that are written once, one behind the other, and read at any place.

    Reassembled bytes are kept rather than the places of their packets: so any source will do (rings of files,
    compressed ones, pipes, live interfaces, decrypted connections), and a message is one read, wherever its packets
    are. The file has no name and goes with the process; it is where `tempfile` puts files (TMPDIR).
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (it lives as long as this object)
        self._lock = Lock()

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
        with self._lock:
            if self._file.closed:
                raise ValueError("the capture is closed: what was not looked at before cannot be read any more")
            self._file.seek(at)
            pieces = []
            while size:
                piece = self._file.read(size)
                if not piece:
                    raise ValueError(f"{size} bytes at {at} were never written")
                pieces.append(piece)
                at += len(piece)
                size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __del__(self) -> None:
        self.close()  # notebooks seldom close what they opened

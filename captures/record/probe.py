"""Requests by hand, for what no client library says any more, or ever should."""

import socket
import struct
from types import TracebackType
from typing import Self


class Probe:
    """A connection to a broker that sends whatever it is told to."""

    def __init__(self, client_id: str, port: int = 9092) -> None:
        self._client_id = client_id.encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._correlation_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, api_key: int, version: int, body: bytes, *, flexible: bool = False) -> bytes:
        """Send a request; return the response behind its correlation id, or nothing if the broker hangs up."""
        self.tell(api_key, version, body, flexible=flexible)
        return self.receive()[4:]

    def tell(self, api_key: int, version: int, body: bytes, *, flexible: bool = False) -> None:
        """Send a request and do not wait for the response."""
        self._correlation_id += 1
        header = struct.pack(">hhi", api_key, version, self._correlation_id)
        header += struct.pack(">h", len(self._client_id)) + self._client_id
        self.send(header + (b"\0" if flexible else b"") + body)

    def send(self, content: bytes) -> None:
        """Send a frame."""
        self._socket.sendall(struct.pack(">i", len(content)) + content)

    def receive(self) -> bytes:
        """Return the next frame, or nothing if the broker hangs up."""
        size = self._read(4)
        return self._read(struct.unpack(">i", size)[0]) if size else b""

    def _read(self, size: int) -> bytes:
        data = b""
        try:
            while len(data) < size and (more := self._socket.recv(size - len(data))):
                data += more
        except ConnectionResetError:
            return b""
        return data


def string(text: str) -> bytes:
    """Return a string with its length in front, as versions before the compact ones have it."""
    return struct.pack(">h", len(text.encode())) + text.encode()

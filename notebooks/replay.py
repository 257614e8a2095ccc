"""A small broker and its client on the loopback interface, which say again what was said in a sample capture.

For the notebook about live traffic: it has something to listen to wherever it runs, and it ends by itself.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector import Exchange

_PREFIX = struct.Struct(">i")
_SECONDS = 10  # after which either side gives up


class Replay:
    """Says the exchanges again on a new connection to `port`, once `start` is called; `pause` seconds between them."""

    def __init__(self, exchanges: Sequence[Exchange], *, pause: float = 0.02) -> None:
        pairs = [(each.request.frame.data, each.response.frame.data) for each in exchanges if each.latency is not None]
        self._pairs = pairs
        self._pause = pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_SECONDS)
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        """Begin, in threads of its own."""
        for side in (self._serve, self._ask):
            threading.Thread(target=side, daemon=True).start()

    def _serve(self) -> None:
        with self._listener, self._listener.accept()[0] as connection:
            connection.settimeout(_SECONDS)
            for request, response in self._pairs:
                _receive(connection, _PREFIX.size + len(request))
                time.sleep(self._pause / 4)
                connection.sendall(_PREFIX.pack(len(response)) + response)

    def _ask(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS) as connection:
            for request, response in self._pairs:
                connection.sendall(_PREFIX.pack(len(request)) + request)
                _receive(connection, _PREFIX.size + len(response))
                time.sleep(self._pause)


def _receive(connection: socket.socket, size: int) -> None:
    while size:
        size -= len(connection.recv(size)) or size

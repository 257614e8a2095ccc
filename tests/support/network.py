"""Network namespaces, interfaces and frames for tests that capture: nothing of the machine's own network is touched."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.frames import make_request, make_response

if TYPE_CHECKING:
    from collections.abc import Iterator

CLONE_NEWNET = 0x40000000
API_VERSIONS = 18
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), f"{os.strerror(ctypes.get_errno())}: capturing needs root")


@contextmanager
def namespace() -> Iterator[None]:
    """Let this thread, and what it starts, be in a network of its own, which has a loopback interface only."""
    usual = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _checked(_libc.unshare(CLONE_NEWNET))
        try:
            ip("link set lo up")
            yield
        finally:
            _checked(_libc.setns(usual, CLONE_NEWNET))
    finally:
        os.close(usual)


def ip(command: str) -> None:
    """Configure the network."""
    subprocess.run(["ip", *command.split()], check=True)


def pair() -> None:
    """Make two Ethernet interfaces, left and right, with a cable between them and nobody at either end."""
    ip("link add left type veth peer name right")
    for name in ("left", "right"):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")  # it would talk by itself
        ip(f"link set {name} arp off up")


def send(interface: str, *frames: bytes) -> None:
    """Send Ethernet frames, or what the interface has instead."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        for frame in frames:
            sender.send(frame)


def ipv4(protocol: int, payload: bytes, *, fragment: int = 0) -> bytes:
    """Return an IPv4 packet."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0)
    return head + socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.2.2") + payload


def tcp(port: int, payload: bytes = b"") -> bytes:
    """Return an IPv4 packet with a TCP segment to a port."""
    return ipv4(6, struct.pack(">HHIIBBHHH", 40_000, port, 1, 1, 5 << 4, 24, 0, 0, 0) + payload)


def udp(port: int, payload: bytes = b"") -> bytes:
    """Return an IPv4 packet with a UDP datagram to a port."""
    return ipv4(17, struct.pack(">HHHH", 40_000, port, 8 + len(payload), 0) + payload)


def ethernet(packet: bytes, *tags: tuple[int, int]) -> bytes:
    """Return an IPv4 packet in an Ethernet frame, with VLAN tags: their protocol and id."""
    stack = b"".join(struct.pack(">HH", *tag) for tag in tags)
    return b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01" + stack + b"\x08\0" + packet


class Broker:
    """A server on loopback that answers ApiVersions; as a context manager it is there until left."""

    def __enter__(self) -> Broker:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Connect a client."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            yield Client(connection)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as requests:
            while prefix := requests.read(4):
                request = requests.read(*struct.unpack(">i", prefix))
                (correlation_id,) = struct.unpack_from(">i", request, 4)
                body = {"error_code": 0, "api_keys": []}
                response = make_response(API_VERSIONS, 0, body, correlation_id=correlation_id)
                connection.sendall(struct.pack(">i", len(response)) + response)


class Client:
    """A client of `Broker`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._asked = 0

    def ask(self, times: int = 1, *, client_id: str = "watched") -> None:
        """Ask for the versions, and wait for the answer."""
        for _ in range(times):
            self._asked += 1
            request = make_request(API_VERSIONS, 0, {}, correlation_id=self._asked, client_id=client_id)
            self._connection.sendall(struct.pack(">i", len(request)) + request)
            assert self._connection.recv(1000)

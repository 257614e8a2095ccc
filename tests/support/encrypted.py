"""Connections in TLS, made of what is captured in plaintext: the standard library encrypts both ends in memory."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support.packets import Wire

from dissector.events import Data
from dissector.reassembly import Reassembler
from dissector.segments import Segment, SegmentDecoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.packets import Packet
    from dissector.reassembly import Connection

CERTIFICATE = Path(__file__).with_name("made_up.pem")
TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Tunnel:
    """A TLS connection between two ends in memory; `keylog` has its secrets when the handshake is over."""

    def __init__(self, version: ssl.TLSVersion = TLS_1_3, ciphers: str | None = None) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "keys.log"
            server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            server.load_cert_chain(CERTIFICATE)
            client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
            client.keylog_filename = str(file)
            for context in (server, client):
                context.minimum_version = context.maximum_version = version
                if ciphers is not None:
                    context.set_ciphers(ciphers)
            self._arrived = {"client": ssl.MemoryBIO(), "server": ssl.MemoryBIO()}
            self._sent = {"client": ssl.MemoryBIO(), "server": ssl.MemoryBIO()}
            self._ends = {
                "client": client.wrap_bio(self._arrived["client"], self._sent["client"]),
                "server": server.wrap_bio(self._arrived["server"], self._sent["server"], server_side=True),
            }
            #: What each end sent until both were ready.
            self.handshake: list[tuple[str, bytes]] = []
            ready: set[str] = set()
            while len(ready) < len(self._ends):
                for side, end in self._ends.items():
                    try:
                        end.do_handshake()
                        ready.add(side)
                    except ssl.SSLWantReadError:
                        pass
                    self.handshake += self._moved(side)
            del end, client  # closes the key log
            self.keylog = file.read_bytes()

    def say(self, side: str, text: bytes) -> bytes:
        """Return what goes over the wire when an end says this."""
        self._ends[side].write(text)
        ((_, data),) = self._moved(side)
        peer = self._ends["server" if side == "client" else "client"]
        heard = b""
        while len(heard) < len(text):
            heard += peer.read(1 << 20)
        assert heard == text
        return data

    def _moved(self, side: str) -> list[tuple[str, bytes]]:
        data = self._sent[side].read()
        if data:
            self._arrived["server" if side == "client" else "client"].write(data)
        return [(side, data)] if data else []


def encrypted(
    packets: Iterable[Packet],
    version: ssl.TLSVersion = TLS_1_3,
    ciphers: str | None = None,
    *,
    server_port: int | None = None,
    segment: int = 1 << 15,
) -> tuple[list[Packet], bytes]:
    """Return a capture of the same conversations in TLS, and its key log; the connections must have a SYN.

    What a packet brought is said in one piece, at the same time; segments have `segment` bytes at most.
    """
    decoder, reassembler = SegmentDecoder(), Reassembler()
    tunnels: dict[Connection, tuple[Wire, Tunnel]] = {}
    found: list[Packet] = []
    keylog = b""
    events = [
        event
        for packet in packets
        if isinstance(piece := decoder.decode(packet), Segment)
        for event in reassembler.feed(piece)
    ]
    for event in (*events, *reassembler.flush()):
        if not isinstance(event, Data):
            continue
        connection = event.connection
        said = []
        if connection not in tunnels:
            wire = Wire(20_000 + len(tunnels), server_port or connection.server.port).open()
            tunnels[connection] = wire, Tunnel(version, ciphers)
            keylog += tunnels[connection][1].keylog
            said += tunnels[connection][1].handshake
        wire, tunnel = tunnels[connection]
        side = "client" if event.source == connection.client else "server"
        said.append((side, tunnel.say(side, event.payload)))
        for who, data in said:
            for at in range(0, len(data), segment):
                wire.capture(who, data[at : at + segment])
        found += [
            packet._replace(number=number, timestamp=event.timestamp)
            for number, packet in enumerate(wire.packets, len(found) + 1)
        ]
        wire.packets.clear()
    return found, keylog

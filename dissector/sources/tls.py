"""TLS records decrypted by tshark (TLS 1.0 to 1.3, whatever the cipher).

tshark sees no packets of the capture. Each record goes to it in a packet of its own, of a connection of its own, made
up for it: in order, on one port that it knows to be TLS, with the secrets of just that connection. So it makes no
difference on which port, behind which tunnel, in which order and in how many pieces the record was captured.

tshark keeps all that it has seen in memory. Therefore several follow one another: new connections go to a new one when
the last has had enough, and one ends with its last connection. What they hold together is bounded: beyond, the one that
began first is ended, and its connections with it.
"""

from __future__ import annotations

import struct
from typing import Final

from dissector.decryption import DecryptionError
from dissector.packets import Packet
from dissector.plaintext import Plain
from dissector.sources import tshark

MAX_PROCESS_BYTES: Final = 256 << 20  # what a tshark holds when the next one takes the new connections
MAX_BYTES: Final = 2 << 30
_RECORD_COST: Final = 1000  # bytes that tshark keeps for a record beside its plaintext (measured: 300 to 800)

_PORT: Final = 443
_CLIENT_PORT: Final = 40000
_SERVER: Final = bytes((198, 18, 0, 1))  # RFC 2544: addresses for tests of devices
_RAW_IP: Final = 101
_ip = struct.Struct(">BBHHHBBH4s4s").pack
_tcp = struct.Struct(">HHIIBBHHH").pack
_IP_HEADER, _TCP_HEADER = 20, 20
_FIELDS: Final = ("tls.record.content_type", "data.data")
_OPTIONS: Final = (
    *("-d", f"tcp.port=={_PORT},tls"),
    *("-d", f"tls.port=={_PORT},data"),
    *("-o", "tls.ignore_ssl_mac_failed:TRUE"),  # so that records with holes do not stop what follows
    *("-o", "tcp.analyze_sequence_numbers:FALSE"),
)
#: What takes plaintext for its own by how it looks (`tshark -G heuristic-decodes`), whatever the port says: a small
#: response of Kafka's is like a message of SMPP.
_CLAIMANTS: Final = ("aim", "credssp", "fix", "http", "http2", "mq", "rdpmt", "rpc", "smpp", "5gli", "li5g")
_TOO_MUCH: Final = "more than tshark may hold in memory"
_APPLICATION: Final = 23


class TsharkDecrypter:
    """Decrypts with tshark, which is started with the first connection. See `dissector.decryption.Decrypter`."""

    def __init__(self, *, max_process_bytes: int = MAX_PROCESS_BYTES, max_bytes: int = MAX_BYTES) -> None:
        self._max_process_bytes = max_process_bytes
        self._max_bytes = max_bytes
        self._processes: list[_Process] = []
        self._failure: str | None = None
        self._held = 0

    def open(self, secrets: bytes) -> TsharkSession:
        """Begin a connection with the lines of a key log. Raises `DecryptionError`."""
        if self._failure is not None:
            raise DecryptionError(self._failure)
        process = self._processes[-1] if self._processes else None
        if process is None or process.failure is not None or process.held > self._max_process_bytes:
            try:
                process = _Process(self)
            except tshark.TsharkError as error:
                self._failure = str(error)
                raise DecryptionError(self._failure) from None
            self._processes.append(process)
            self.tidy()
        return process.open(secrets)

    def close(self) -> None:
        """End every tshark."""
        for process in self._processes:
            process.end("closed")
        self._processes.clear()

    def tidy(self) -> None:
        """End those that nobody needs any more, the last one aside."""
        for process in self._processes[:-1]:
            if not process.connections:
                process.end("closed")
        self._let_go()

    def spend(self, size: int) -> None:
        """Count what a tshark holds now, and end the first ones if that is too much."""
        self._held += size
        while self._held > self._max_bytes and self._processes:
            self._processes[0].end(_TOO_MUCH)
            self._let_go()

    def _let_go(self) -> None:
        self._processes = [process for process in self._processes if process.failure is None]
        self._held = sum(process.held for process in self._processes)


class _Process:
    """One tshark, and the connections that it decrypts."""

    def __init__(self, owner: TsharkDecrypter) -> None:
        self.connections = 0
        self.held = 0
        self.failure: str | None = None
        self._owner = owner
        self._opened = 0
        self._questions = tshark.Questions(_FIELDS, _OPTIONS, _CLAIMANTS)

    def open(self, secrets: bytes) -> TsharkSession:
        self.connections += 1
        self._opened += 1
        try:
            self._questions.tell(secrets)
        except tshark.TsharkError as error:
            self.end(str(error))
            raise DecryptionError(str(error)) from None
        return TsharkSession(self, (10 << 24 | self._opened & 0xFFFFFF).to_bytes(4, "big"))

    def leave(self) -> None:
        self.connections -= 1
        if not self.connections:
            self._owner.tidy()

    def ask(self, data: bytes, content: int) -> list[str]:
        if self.failure is not None:
            raise DecryptionError(self.failure)
        self.held += content + _RECORD_COST
        self._owner.spend(content + _RECORD_COST)
        if self.failure is not None:
            raise DecryptionError(self.failure)
        try:
            return self._questions.ask(Packet(1, 0, 6, _RAW_IP, data, len(data)))
        except tshark.TsharkError as error:
            self.end(str(error))
            raise DecryptionError(str(error)) from None

    def end(self, failure: str) -> None:
        if self.failure is None:
            self.failure = failure
            self._questions.close()


class TsharkSession:
    """The records of one connection. See `dissector.decryption.Session`."""

    def __init__(self, process: _Process, client: bytes) -> None:
        self._process = process
        self._client = client
        self._sequences = [1, 1]

    def decrypt(self, record: bytes, *, from_client: bool) -> Plain:
        """Return what a record holds. Raises `DecryptionError`."""
        own, other = (0, 1) if from_client else (1, 0)
        ends = (self._client, _SERVER) if from_client else (_SERVER, self._client)
        ports = (_CLIENT_PORT, _PORT) if from_client else (_PORT, _CLIENT_PORT)
        header = _ip(0x45, 0, _IP_HEADER + _TCP_HEADER + len(record), 0, 0, 64, 6, 0, *ends)
        header += _tcp(*ports, self._sequences[own], self._sequences[other], 0x50, 0x18, 0xFFFF, 0, 0)
        self._sequences[own] = (self._sequences[own] + len(record)) & 0xFFFFFFFF
        kinds, data = self._process.ask(header + record, len(record))
        kind = kinds.rpartition(",")[2]
        plain = bytes.fromhex(data.replace(",", "")) if data else None
        return Plain(int(kind) if kind.isdecimal() else _APPLICATION, plain)

    def close(self) -> None:
        """Say that no more records come."""
        self._process.leave()

"""What others than Kafka say on their connections: a few messages of each, from the start."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from support.packets import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator


def _behind_size(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _text(text: str) -> bytes:
    return struct.pack(">i", len(text)) + text.encode()


def _mongo(document: bytes, number: int, answers: int = 0) -> bytes:
    body = struct.pack("<iiI", answers, 2013, 0) + b"\0" + document
    return struct.pack("<ii", len(body) + 8, number) + body


def _mysql(number: int, data: bytes) -> bytes:
    return len(data).to_bytes(3, "little") + bytes([number]) + data


def _http2(kind: int, stream: int, data: bytes = b"", flags: int = 0) -> bytes:
    return len(data).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + data


def _dns(number: int, flags: int, *, answers: int) -> bytes:
    query = b"\x07brokers\x07example\x03com\0\0\1\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1" * answers
    message = struct.pack(">HHHHHH", number, flags, 1, answers, 0, 0) + query + record
    return struct.pack(">H", len(message)) + message


def _postgres(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack(">i", len(data) + 4) + data


_STARTUP = b"\0\3\0\0user\0postgres\0database\0shop\0client_encoding\0UTF8\0\0"
_HELLO = (
    b"\1\0\1\xfc\3\3" + bytes(range(32)) + b"\x20" + bytes(range(32, 64)) + b"\0\x3e\x13\2\x13\3\x13\1" + bytes(437)
)
_HELLO_DOCUMENT = b"\x2f\0\0\0\x10hello\0\1\0\0\0\2$db\0\6\0\0\0admin\0\x08helloOk\0\1\0"

#: Protocol -> messages in turn: (side, bytes).
STREAMS: dict[str, list[tuple[str, bytes]]] = {
    "HTTP": [
        ("client", b"GET /metrics HTTP/1.1\r\nHost: broker-1:7071\r\nAccept: */*\r\n\r\n"),
        (
            "server",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\n# HELP jvm_info VM version",
        ),
    ],
    "TLS": [
        ("client", b"\x16\3\1\2\0" + _HELLO[:512]),
        ("server", b"\x16\3\3\0\x7a\2\0\0\x76\3\3" + bytes(range(116)) + b"\x14\3\3\0\1\1\x17\3\3\0\x20" + bytes(32)),
        ("client", b"\x14\3\3\0\1\1\x17\3\3\0\x45" + bytes(range(69))),
    ],
    "Redis": [
        ("client", b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"),
        ("server", b"%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n"),
        ("client", b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n"),
        ("server", b"+OK\r\n"),
    ],
    "PostgreSQL": [
        ("client", struct.pack(">i", len(_STARTUP) + 4) + _STARTUP),
        ("server", _postgres(b"R", b"\0\0\0\0") + _postgres(b"S", b"server_version\x0017.2\0") + _postgres(b"Z", b"I")),
        ("client", _postgres(b"Q", b"select * from orders\0")),
        (
            "server",
            _postgres(b"T", b"\0\1id\0\0\0\x40\0\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\0") + _postgres(b"Z", b"I"),
        ),
        ("client", _postgres(b"X", b"")),
    ],
    "MySQL": [
        (
            "server",
            _mysql(
                0,
                b"\x0a8.0.36\0\x0b\0\0\0saltsalt\0\xff\xff\xff\2\0\xff\xdf\x15" + bytes(10) + b"saltsaltsalt\0mysql\0",
            ),
        ),
        (
            "client",
            _mysql(1, b"\x85\xa6\xff\x19\0\0\0\1\xff" + bytes(23) + b"root\0\x14" + bytes(range(20)) + b"shop\0"),
        ),
        ("server", _mysql(2, b"\0\0\0\2\0\0\0")),
        ("client", _mysql(0, b"\3select 1")),
    ],
    "Cassandra": [
        ("client", b"\4\0\0\0\5\0\0\0\0"),
        ("server", b"\x84\0\0\0\6\0\0\0\x1c\0\1\0\x0bCQL_VERSION\0\1\0\x053.4.6"),
        ("client", b"\4\0\0\1\1\0\0\0\x16\0\1\0\x0bCQL_VERSION\0\x053.0.0"),
        ("server", b"\x84\0\0\1\2\0\0\0\0"),
        ("client", b"\4\0\0\2\7\0\0\0\x20\0\0\0\x19select * from system.local\0\1\0"),
    ],
    "MongoDB": [
        ("client", _mongo(_HELLO_DOCUMENT, 1)),
        ("server", _mongo(b"\x11\0\0\0\1ok\0\0\0\0\0\0\0\xf0\x3f\0", 2, 1)),
        ("client", _mongo(b"\x20\0\0\0\2find\0\7\0\0\0orders\0\2$db\0\2\0\0\0x\0\0", 3)),
    ],
    "AMQP": [
        ("client", b"AMQP\0\0\x09\1"),
        ("server", b"\1\0\0\0\0\0\x1b\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\5PLAIN\0\0\0\5en_US\xce"),
        ("client", b"\1\0\0\0\0\0\x23\0\x0a\0\x0b\0\0\0\0\5PLAIN\0\0\0\x0c\0guest\0guest\5en_US\xce"),
        ("client", b"\x08\0\0\0\0\0\0\xce"),
    ],
    "HTTP/2": [
        (
            "client",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            + _http2(4, 0, b"\0\4\0\x10\0\0\0\5\0\0\x40\0")
            + _http2(8, 0, b"\0\xef\0\1"),
        ),
        ("server", _http2(4, 0, b"\0\5\0\0\x40\0") + _http2(4, 0, flags=1)),
        (
            "client",
            _http2(1, 1, b"\x83\x86\x45\x91\x62\x72\xd1\x41\xfc\x1e\xca\x24\x5f\x15", 4)
            + _http2(0, 1, b"\0\0\0\0\7\x0a\5world", 1),
        ),
        (
            "server",
            _http2(1, 1, b"\x88\x5f\x8b\x1d\x75\xd0\x62\x0d\x26\x3d\x4c\x4d\x65\x64", 4)
            + _http2(0, 1, b"\0\0\0\0\7\x0a\5hello"),
        ),
    ],
    "DNS": [
        ("client", _dns(0x1234, 0x0100, answers=0)),
        ("server", _dns(0x1234, 0x8180, answers=1)),
        ("client", _dns(3, 0x0100, answers=0)),
        ("server", _dns(3, 0x8180, answers=3)),
    ],
    "SSH": [
        ("server", b"SSH-2.0-OpenSSH_9.6\r\n"),
        ("client", b"SSH-2.0-OpenSSH_9.7\r\n"),
        (
            "client",
            b"\0\0\0\x5c\6\x14" + bytes(range(16)) + _text("curve25519-sha256") + _text("ssh-ed25519") + bytes(30),
        ),
        (
            "server",
            b"\0\0\0\x5c\6\x14" + bytes(range(16)) + _text("curve25519-sha256") + _text("ssh-ed25519") + bytes(30),
        ),
    ],
    "SMTP": [
        ("server", b"220 mail.example.com ESMTP ready\r\n"),
        ("client", b"EHLO client.example.com\r\n"),
        ("server", b"250-mail.example.com\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n"),
        ("client", b"MAIL FROM:<a@example.com>\r\n"),
    ],
    "ZooKeeper": [
        ("client", _behind_size(struct.pack(">iqiqi", 0, 0, 30_000, 0, 16) + bytes(16) + b"\0")),
        ("server", _behind_size(struct.pack(">iiqi", 0, 30_000, 0x100000, 16) + bytes(16) + b"\0")),
        ("client", _behind_size(struct.pack(">ii", 1, 4) + _text("/brokers/ids/0") + b"\1")),
        ("server", _behind_size(struct.pack(">iqi", 1, 7, 0) + _text('{"port":9092}') + bytes(68))),
        ("client", _behind_size(struct.pack(">ii", -2, 11))),
        ("client", _behind_size(struct.pack(">ii", 2, 8) + _text("/brokers") + b"\0")),
    ],
}


def conversation(name: str, *, port: int, is_late: bool = False) -> Wire:
    """Return a connection on which a protocol is spoken, with its handshake or without it."""
    wire = Wire(server_port=port)
    if not is_late:
        wire.open()
    for side, data in STREAMS[name]:
        wire.capture(side, data)
    return wire


def cut(name: str, *, port: int) -> Iterator[Wire]:
    """Yield connections that were entered at each byte of what a protocol says in either direction."""
    for side in ("client", "server"):
        said = [data for sender, data in STREAMS[name] if sender == side]
        for skip in range(sum(map(len, said))):
            wire = Wire(server_port=port)
            for data in said:
                if skip < len(data):
                    wire.capture(side, data[skip:])
                skip = max(0, skip - len(data))
            yield wire

"""Naming protocols that are not Kafka by the first bytes of a stream, on whatever port it is."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

HEAD_SIZE: Final = 64  # bytes of a stream that are enough to name its protocol

# Each pattern is matched at the first byte that an end sends. None of them matches the start of a frame that Kafka's
# clients and brokers send: as a length it would be too large, or the API key behind it does not exist.
_STARTS: Final[tuple[tuple[str, bytes], ...]] = (
    ("TLS", rb"[\x14-\x17]\x03[\x00-\x04]([\x00-\x48]|\Z)"),  # RFC 8446, 5.1: type, version, length
    ("HTTP/2", rb"PRI \* HTTP/2"),
    ("HTTP", rb"(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE) [\x21-\x7e]|HTTP/[01]"),
    ("SSH", rb"SSH-\d"),
    ("AMQP", rb"AMQP[\x00-\x03]"),
    ("SMTP", rb"(EHLO|HELO|LHLO) |220[ -][\x20-\x7e]*SMTP"),
    ("FTP", rb"220[ -]"),
    ("POP3", rb"\+OK "),
    ("IMAP", rb"\* OK "),
    ("Redis", rb"\*\d{1,7}\r\n\$\d|(PING|AUTH \S+)\r\n|\+(OK|PONG)\r\n"),
    ("PostgreSQL", rb"\x00\x00..\x00\x03\x00[\x00-\x02](user|database|application_name|options|replication)\x00"),
    ("PostgreSQL", rb"\x00\x00\x00[\x08\x10]\x04\xd2\x16[\x2e-\x30]"),  # SSLRequest, GSSENCRequest, CancelRequest
    ("MySQL", rb"..\x00\x00\x0a\d+\.\d"),
    ("Cassandra", rb"[\x03-\x05][\x00-\x1f]..\x05\x00\x00\x00\x00"),  # OPTIONS
    ("Cassandra", rb"[\x01-\x05][\x00-\x1f].{1,2}\x01\x00\x00..\x00.\x00.(CQL_VERSION|DRIVER_|COMPRESSION)"),  # STARTUP
    ("MongoDB", rb"...[\x00-\x02].{8}(\xdd\x07\x00\x00|\xdc\x07\x00\x00|\xd4\x07\x00\x00|\x01\x00\x00\x00)"),
    ("ZooKeeper", rb"\x00\x00\x00[\x2c\x2d]\x00\x00\x00\x00.{20}\x00\x00\x00\x10"),  # ConnectRequest, its password
    ("ZooKeeper", rb"\x00\x00\x00[\x24\x25]\x00\x00\x00\x00.{12}\x00\x00\x00\x10"),
    ("ZooKeeper", rb"(ruok|srvr|stat|mntr|conf|imok)\n?\Z"),
    ("DNS", rb"\x00..{2}\x01[\x00\x20]\x00\x01\x00\x00\x00\x00\x00[\x00\x01][\x01-\x3f][\w-]"),
    ("LDAP", rb"\x30.\x02\x01.\x60|\x30\x84.{4}\x02\x01.\x60"),
    ("MQTT", rb"\x10.{1,2}\x00(\x04MQTT|\x06MQIsdp)"),
    ("Hadoop RPC", rb"hrpc"),
    ("VNC", rb"RFB \d"),
)


def foreign_protocol(start: bytes | memoryview) -> str | None:
    """Name the protocol that a stream with these first bytes speaks, None if it may be Kafka, or is not known."""
    head = bytes(start[:HEAD_SIZE])
    return next((name for name, pattern in _patterns() if pattern.match(head)), None)


@cache
def _patterns() -> list[tuple[str, re.Pattern[bytes]]]:
    """Compile the patterns: nearly all captures need none, and it takes as long as reading a thousand packets."""
    return [(name, re.compile(pattern, re.DOTALL)) for name, pattern in _STARTS]

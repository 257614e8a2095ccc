"""Telling Kafka from what is not, by the first bytes of a frame or of a stream."""

from __future__ import annotations

import struct
from typing import Final

from structs import headers, registry, wire

MAX_REQUEST_SIZE: Final = 100 * 1024 * 1024  # socket.request.max.bytes of a broker, by default
MAX_RESPONSE_SIZE: Final = 1024 * 1024 * 1024
GSSAPI_TOKEN: Final = 0x60  # RFC 2743, section 3.1: every initial token begins with this tag

# Kafka's own defaults and the habits of MSK, Event Hubs, Confluent's operator and compose files.
USUAL_PORTS: Final = frozenset({9071, 9072, 9092, 9093, 9094, 9095, 9096, 9098, 9192, 9194, 9196, 9198, 19092, 29092})

_HEADER: Final = struct.Struct(">hhi")
_FOREIGN_STARTS: Final = {
    b"\x16\x03": "TLS",
    b"GET ": "HTTP",
    b"POST": "HTTP",
    b"PUT ": "HTTP",
    b"HEAD": "HTTP",
    b"HTTP": "HTTP",
    b"SSH-": "SSH",
}


def foreign_protocol(start: bytes | memoryview) -> str | None:
    """Name the protocol that a stream with these first bytes speaks, None if it may be Kafka."""
    head = bytes(start[:4])
    return next((name for magic, name in _FOREIGN_STARTS.items() if head.startswith(magic)), None)


def is_plausible_request(frame: bytes | memoryview) -> bool:
    """Say whether a frame (without its length prefix) begins with the header of a request that Kafka has.

    The evidence: a known API key, a version that was released, and a client id that is null or printable UTF-8 and
    ends within the frame.
    """
    if len(frame) < _HEADER.size:
        return False
    key, version, _ = _HEADER.unpack_from(frame)
    api = registry.api(key)
    if api is None or version not in api.versions:
        return False
    header = headers.RequestHeader.at(headers.request_header_version(api, version))
    decoded = wire.decode(header, frame)
    if decoded.error or decoded.warnings:
        return False
    client_id = decoded.value.get("client_id")
    return client_id is None or client_id.isprintable()

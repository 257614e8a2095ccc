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
    """Say whether a frame (without its length prefix) begins with the header of a request that Kafka has."""
    return request_plausibility(len(frame), frame) > 0


def request_plausibility(size: int, head: bytes | memoryview) -> int:
    """Weigh the first bytes of what may be a request of `size` bytes: 0 is no request, 2 more than likely one.

    The evidence: a known API key, a version that was released, and a client id that is null or printable UTF-8 and
    ends within the frame. A client id of three characters or more weighs double.
    """
    if not _HEADER.size <= size <= MAX_REQUEST_SIZE or len(head) < _HEADER.size:
        return 0
    key, version, _ = _HEADER.unpack_from(head)
    api = registry.api(key)
    if api is None or version not in api.versions:
        return 0
    header = wire.decode(headers.RequestHeader.at(headers.request_header_version(api, version)), head[:size])
    if header.error is not None:
        return 0 if len(head) >= size else 1
    client_id = header.value.get("client_id") or ""
    if header.warnings or not client_id.isprintable():
        return 0
    return 2 if len(client_id) >= 3 else 1

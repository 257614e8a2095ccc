"""What an Envelope carries: another request or response, and the principal who sent it (KIP-590)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from structs import registry, wire
from structs.embedded.payload import Payload, failed, read, read_versioned

if TYPE_CHECKING:
    from structs.buffers import Buffer
    from structs.grammar import Side

_API_SIZE: Final = 4


def request(data: Buffer, *, spans: bool = False) -> Payload:
    """Read a request: its header, its body."""
    if len(data) < _API_SIZE:
        return failed("truncated", f"{len(data)} bytes are no request", 0, "header")
    return _message(*api_of(data), "request", data, spans=spans)


def response(data: Buffer, api: tuple[int, int] | None, *, spans: bool = False) -> Payload:
    """Read the response to a request of that API key and version."""
    if api is None:
        return failed("request_not_captured", "the request that this answers is not known")
    return _message(*api, "response", data, spans=spans)


def principal(data: Buffer, *, spans: bool = False) -> Payload:
    """Read who sent a request, as Kafka's default principal builder writes it."""
    schema = registry.data("DefaultPrincipalData")
    return read_versioned(schema, data, needed=len(schema.fields), spans=spans)


def api_of(data: Buffer) -> tuple[int, int]:
    """Return the API key and version with which a request begins."""
    return int.from_bytes(data[:2], "big", signed=True), int.from_bytes(data[2:4], "big", signed=True)


def _message(key: int, version: int, side: Side, data: Buffer, *, spans: bool) -> Payload:
    api = registry.api(key)
    if api is None:
        return failed("unknown_api", f"API key {key} is not known")
    if version not in api.versions:
        return failed("unknown_version", f"{api.name} version {version} is not known, only {api.versions}", 2)
    return read(_grammar(key, version, side), data, spans=spans)


@cache
def _grammar(key: int, version: int, side: Side) -> wire.Struct:
    header, body = registry.header(key, version, side), registry.grammar(key, version, side)
    return wire.Struct([wire.Member("header", header, {}), wire.Member("body", body, {})], None)

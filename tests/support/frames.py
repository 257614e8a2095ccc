"""Frames and conversations, made with the grammars, for tests that need no capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dissector.correlation import Correlator
from dissector.framing import Frame
from dissector.ledger import Ledger
from structs import registry

if TYPE_CHECKING:
    from dissector.exchanges import Exchange
    from dissector.reassembly import Connection
    from structs.grammar import Side


def make_frame(data: bytes, *, packet: int = 1, offset: int = 0, size: int | None = None) -> Frame:
    """Return a whole frame whose packet number is its time in milliseconds."""
    return Frame(offset, len(data) if size is None else size, data, (), (), packet, packet, packet * 1_000_000, 6)


def make_request(
    api_key: int, version: int, body: dict[str, Any], *, correlation_id: int = 1, client_id: str | None = "test"
) -> bytes:
    """Return the bytes of a request, without its length prefix."""
    header = {
        "request_api_key": api_key,
        "request_api_version": version,
        "correlation_id": correlation_id,
        "client_id": client_id,
    }
    if (api_key, version) == (7, 0):
        del header["client_id"]  # ControlledShutdown 0 has the only header without one
    return registry.header(api_key, version, "request").build(header) + registry.grammar(
        api_key, version, "request"
    ).build(body)


def make_response(api_key: int, version: int, body: dict[str, Any], *, correlation_id: int = 1) -> bytes:
    """Return the bytes of a response, without its length prefix."""
    header = registry.header(api_key, version, "response").build({"correlation_id": correlation_id})
    return header + registry.grammar(api_key, version, "response").build(body)


@dataclass
class Conversation:
    """A connection's frames, fed to a correlator one by one; packet numbers count them."""

    connection: Connection | None = None
    ledger: Ledger = field(default_factory=Ledger)
    packets: int = 0

    def __post_init__(self) -> None:
        self.correlator = self.make_correlator()

    def make_correlator(self, **limits: Any) -> Correlator:
        """Replace the correlator by one with other limits."""
        self.correlator = Correlator(self.connection, self.ledger, **limits)
        return self.correlator

    def send(self, side: Side, data: bytes) -> list[Exchange]:
        """Feed a frame and return what settles."""
        self.packets += 1
        take = self.correlator.request if side == "request" else self.correlator.response
        return list(take(make_frame(data, packet=self.packets)))

    def request(self, api_key: int, version: int, body: dict[str, Any] | None = None, **header: Any) -> list[Exchange]:
        """Feed a request."""
        return self.send("request", make_request(api_key, version, body or {}, **header))

    def response(self, api_key: int, version: int, body: dict[str, Any] | None = None, **header: Any) -> list[Exchange]:
        """Feed a response."""
        return self.send("response", make_response(api_key, version, body or {}, **header))

    def close(self, reason: str = "connection_closed") -> list[Exchange]:
        """End the connection and return what was open."""
        return list(self.correlator.close(reason))

"""Addresses of connections' ends: `10.1.2.3:9092`, `10.1.2.3`, `:9092`, `[2001:db8::1]:9092`, `10.1.0.0/16`."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from dissector.filters.errors import FilterError
from dissector.filters.kinds import Kind

if TYPE_CHECKING:
    from dissector.filters.kinds import Predicate
    from dissector.filters.tree import Word
    from dissector.segments import Endpoint

_HELP = "write 10.1.2.3:9092, 10.1.2.3, :9092, [2001:db8::1]:9092 or 10.1.0.0/16"


class Address(Kind):
    """One end of a connection; a filter may leave out its port or its host, or name a network."""

    name = "address"

    def equal(self, word: Word) -> Predicate:
        """Return whether an end has this address."""
        host, port = _split(word)
        if not host and port is not None:
            return lambda end: end.port == port
        if "/" in host:
            return _in_network(host, port, word)
        try:
            host = str(ipaddress.ip_address(host))
        except ValueError:
            raise FilterError(f"{word.text} is not an address: {_HELP}", word.column) from None
        if port is None:
            return lambda end: end.host == host
        return lambda end: end.port == port and end.host == host

    def text(self, value: Endpoint) -> str:
        """Return an end as host and port."""
        return f"[{value.host}]:{value.port}" if ":" in value.host else f"{value.host}:{value.port}"


def _split(word: Word) -> tuple[str, int | None]:
    """Return the host (empty where there is none) and the port."""
    host, colon, port = word.text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        return word.text.removeprefix("[").removesuffix("]"), None
    if not (port.isascii() and port.isdecimal() and len(port) <= 5):
        raise FilterError(f"{port or 'nothing'} is not a port: {_HELP}", word.column + len(host) + 1)
    return host.removeprefix("[").removesuffix("]"), int(port)


def _in_network(text: str, port: int | None, word: Word) -> Predicate:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise FilterError(f"{text} is not a network: {_HELP}", word.column) from None

    def is_in(host: str) -> bool:
        try:
            return ipaddress.ip_address(host) in network
        except ValueError:
            return False

    known: dict[str, bool] = {}  # connections are few, exchanges many

    def predicate(end: Endpoint) -> bool:
        if port is not None and end.port != port:
            return False
        found = known.get(end.host)
        if found is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            found = known[end.host] = is_in(end.host)
        return found

    return predicate


_REMEMBERED = 10_000

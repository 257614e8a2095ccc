"""The network interfaces of this machine (Linux)."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from struct import Struct
from typing import Final

from dissector.sources.errors import CaptureError

ANY: Final = "any"
_SIOCGIFHWADDR: Final = 0x8927
_request: Final = Struct("16sH22x")  # struct ifreq: a name, and a hardware address that begins with its type


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface; `hardware` is its type as the kernel numbers it (ARPHRD_*)."""

    name: str
    index: int
    hardware: int

    @property
    def exists(self) -> bool:
        """Whether it is still there; one that was made again under its name is another."""
        try:
            return socket.if_nametoindex(self.name) == self.index
        except OSError:
            return False


def find(names: tuple[str, ...]) -> list[Interface]:
    """Return the interfaces of these names, each once; none where one of them is "any".

    Raises `CaptureError`, with the names there are, for one that is not there.
    """
    if ANY in names:
        return []
    found = []
    for name in dict.fromkeys(names):
        try:
            found.append(Interface(name, socket.if_nametoindex(name), _hardware(name)))
        except OSError:
            raise CaptureError(f"there is no interface {name}; there are {known()}, and {ANY}") from None
    return found


def known() -> str:
    """Return the names of the interfaces, with their addresses."""
    logging.getLogger("scapy").setLevel(logging.ERROR)  # its warnings are about routes
    from scapy.arch import get_if_list  # noqa: F401 - registers what finds the interfaces of this system
    from scapy.config import conf

    conf.ifaces.reload()
    texts = []
    for interface in conf.ifaces.values():
        addresses = [address for family in sorted(interface.ips) for address in interface.ips[family]]
        texts.append(f"{interface.name} ({', '.join(addresses)})" if addresses else str(interface.name))
    return ", ".join(texts)


def _hardware(name: str) -> int:
    """Return the type of an interface. The kernel is asked: /sys may show another network (nsenter --net)."""
    import fcntl  # not everywhere; where it is not, it is said what to do instead

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _SIOCGIFHWADDR, _request.pack(name.encode(), 0))
    return int(_request.unpack(answer)[1])

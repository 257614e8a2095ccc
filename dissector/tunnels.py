"""Tunnels and exotic link layers, through scapy: slow, thorough, and imported when first needed."""

from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

#: What registers with scapy the layers that may carry IP packets.
_LAYERS = (
    "scapy.layers.l2",
    "scapy.layers.inet6",
    "scapy.layers.ppp",
    "scapy.layers.vxlan",
    "scapy.layers.dot11",
    "scapy.contrib.mpls",
    "scapy.contrib.geneve",
)


@cache
def _scapy() -> Any:
    """Load scapy, as far as it carries IP packets."""
    import logging  # like scapy, for few captures

    # scapy warns about the machine's routes and interfaces, which a decoder of files has no use for.
    logging.getLogger("scapy").setLevel(logging.ERROR)
    for layers in _LAYERS:
        import_module(layers)
    from scapy.config import conf
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    return SimpleNamespace(ip=(IP, IPv6), links=conf.l2types.num2layer)


def known(link_type: int) -> bool:
    """Tell whether there is a decoder for a link type."""
    return link_type in _scapy().links


def innermost(data: bytes, link_type: int) -> bytes | None:
    """Give the innermost IP packet of a captured packet, or None when there is none to be found."""
    scapy = _scapy()
    try:
        packet = scapy.links[link_type](data)
        inner = None
        for layer in packet.iterpayloads():
            if isinstance(layer, scapy.ip):
                inner = layer.original
    except Exception:  # noqa: BLE001 - scapy raises anything on broken packets
        return None
    return inner or None

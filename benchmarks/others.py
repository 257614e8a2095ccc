"""A capture read by Python libraries, for peers.py: `others.py MODE CAPTURE [PORT...]`; prints what was read.

pyshark        the Kafka layers of all packets, the API key and correlation id of each (tshark writes PDML for it)
pyshark-json   the same with use_json, which is pyshark's faster way
scapy          all packets with their layers up to TCP, one by one: scapy has no layer for Kafka
"""

from __future__ import annotations

import sys
from typing import Any


def main() -> None:
    """Read it."""
    mode, path, *ports = sys.argv[1:]
    if mode == "scapy":
        print(_scapy(path))
    else:
        print(_pyshark(path, ports, use_json=mode == "pyshark-json"))


def _pyshark(path: str, ports: list[str], *, use_json: bool) -> str:
    import pyshark

    options: dict[str, Any] = {
        "display_filter": "kafka",
        "decode_as": {f"tcp.port=={port}": "kafka" for port in ports},
        "keep_packets": False,
        "use_json": use_json,
    }
    packets = messages = 0
    with pyshark.FileCapture(path, **options) as capture:
        for packet in capture:
            packets += 1
            for layer in packet.get_multiple_layers("kafka"):
                # In JSON several layers of a name are one, or a list.
                messages += bool(layer.get_field("api_key") and layer.get_field("correlation_id"))
    return f"{messages:,} messages in {packets:,} packets"


def _scapy(path: str) -> str:
    from scapy.layers.inet import TCP
    from scapy.layers.l2 import Ether  # noqa: F401 - makes the link type known
    from scapy.utils import PcapReader

    packets = payload = 0
    with PcapReader(path) as reader:
        for packet in reader:
            packets += 1
            payload += len(packet[TCP].payload)
    return f"{payload:,} bytes of TCP payload in {packets:,} packets"


if __name__ == "__main__":
    main()

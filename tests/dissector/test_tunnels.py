"""Tunnels and exotic link layers: their innermost IP packet (each kind is tested with the segments)."""

import subprocess
import sys

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import GRE, Ether

from dissector import tunnels


def test_the_innermost_packet_is_given_as_it_was_captured():
    inner = bytes(IP(src="10.0.0.1", dst="10.0.0.2") / TCP() / b"abc")
    assert tunnels.innermost(bytes(Ether() / IP() / GRE(proto=0x800) / inner), 1) == inner


def test_what_holds_no_ip_packet_gives_none():
    assert tunnels.innermost(b"", 1) is None
    assert tunnels.innermost(bytes(Ether(type=0x1234)) + b"abc", 1) is None


def test_link_types_without_decoder_are_known_as_such():
    assert tunnels.known(105)
    assert not tunnels.known(9999)


def test_scapy_is_loaded_when_needed_only():
    """Its import takes longer than decoding a small capture."""
    code = "import sys, dissector.segments; sys.exit(any(name.startswith('scapy') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

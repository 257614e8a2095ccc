"""Capture filters: what the kernel hands on of what interfaces see. Real interfaces, in a network of their own."""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support import network
from support.network import ethernet, ipv4, tcp, udp

from dissector.sources import bpf
from dissector.sources.errors import CaptureError
from dissector.sources.live import LiveReader

if TYPE_CHECKING:
    from collections.abc import Iterator

DOT1Q, DOT1AD = 0x8100, 0x88A8
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
LATER_FRAGMENT = 185


@pytest.fixture
def cable() -> Iterator[None]:
    """Two interfaces, left and right: what is sent on one arrives at the other."""
    with network.namespace():
        network.pair()
        yield


def passed(frames: list[bytes], expression: str | None = None, ports: list[int] | None = None) -> list[bytes]:
    """Return the frames that are captured."""
    reader = LiveReader("right", expression=expression, ports=ports).start()
    network.send("left", *frames)
    reader.stop()
    try:
        return [packet.data for packet in reader]
    finally:
        reader.close()


@pytest.mark.usefixtures("cable")
class TestByDefault:
    """Everything that may carry Kafka is captured, and nothing else."""

    def test_tcp_passes_and_udp_does_not(self) -> None:
        segment = ethernet(tcp(9092, b"orders"))
        assert passed([ethernet(udp(53)), segment, b"\xff" * 12 + b"\x08\x06" + bytes(28)]) == [segment]

    @pytest.mark.parametrize(
        "tags", [[(DOT1Q, 5)], [(DOT1Q, 0x6005)], [(DOT1AD, 7)], [(DOT1AD, 7), (DOT1Q, 5)]], ids=str
    )
    def test_vlans_pass_with_their_tags(self, tags: list[tuple[int, int]]) -> None:
        frame = ethernet(tcp(9092), *tags)
        assert passed([ethernet(udp(53), *tags), frame]) == [frame]

    def test_fragments_pass(self) -> None:
        fragments = [ethernet(ipv4(6, bytes(64), fragment=0x2000)), ethernet(ipv4(6, bytes(64), fragment=8))]
        assert passed(fragments) == fragments

    @pytest.mark.parametrize(
        "packet",
        [udp(4789, bytes(60)), udp(8472, bytes(60)), udp(6081, bytes(60)), ipv4(47, bytes(60)), ipv4(4, tcp(9092))],
        ids=["VXLAN", "VXLAN of old", "Geneve", "GRE", "IP in IP"],
    )
    def test_tunnels_pass(self, packet: bytes) -> None:
        frame = ethernet(packet)
        assert passed([frame]) == [frame]

    def test_of_ports_only_those_pass(self) -> None:
        """Later fragments have no ports: they pass, as there may be segments to these ports in them."""
        here, there = ethernet(tcp(9092)), ethernet(tcp(9093))
        other = ethernet(tcp(22))
        tagged = ethernet(tcp(9092), (DOT1AD, 7), (DOT1Q, 5))
        later = ethernet(ipv4(6, bytes(64), fragment=LATER_FRAGMENT))
        assert passed([other, here, there, tagged, later], ports=[9092]) == [here, tagged, later]
        assert passed([other, here, there, tagged, later], ports=[9093, 9092]) == [here, there, tagged, later]


@pytest.mark.usefixtures("cable")
def test_an_expression_takes_the_place_of_the_default() -> None:
    datagram, segment = ethernet(udp(53)), ethernet(tcp(9092))
    assert passed([datagram, segment], "udp port 53") == [datagram]


@pytest.mark.usefixtures("cable")
def test_a_wrong_expression_is_said_with_the_reason() -> None:
    with pytest.raises(CaptureError, match=r"^capture filter 'tcpp port 9092': syntax error$"):
        LiveReader("right", expression="tcpp port 9092")
    with pytest.raises(CaptureError, match=r"^capture filter 'tcp port nowhere': .*'nowhere'"):
        LiveReader("right", expression="tcp port nowhere")


@contextmanager
def tunnel() -> Iterator[int]:
    """Make an interface whose packets begin with their IP header; yields where to write them to."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    try:
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"tunnel", IFF_TUN | IFF_NO_PI))
        network.ip("link set tunnel up")
        yield device
    finally:
        os.close(device)


@pytest.mark.usefixtures("cable")
@pytest.mark.parametrize("names", [["tunnel"], ["any"], ["right", "tunnel"]], ids=str)
def test_what_has_no_link_layer_is_filtered_by_its_ip_header(names: list[str]) -> None:
    with tunnel() as device:
        reader = LiveReader(*names, ports=[9092]).start()
        for packet in (udp(9092), tcp(22), tcp(9092, b"orders")):
            os.write(device, packet)
        reader.stop()
        (packet,) = reader
        reader.close()
    assert (packet.link_type, packet.data) == (101, tcp(9092, b"orders"))


@pytest.mark.usefixtures("cable")
def test_a_filter_of_link_layers_lets_nothing_pass_that_has_none() -> None:
    with tunnel() as device:
        reader = LiveReader("right", "tunnel", expression="ether host 02:00:00:00:00:01").start()
        os.write(device, tcp(9092))
        network.send("left", ethernet(tcp(9092)))
        reader.stop()
        assert [packet.link_type for packet in reader] == [1]
        reader.close()
        refusal = r"ethernet addresses supported only on ethernet|not supported on DLT_RAW"  # libpcap 1.10.3, 1.10.6
        with pytest.raises(CaptureError, match=refusal):
            LiveReader("tunnel", expression="ether host 02:00:00:00:00:01")


def test_what_passes_is_not_cut() -> None:
    """Loopback carries frames of more than the 65,535 bytes that scapy's programs let pass."""
    instructions = struct.iter_unpack("=HBBI", bpf.program(None, ports=None, hardware=[], indexes=[]))
    assert {operand for code, _, _, operand in instructions if code == 0x06} == {0, 262_144}


def test_without_libpcap_everything_is_captured_but_no_filter_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("libpcap is not available")

    monkeypatch.setattr("scapy.arch.common.compile_filter", missing)
    assert bpf.program(None, ports=[9092], hardware=[], indexes=[])
    with pytest.raises(CaptureError, match="needs libpcap"):
        bpf.program("tcp", ports=None, hardware=[], indexes=[])


def test_a_program_reaches_as_many_interfaces_as_a_jump_does() -> None:
    assert bpf.program(None, ports=None, hardware=[1], indexes=range(1, 251))
    with pytest.raises(CaptureError, match="watch any"):
        bpf.program(None, ports=None, hardware=[1], indexes=range(1, 252))

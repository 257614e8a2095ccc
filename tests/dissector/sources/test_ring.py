"""Blocks of the kernel's ring, as packets."""

from __future__ import annotations

import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import network

from dissector.sources.bpf import CLOSED
from dissector.sources.ring import Block, Ring

VLAN, VLAN_PROTOCOL = 16, 64
ETHERNET, LOOPBACK, NO_HEADER = 1, 772, 65534
FRAME = bytes(range(12)) + b"\x08\0" + b"packet"
FIRST = 48


def block(*packets: bytes) -> Block:
    """Lay packets out as the kernel does: each says how far away the next one is."""
    steps = [(len(packet) + 7 & ~7) for packet in packets]
    data = b"".join(
        struct.pack("=I", step) + packet[4:].ljust(step - 4, b"\0") for step, packet in zip(steps, packets, strict=True)
    )
    return Block(bytes(FIRST) + data, len(packets), FIRST)


def packet(
    data: bytes, *, hardware: int = ETHERNET, status: int = 1, tag: int = 0, protocol: int = 0, network: int = 14
) -> bytes:
    """Return a packet as it stands in the ring: tpacket3_hdr, sockaddr_ll, then the frame at 82."""
    head = struct.pack(
        "=6I2H2IHxx8x", 0, 1_700_000_000, 5, len(data), len(data) + 10, status, 82, 82 + network, 0, tag, protocol
    )
    address = struct.pack("=HHiHBB8x", 17, 8, 3, hardware, 0, 6)
    return (head + address).ljust(82, b"\0") + data


def test_a_frame_comes_with_its_time_its_lengths_and_its_interface() -> None:
    ((found, index),) = block(packet(FRAME)).packets(7)
    assert found == (7, 1_700_000_000_000_000_005, 9, 1, FRAME, len(FRAME) + 10)
    assert index == 3


@given(st.lists(st.binary(min_size=14, max_size=200), min_size=1, max_size=8))
def test_packets_follow_one_another(frames: list[bytes]) -> None:
    found = [each for each, _ in block(*map(packet, frames)).packets(1)]
    assert [each.data for each in found] == frames
    assert [each.number for each in found] == list(range(1, len(frames) + 1))


def test_a_vlan_tag_is_put_on_again() -> None:
    """The kernel keeps the tag beside the frame; with it, the frame is four bytes longer."""
    ((found, _),) = block(packet(FRAME, status=VLAN | VLAN_PROTOCOL, tag=0x6005, protocol=0x88A8)).packets(1)
    assert found.data == FRAME[:12] + b"\x88\xa8\x60\x05" + FRAME[12:]
    assert found.wire_length == len(FRAME) + 14
    ((found, _),) = block(packet(FRAME, status=VLAN, tag=5)).packets(1)
    assert found.data[12:16] == b"\x81\0\0\5", "kernels that name no protocol mean 802.1Q"


def test_without_an_ethernet_header_a_packet_begins_with_ip() -> None:
    ((found, _),) = block(packet(b"GREEipv4", hardware=778, network=4)).packets(1)
    assert (found.link_type, found.data, found.wire_length) == (101, b"ipv4", 14)
    ((found, _),) = block(packet(b"ipv4", hardware=NO_HEADER, network=0)).packets(1)
    assert (found.link_type, found.data) == (101, b"ipv4")


def test_loopback_has_ethernet_headers() -> None:
    ((found, _),) = block(packet(FRAME, hardware=LOOPBACK)).packets(1)
    assert (found.link_type, found.data) == (1, FRAME)


@pytest.mark.parametrize(("memory", "error"), [(16, None), (0, errno.ENOMEM)])
def test_where_memory_is_short_the_ring_is_smaller(
    memory: int, error: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is halved until the kernel has enough for it; where it has none, that is an error."""
    asked = []

    class Kernel(socket.socket):
        def setsockopt(self, level: int, option: int, value: bytes) -> None:
            if (level, option) == (263, 5):
                blocks = struct.unpack("=7I", value)[1]
                asked.append(blocks)
                if blocks > memory:
                    raise OSError(errno.ENOMEM, "Cannot allocate memory")
            super().setsockopt(level, option, value)

    monkeypatch.setattr("scapy.arch.linux.socket.socket", Kernel)
    with network.namespace():
        if error is None:
            Ring(0, CLOSED, promiscuous=[], blocks=64).close()
            assert asked == [64, 32, 16]
        else:
            with pytest.raises(OSError, match="Cannot allocate") as raised:
                Ring(0, CLOSED, promiscuous=[], blocks=64)
            assert raised.value.errno == error
            assert asked[-1] <= 4

"""TCP segments out of packets: every encapsulation, with scapy as the encoder; cut, padded and broken."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, TCP, UDP, IPOption_Router_Alert, fragment
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    fragment6,
)
from scapy.layers.l2 import ARP, GRE, LLC, SNAP, CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Dot3, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN

from dissector.packets import Packet
from dissector.segments import ACK, PSH, Endpoint, Segment, SegmentDecoder, Skipped

ETHERNET = 1
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
TCP_HEADER = TCP(sport=40000, dport=9092, seq=4_000_000_000, ack=7, flags="PA")
IPV4 = IP(src="10.0.0.1", dst="10.0.0.2")
IPV6 = IPv6(src="fd00::1", dst="fd00::2")
PAYLOAD = b"kafka" * 10
V4 = (Endpoint("10.0.0.1", 40000), Endpoint("10.0.0.2", 9092))
V6 = (Endpoint("fd00::1", 40000), Endpoint("fd00::2", 9092))


def packet(data, link_type=ETHERNET, *, wire_length=None, number=3):
    data = bytes(data)
    return Packet(number, 5_000, 6, link_type, data, len(data) if wire_length is None else wire_length)


def decode(data, link_type=ETHERNET, **options):
    return SegmentDecoder().decode(packet(data, link_type, **options))


def expected(ends=V4, payload=PAYLOAD, missing=0):
    return Segment(3, 5_000, 6, *ends, 4_000_000_000, 7, PSH | ACK, payload, missing)


def raw(family):
    return family.to_bytes(4, "little"), family.to_bytes(4, "big")


V4_SEGMENT = IPV4 / TCP_HEADER / PAYLOAD
V6_SEGMENT = IPV6 / TCP_HEADER / PAYLOAD
OUTER = IP(src="192.0.2.1", dst="192.0.2.2")

V4_PACKETS = {
    "ethernet": (1, ETHER / V4_SEGMENT),
    "vlan": (1, ETHER / Dot1Q(vlan=5) / V4_SEGMENT),
    "qinq": (1, ETHER / Dot1AD(vlan=5) / Dot1Q(vlan=6) / V4_SEGMENT),
    "old qinq": (1, ETHER / Dot1Q(vlan=5) / Dot1Q(vlan=6) / V4_SEGMENT),
    "snap": (1, Dot3() / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(code=0x800) / V4_SEGMENT),
    "cooked": (113, CookedLinux(proto=0x800) / V4_SEGMENT),
    "cooked vlan": (113, CookedLinux(proto=0x8100) / Dot1Q(vlan=5) / V4_SEGMENT),
    "cooked 2": (276, CookedLinuxV2(proto=0x800) / V4_SEGMENT),
    "null": (0, raw(2)[0] + bytes(V4_SEGMENT)),
    "null, other order": (0, raw(2)[1] + bytes(V4_SEGMENT)),
    "loop": (108, raw(2)[1] + bytes(V4_SEGMENT)),
    "raw": (101, V4_SEGMENT),
    "raw of BSD": (12, V4_SEGMENT),
    "raw of OpenBSD": (14, V4_SEGMENT),
    "raw IPv4": (228, V4_SEGMENT),
    "IP options": (
        1,
        ETHER / IP(src="10.0.0.1", dst="10.0.0.2", options=[IPOption_Router_Alert()] * 3) / TCP_HEADER / PAYLOAD,
    ),
    "TCP options": (1, ETHER / IPV4 / TCP(**TCP_HEADER.fields, options=[("Timestamp", (1, 2))]) / PAYLOAD),
    "padding": (1, bytes(ETHER / V4_SEGMENT) + bytes(30)),
    "mpls": (1, ETHER / MPLS(label=3, s=0) / MPLS(label=4, s=1) / V4_SEGMENT),
    "gre": (1, ETHER / OUTER / GRE() / V4_SEGMENT),
    "gre bridge": (1, ETHER / OUTER / GRE() / ETHER / V4_SEGMENT),
    "vxlan": (1, ETHER / OUTER / UDP(dport=4789) / VXLAN(vni=7) / ETHER / V4_SEGMENT),
    "vxlan of Linux": (1, ETHER / OUTER / UDP(dport=8472) / VXLAN(vni=7) / ETHER / V4_SEGMENT),
    "geneve": (1, ETHER / OUTER / UDP(dport=6081) / GENEVE(vni=7) / ETHER / V4_SEGMENT),
    "geneve in vxlan": (
        1,
        ETHER / OUTER / UDP(dport=4789) / VXLAN() / ETHER / OUTER / UDP(dport=6081) / GENEVE() / ETHER / V4_SEGMENT,
    ),
    "ip in ip": (1, ETHER / OUTER / V4_SEGMENT),
    "4 in 6": (1, ETHER / IPV6 / V4_SEGMENT),
    "pppoe": (1, ETHER / PPPoE(sessionid=5) / PPP(proto=0x21) / V4_SEGMENT),
    "ppp": (9, PPP(proto=0x21) / V4_SEGMENT),
}
V6_PACKETS = {
    "ethernet": (1, ETHER / V6_SEGMENT),
    "vlan": (1, ETHER / Dot1Q(vlan=5) / V6_SEGMENT),
    "null, Linux": (0, raw(10)[0] + bytes(V6_SEGMENT)),
    "null, NetBSD": (0, raw(24)[0] + bytes(V6_SEGMENT)),
    "null, FreeBSD": (0, raw(28)[1] + bytes(V6_SEGMENT)),
    "null, macOS": (0, raw(30)[0] + bytes(V6_SEGMENT)),
    "raw": (101, V6_SEGMENT),
    "raw IPv6": (229, V6_SEGMENT),
    "padding": (1, bytes(ETHER / V6_SEGMENT) + bytes(30)),
    "extensions": (
        1,
        ETHER / IPV6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrRouting() / IPv6ExtHdrDestOpt() / TCP_HEADER / PAYLOAD,
    ),
    "atomic fragment": (1, ETHER / IPV6 / IPv6ExtHdrFragment(id=5) / TCP_HEADER / PAYLOAD),
    "6 in 4": (1, ETHER / OUTER / V6_SEGMENT),
}


@pytest.mark.parametrize(("link_type", "data"), V4_PACKETS.values(), ids=V4_PACKETS)
def test_ipv4_in_every_encapsulation(link_type, data):
    assert decode(data, link_type) == expected()


@pytest.mark.parametrize(("link_type", "data"), V6_PACKETS.values(), ids=V6_PACKETS)
def test_ipv6_in_every_encapsulation(link_type, data):
    assert decode(data, link_type) == expected(V6)


def test_an_empty_segment_in_a_padded_frame_has_no_payload():
    assert decode(bytes(ETHER / IPV4 / TCP_HEADER).ljust(60, b"\0")) == expected(payload=b"")


@pytest.mark.parametrize("ip", [IPV4, IPV6], ids=["IPv4", "IPv6"])
def test_a_length_of_zero_is_a_segment_too_big_for_the_field(ip):
    payload = b"x" * 70_000
    data = bytearray(bytes(ETHER / ip / TCP_HEADER) + payload)
    data[16 if ip is IPV4 else 18 :][:2] = b"\0\0"
    struct.pack_into(">H", data, 16 if ip is IPV4 else 18, 0)
    ends = V4 if ip is IPV4 else V6
    assert decode(data) == expected(ends, payload)
    assert decode(data[:1000], wire_length=len(data)).missing == 70_000 - len(decode(data[:1000]).payload)


def test_an_authentication_header_is_passed_over():
    header = bytes([6, 4]) + bytes(22)
    assert decode(ETHER / IPv6(src="fd00::1", dst="fd00::2", nh=51) / header / bytes(TCP_HEADER / PAYLOAD)) == expected(
        V6
    )


@pytest.mark.parametrize("size", range(54, 104, 7))
@pytest.mark.parametrize("name", ["ethernet", "padding"])
def test_what_the_snap_length_cut_off_is_missing(size, name):
    data = bytes(V4_PACKETS[name][1])
    assert decode(data[:size], wire_length=len(data)) == expected(payload=PAYLOAD[: size - 54], missing=104 - size)


def test_tcp_options_cut_off_leave_a_segment_that_misses_its_payload():
    data = bytes(V4_PACKETS["TCP options"][1])
    assert decode(data[:56], wire_length=len(data)) == expected(payload=b"", missing=50)


@pytest.mark.parametrize("name", V4_PACKETS)
def test_every_packet_cut_anywhere_is_a_shorter_segment_or_skipped(name):
    link_type, data = V4_PACKETS[name]
    whole = bytes(data)
    for size in range(len(whole)):
        result = decode(whole[:size], link_type, wire_length=len(whole))
        if isinstance(result, Segment):
            assert PAYLOAD.startswith(result.payload)
            assert len(result.payload) + result.missing == len(PAYLOAD)


@pytest.mark.parametrize("fragments", [fragment, lambda data, size: fragment6(data, size + 48)], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 0, 2]])
def test_fragments_give_a_segment_with_the_last_of_them(fragments, order):
    payload = bytes(range(100)) * 2
    four = fragments is fragment
    ip = IPV4 if four else IPV6 / IPv6ExtHdrFragment(id=5)
    parts = fragments(ip / TCP_HEADER / payload, 64)
    assert len(parts) == 4
    decoder = SegmentDecoder()
    *first, last = [decoder.decode(packet(ETHER / parts[index])) for index in order]
    assert last == expected(V4 if four else V6, payload)
    assert len(decoder.carriers(last)) == len(order)
    assert all(isinstance(result, Skipped) and result.reason == "IP fragment" for result in first)
    assert decoder.skipped == {"IP fragment": len(order) - 1}


def test_the_packets_that_carried_a_segment_are_known():
    """Fragments of other datagrams between them are none of them; a segment in one packet has that packet alone."""
    mine, other = (fragment(IP(src="10.0.0.1", dst="10.0.0.2", id=n) / TCP_HEADER / bytes(100), 64) for n in (1, 2))
    whole = ETHER / IPV4 / TCP_HEADER / b"whole"
    order = [ETHER / mine[0], ETHER / other[0], whole, ETHER / mine[1]]
    decoder = SegmentDecoder()
    carriers = []
    for number, data in enumerate(order, 1):
        result = decoder.decode(packet(data)._replace(number=number))
        if isinstance(result, Segment):
            carriers.append(decoder.carriers(result))
    assert carriers == [[3], [1, 4]]


def test_fragments_cut_by_the_snap_length_give_what_is_before_the_cut():
    payload = bytes(200)
    decoder = SegmentDecoder()
    parts = [bytes(ETHER / part) for part in fragment(IPV4 / TCP_HEADER / payload, 64)]
    results = [decoder.decode(packet(part[:80], wire_length=len(part))) for part in parts]
    assert results[-1] == expected(payload=payload[:26], missing=174)


def test_fragments_that_never_complete_are_held_in_bounded_memory():
    decoder = SegmentDecoder(max_datagrams=10, max_fragment_bytes=1000)
    first = fragment(IPV4 / TCP_HEADER / bytes(200), 64)[0]
    for number in range(100):
        first[IP].id = number
        decoder.decode(packet(ETHER / first))
    assert decoder._fragments.abandoned >= 90


@pytest.mark.parametrize(
    ("data", "link_type", "reason"),
    [
        (ETHER / ARP(), 1, "ARP"),
        (ETHER / IPV4 / UDP(), 1, "UDP"),
        (ETHER / IPV6 / UDP(), 1, "UDP"),
        (ETHER / IP(proto=89), 1, "not TCP"),
        (Ether(type=0x88B5), 1, "not IP"),
        (b"", 1, "cut short in the link layer"),
        (b"", 0, "cut short in the link layer"),
        (b"", 113, "cut short in the link layer"),
        (b"", 276, "cut short in the link layer"),
        (b"", 101, "not IP"),
        (b"\x10", 101, "not IP"),
        (b"\7\0\0\0" + bytes(V4_SEGMENT), 0, "not IP"),
        (Ether(type=0x800), 1, "cut short in the IP header"),
        (bytes(ETHER / Dot1Q(type=0x8100)) + b"\x81", 1, "cut short in the link layer"),
        (Ether(type=0x800) / bytes(40), 1, "broken IP header"),
        (Ether(type=0x86DD) / bytes(40), 1, "broken IP header"),
        (ETHER / IP(ihl=4) / TCP(), 1, "broken IP header"),
        (ETHER / IP(len=10) / TCP(), 1, "broken IP header"),
        (ETHER / IP(len=30) / TCP(), 1, "cut short in the TCP header"),
        (ETHER / IPV4 / TCP(dataofs=4), 1, "broken TCP header"),
        (ETHER / IPV4 / TCP(dataofs=15), 1, "broken TCP header"),
        (V4_SEGMENT, 9999, "link type 9999"),
        (ETHER / OUTER / GRE(proto=0x1234) / b"abc", 1, "tunnel"),
    ],
)
def test_what_gives_no_segment_is_skipped_with_the_reason_and_counted(data, link_type, reason):
    decoder = SegmentDecoder()
    assert decoder.decode(packet(data, link_type)) == Skipped(3, reason)
    assert decoder.skipped == {reason: 1}
    assert decoder.segments == 0


@given(st.sampled_from([0, 1, 9, 12, 101, 108, 113, 228, 229, 276, 999]), st.binary(max_size=120))
def test_no_bytes_whatever_raise(link_type, data):
    assert isinstance(decode(data, link_type), Segment | Skipped)


@given(st.sampled_from(sorted(V4_PACKETS)), st.lists(st.tuples(st.integers(0, 150), st.integers(0, 255)), max_size=5))
def test_no_damage_to_a_packet_raises(name, damage):
    link_type, data = V4_PACKETS[name]
    broken = bytearray(bytes(data))
    for at, value in damage:
        broken[at % len(broken)] = value
    result = decode(broken, link_type)
    assert isinstance(result, Skipped) or len(result.payload) <= len(broken)


def test_addresses_are_spelt_as_everyone_does():
    for text in ("::", "::1", "2001:db8::1", "::ffff:192.0.2.1", "1:0:0:2::3"):
        data = ETHER / IPv6(src=text, dst="::") / TCP_HEADER
        canonical = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
        assert decode(data).source.host == canonical

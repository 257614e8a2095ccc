"""TCP segments out of packets: link layer, IP (with fragments), TCP.

Sans-I/O: `SegmentDecoder.decode` takes one packet and gives its segment, or says why there is none. It
never raises, whatever the bytes. The common encapsulations are decoded here, in place; tunnels and
exotic link layers are handed to `dissector.tunnels`.
"""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple

from dissector import tunnels
from dissector.fragments import Fragments
from dissector.packets import Packet

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Endpoint(NamedTuple):
    """One end of a connection: the host's address as text, and the port."""

    host: str
    port: int


class Segment(NamedTuple):
    """One TCP segment.

    `sequence`, `acknowledgment` and `flags` are as on the wire. `payload` holds the bytes captured;
    `missing` more were sent after them and cut off by the snap length. `timestamp` and `digits` are the
    packet's.
    """

    packet_number: int
    timestamp: int
    digits: int
    source: Endpoint
    destination: Endpoint
    sequence: int
    acknowledgment: int
    flags: int
    payload: bytes
    missing: int


class Skipped(NamedTuple):
    """A packet that gives no segment, and why."""

    packet_number: int
    reason: str


# Link types (tcpdump.org/linktypes.html)
_NULL, _ETHERNET, _LOOP, _COOKED, _COOKED2 = 0, 1, 108, 113, 276
_RAW = frozenset({12, 14, 101, 228, 229})
_INNERMOST = -1  # an IP packet out of a tunnel: what tunnels in it was not understood

_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN = frozenset({0x8100, 0x88A8, 0x9100})
_TUNNEL_TYPES = frozenset({0x8847, 0x8848, 0x8864, 0x6558})  # MPLS, PPPoE, bridged Ethernet
_NOT_IP = {0x0806: "ARP", 0x88CC: "LLDP"}
#: Address families of BSD loopback: every system numbers IPv6 in its own way.
_FAMILIES = {2: _IPV4, 10: _IPV6, 24: _IPV6, 28: _IPV6, 30: _IPV6}

TCP, _UDP = 6, 17
_TUNNEL_PROTOCOLS = frozenset({4, 41, 47})  # IPv4, IPv6, GRE
_TUNNEL_PORTS = frozenset({4789, 8472, 6081})  # VXLAN, VXLAN as Linux first had it, Geneve
_NOT_TCP = {1: "ICMP", 58: "ICMP", 17: "UDP", 2: "IGMP", 50: "IPsec ESP", 132: "SCTP"}
#: IPv6 extension headers that carry a next header and a length in units of 8 bytes (RFC 8200, 6275, 7401, 5533).
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})
_FRAGMENT, _AUTHENTICATION = 44, 51


class Layout(NamedTuple):
    """Where nearly all packets have what is needed of them: TCP in IP, without options or extensions between.

    It is that of packets of which `unpack`, where one begins, gives as the first their `kind`: what the link layer says
    of its contents, with the first byte of the IP header. Then it gives the length of the IP packet from `base` on; the
    protocol, under `mask`, which must be TCP's alone; addresses and ports together; sequence, acknowledgment, data
    offset with flags. The TCP header is at `transport`. `unpack` looks at what follows a packet that is shorter, and
    raises `struct.error` where nothing does.
    """

    unpack: Callable[[bytes, int], tuple[bytes, int, int, bytes, int, int, int]]
    kind: bytes
    mask: int
    transport: int
    base: int


#: The layout of packets that have none of these: no kind is its own, and the protocol is not TCP.
NO_LAYOUT = Layout(lambda *_: (b"", 0, 0, b"", 0, 0, 0), b"none", 0, 0, 0)

#: Where a link layer says that it carries IP, from and to, and where that starts.
_LINKS = {_ETHERNET: (12, 14, 14), _COOKED: (14, 16, 16), _COOKED2: (0, 2, 20)} | dict.fromkeys(_RAW, (0, 0, 0))
_TAGGED = (12, 18, 18)  # the same of Ethernet with a VLAN's tag
_TAGS = frozenset(kind.to_bytes(2, "big") for kind in _VLAN)


def find_layout(link_type: int, data: bytes, start: int, stop: int) -> Layout:
    """Return the layout of the packet that stands there, which is that of most packets after it."""
    link = _LINKS.get(link_type)
    if link is None:
        return NO_LAYOUT
    if link_type == _ETHERNET and data[start + 12 : start + 14] in _TAGS:
        link = _TAGGED
    begin, end, at = link
    if stop - start <= at:
        return NO_LAYOUT
    return _layout(begin, at, data[start + begin : start + end], data[start + at])


@lru_cache(maxsize=256)
def _layout(begin: int, at: int, link: bytes, first: int) -> Layout:
    kind, gap = link[-2:], at - begin - len(link)
    what = f">{begin}x{len(link)}s{gap}xs" if gap else f">{begin}x{len(link) + 1}s"
    if first == 0x45 and kind in (b"", _IPV4.to_bytes(2, "big")):
        # Of fragment and protocol together, under the mask, there is only the protocol.
        unpack, mask, transport, base = Struct(f"{what}xH2xI2x12sIIH").unpack_from, 0x3FFF00FF, at + 20, at
    elif first >> 4 == 6 and kind in (b"", _IPV6.to_bytes(2, "big")):
        unpack, mask, transport, base = Struct(f"{what}3xHBx36sIIH").unpack_from, 0xFF, at + 40, at + 40
    else:
        return NO_LAYOUT
    return Layout(_joined(unpack) if gap else unpack, link + bytes([first]), mask, transport, base)


def _joined(unpack: Callable[[bytes, int], tuple[Any, ...]]) -> Callable[[bytes, int], tuple[Any, ...]]:
    """Have what is unpacked begin with the first two together."""

    def unpack_joined(data: bytes, at: int) -> tuple[Any, ...]:
        link, first, *rest = unpack(data, at)
        return (link + first, *rest)

    return unpack_joined


CONTROL = SYN | FIN | RST | ACK
#: How long a TCP header is, by the 16 bits that hold its length and flags, where it opens and ends nothing.
USUAL_HEADERS = {words: words >> 10 & 60 for words in range(0x5000, 0x10000) if words & CONTROL == ACK}
_ipv4 = Struct(">BxHHHxB2x4s4s").unpack_from
_ipv6 = Struct(">4xHBx16s16s").unpack_from
_tcp = Struct(">HHIIBB").unpack_from
_uint16 = Struct(">H").unpack_from
_uint32 = Struct(">I").unpack_from

_MAX_ENDPOINTS = 1 << 16
_MAX_VLANS = 8


class _Refusal(Exception):  # noqa: N818 - no error, and never leaves this module
    """A packet gives no segment; the text says why."""


class SegmentDecoder:
    """Turns packets into TCP segments, and counts what is none.

    `skipped` counts the packets that gave no segment, by reason, and `segments` those that gave one.
    `others` is asked for the segments of packets of link types that are not known here: it returns one, or says why
    there is none. IP fragments are held until their datagram is complete: at most `max_datagrams` datagrams and
    `max_fragment_bytes` bytes; the segment then is the last fragment's packet's.
    """

    def __init__(
        self,
        others: Callable[[Packet], Segment | str] | None = None,
        *,
        max_datagrams: int = 1024,
        max_fragment_bytes: int = 16 << 20,
    ) -> None:
        self._others = others
        self.segments = 0
        self.skipped: Counter[str] = Counter()
        self._fragments = Fragments(max_datagrams, max_fragment_bytes)
        self._endpoints: dict[tuple[bytes, int], Endpoint] = {}

    def decode(self, packet: Packet) -> Segment | Skipped:
        """Decode one packet."""
        try:
            segment = self._link(packet)
        except _Refusal as refusal:
            reason = str(refusal)
            self.skipped[reason] += 1
            return Skipped(packet.number, reason)
        self.segments += 1
        return segment

    def carriers(self, segment: Segment) -> list[int]:
        """Return the numbers of the packets that carried the segment given last: several where they are fragments."""
        completed = self._fragments.completed
        return completed if completed and completed[-1] == segment.packet_number else [segment.packet_number]

    def _link(self, packet: Packet) -> Segment:
        """Find the IP header behind the link layer's."""
        data, link_type = packet.data, packet.link_type
        size = len(data)
        if link_type == _ETHERNET:
            if size < 14:
                raise _Refusal("cut short in the link layer")
            return self._network(packet, _uint16(data, 12)[0], 14)
        if link_type in _RAW:
            return self._raw(packet)
        if link_type == _COOKED:
            if size < 16:
                raise _Refusal("cut short in the link layer")
            return self._network(packet, _uint16(data, 14)[0], 16)
        if link_type == _COOKED2:
            if size < 20:
                raise _Refusal("cut short in the link layer")
            return self._network(packet, _uint16(data, 0)[0], 20)
        if link_type in (_NULL, _LOOP):
            if size < 4:
                raise _Refusal("cut short in the link layer")
            (family,) = _uint32(data)
            # NULL is in the byte order of the capturing host: a family is small in the right one.
            if family > 0xFFFF:
                family = int.from_bytes(data[:4], "little")
            if family not in _FAMILIES:
                raise _Refusal("not IP")
            return self._network(packet, _FAMILIES[family], 4)
        return self._tunnel(packet)

    def _network(self, packet: Packet, kind: int, at: int) -> Segment:
        """Decode what an EtherType announces."""
        data = packet.data
        if kind in _VLAN:
            for _ in range(_MAX_VLANS):
                if len(data) - at < 4:
                    raise _Refusal("cut short in the link layer")
                (kind,) = _uint16(data, at + 2)
                at += 4
                if kind not in _VLAN:
                    break
        if kind == _IPV4:
            return self._ipv4(packet, data, at, packet.wire_length)
        if kind == _IPV6:
            return self._ipv6(packet, data, at, packet.wire_length)
        if kind in _TUNNEL_TYPES:
            return self._tunnel(packet)
        if kind < 0x600 and data.startswith(b"\xaa\xaa\x03\0\0\0", at) and len(data) - at >= 8:
            # IEEE 802.3 with LLC and SNAP: an EtherType after all.
            return self._network(packet, max(_uint16(data, at + 6)[0], 0x600), at + 8)
        raise _Refusal(_NOT_IP.get(kind, "not IP"))

    def _raw(self, packet: Packet) -> Segment:
        """Decode an IP packet of either version."""
        version = packet.data[0] >> 4 if packet.data else 0
        if version == 4:
            return self._ipv4(packet, packet.data, 0, packet.wire_length)
        if version == 6:
            return self._ipv6(packet, packet.data, 0, packet.wire_length)
        raise _Refusal("not IP")

    def _ipv4(self, packet: Packet, data: bytes, at: int, wire_end: int) -> Segment:
        """Decode the IPv4 packet at `at`; on the wire the data went on to `wire_end`."""
        if len(data) - at < 20:
            raise _Refusal("cut short in the IP header")
        first, total, identification, fragment, protocol, source, destination = _ipv4(data, at)
        header = (first & 15) << 2
        if first >> 4 != 4 or header < 20:
            raise _Refusal("broken IP header")
        if total:
            if total < header:
                raise _Refusal("broken IP header")
            wire_end = at + total
        # A total length of 0 is a segment too big for the field (segmentation offload, BIG TCP).
        if fragment & 0x3FFF:
            more, offset = bool(fragment & 0x2000), (fragment & 0x1FFF) << 3
            key = (source, destination, identification, protocol)
            data, wire_end = self._assemble(packet, key, data, at + header, wire_end, offset, more)
            at = header = 0
        return self._transport(packet, data, at + header, wire_end, protocol, source, destination)

    def _ipv6(self, packet: Packet, data: bytes, at: int, wire_end: int) -> Segment:
        """Decode the IPv6 packet at `at`; on the wire the data went on to `wire_end`."""
        size = len(data)
        if size - at < 40:
            raise _Refusal("cut short in the IP header")
        if data[at] >> 4 != 6:
            raise _Refusal("broken IP header")
        total, protocol, source, destination = _ipv6(data, at)
        at += 40
        # A payload length of 0 is a jumbogram (RFC 2675), or a segment too big for the field (BIG TCP).
        if total:
            wire_end = at + total
        while protocol != TCP:
            if protocol not in _EXTENSIONS and protocol not in (_FRAGMENT, _AUTHENTICATION):
                break
            if size - at < 8:
                raise _Refusal("cut short in the IP header")
            following = data[at]
            if protocol == _FRAGMENT:
                position = _uint16(data, at + 2)[0]
                if position & 0xFFF9:
                    key = (source, destination, _uint32(data, at + 4)[0], 0)
                    offset, more = position & 0xFFF8, bool(position & 1)
                    data, wire_end = self._assemble(packet, key, data, at + 8, wire_end, offset, more)
                    at, size = 0, len(data)
                else:
                    at += 8
            elif protocol == _AUTHENTICATION:
                at += (data[at + 1] + 2) << 2
            else:
                at += (data[at + 1] + 1) << 3
            protocol = following
        return self._transport(packet, data, at, wire_end, protocol, source, destination)

    def _assemble(
        self,
        packet: Packet,
        key: tuple[bytes, bytes, int, int],
        data: bytes,
        at: int,
        wire_end: int,
        offset: int,
        more: bool,
    ) -> tuple[bytes, int]:
        """Add a fragment; give the datagram's payload and its length on the wire when it is complete."""
        whole = self._fragments.add(key, offset, data[at:wire_end], wire_end - at, more, packet.number)
        if whole is None:
            raise _Refusal("IP fragment")
        return whole

    def _transport(
        self,
        packet: Packet,
        data: bytes,
        at: int,
        wire_end: int,
        protocol: int,
        source: bytes,
        destination: bytes,
    ) -> Segment:
        """Decode the TCP segment at `at`; on the wire it went on to `wire_end`."""
        if protocol != TCP:
            if protocol in _TUNNEL_PROTOCOLS or (
                protocol == _UDP and len(data) - at >= 8 and _uint16(data, at + 2)[0] in _TUNNEL_PORTS
            ):
                if data is packet.data:
                    return self._tunnel(packet)
                raise _Refusal("tunnel in fragments")
            raise _Refusal(_NOT_TCP.get(protocol, "not TCP"))
        if len(data) - at < 14 or wire_end - at < 20:
            raise _Refusal("cut short in the TCP header")
        source_port, destination_port, sequence, acknowledgment, words, flags = _tcp(data, at)
        start = at + ((words >> 2) & 60)
        if words < 0x50 or start > wire_end:
            raise _Refusal("broken TCP header")
        payload = data[start:wire_end]
        return Segment(
            packet.number,
            packet.timestamp,
            packet.digits,
            self._endpoint(source, source_port),
            self._endpoint(destination, destination_port),
            sequence,
            acknowledgment,
            flags,
            payload,
            wire_end - start - len(payload),
        )

    def _endpoint(self, address: bytes, port: int) -> Endpoint:
        """Spell an endpoint, and remember it."""
        known = self._endpoints.get((address, port))
        if known is not None:
            return known
        if len(self._endpoints) >= _MAX_ENDPOINTS:
            self._endpoints.clear()
        if len(address) == 4:
            host = "{}.{}.{}.{}".format(*address)
        else:
            from socket import AF_INET6, inet_ntop  # takes long to import, and most captures have no IPv6

            host = inet_ntop(AF_INET6, address)
        endpoint = self._endpoints[address, port] = Endpoint(host, port)
        return endpoint

    def _tunnel(self, packet: Packet) -> Segment:
        """Decode the innermost IP packet of a tunnel or of an exotic link layer."""
        data, link_type = packet.data, packet.link_type
        if link_type == _INNERMOST:
            raise _Refusal("tunnel")
        if not tunnels.known(link_type):
            found = f"link type {link_type}" if self._others is None else self._others(packet)
            if isinstance(found, Segment):
                return found
            raise _Refusal(found)
        inner = tunnels.innermost(data, link_type)
        if inner is None:
            raise _Refusal("not IP")
        wire_length = len(inner) + packet.wire_length - len(data)
        return self._raw(packet._replace(data=inner, link_type=_INNERMOST, wire_length=wire_length))

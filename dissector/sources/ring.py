"""A packet socket's ring (Linux, TPACKET_V3): the kernel writes packets into memory that is shared with us, in blocks.

A reader that has Python's lock only now and then, beside a thread that decodes, is too late for the packets one by one
(a call for each waits for the lock each time); in blocks they wait where the kernel put them. The ring needs
CAP_NET_RAW alone: a receive buffer of its size would need CAP_NET_ADMIN as well.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import mmap
import os
import socket
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from struct import Struct, pack, unpack
from typing import TYPE_CHECKING, Final

from dissector.packets import Packet, Packets
from dissector.sources.bpf import ETHERNET, LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from dissector.packets import Place

BLOCK_SIZE: Final = 512 << 10
BLOCKS: Final = 256
#: Milliseconds after which the kernel hands on a block that is not full.
RETIRE: Final = 20

_SOL_PACKET, _RX_RING, _STATISTICS, _VERSION, _TPACKET_V3 = 263, 5, 6, 10, 2
_ATTACH_FILTER: Final = 26
_AF_PACKET: Final = 17
_EVERYTHING: Final = 3  # ETH_P_ALL
_LINKTYPE_ETHERNET, _LINKTYPE_RAW = 1, 101
_DIGITS: Final = 9
_FOR_US, _HAS_VLAN, _HAS_VLAN_PROTOCOL = 1, 1 << 4, 1 << 6
_DOT1Q: Final = 0x8100

# linux/if_packet.h: tpacket_block_desc, and tpacket3_hdr followed by sockaddr_ll.
_status: Final = Struct("=I")
_block: Final = Struct("=8xIIII").unpack_from
_header: Final = Struct("=6I2H4xIH10x4xiH").unpack_from
_vlan: Final = Struct(">HH").pack
_address: Final = Struct("=HHiHBB8x").pack
_STATUS_AT: Final = 8


@dataclass(frozen=True, slots=True)
class Block:
    """A block of `count` packets, copied out of the ring; `first` is the place of the first one."""

    data: bytes
    count: int
    first: int

    def packets(self, number: int) -> Iterator[tuple[Packet, int]]:
        """Yield the packets, the first of them as packet `number`, each with the index of its interface.

        VLAN tags that the kernel took off are put on again. Where there is no Ethernet header, packets begin with
        the IP header.
        """
        for data, link_type, (each, timestamp, start, stop, length), index in self._each(number):
            yield Packet(each, timestamp, _DIGITS, link_type, data[start:stop], length), index

    def read(self, number: int) -> Iterator[Packets]:
        """Yield the same without the interfaces, many packets at a time."""
        for (data, link_type), group in groupby(self._each(number), key=itemgetter(0, 1)):
            yield Packets(data, _DIGITS, link_type, [place for _, _, place, _ in group])

    def _each(self, number: int) -> Iterator[tuple[bytes, int, Place, int]]:
        """Yield where each packet is: the bytes that it is in, its link type, its place in them; and its interface."""
        data, at = self.data, self.first
        for each in range(number, number + self.count):
            step, seconds, nanoseconds, captured, length, status, link, network, tag, protocol, index, hardware = (
                _header(data, at)
            )
            timestamp = seconds * 1_000_000_000 + nanoseconds
            start, stop = at + link, at + link + captured
            if hardware not in (ETHERNET, LOOPBACK):
                start = at + network
                yield data, _LINKTYPE_RAW, (each, timestamp, start, stop, length - network + link), index
            elif status & _HAS_VLAN:
                kind = protocol if status & _HAS_VLAN_PROTOCOL else _DOT1Q
                tagged = data[start : start + 12] + _vlan(kind, tag & 0xFFFF) + data[start + 12 : stop]
                yield tagged, _LINKTYPE_ETHERNET, (each, timestamp, 0, len(tagged), length + 4), index
            else:
                yield data, _LINKTYPE_ETHERNET, (each, timestamp, start, stop, length), index
            at += step


class Ring:
    """A socket that captures on one interface, or on all (`index` 0), into a ring.

    It is scapy's listening socket; `filter_program` is attached before the first packet comes. Promiscuous mode is
    on for the interfaces in `promiscuous`. Raises `PermissionError` without CAP_NET_RAW, `OSError` where the kernel
    has no such ring.
    """

    def __init__(self, index: int, filter_program: bytes, *, promiscuous: list[str], blocks: int = BLOCKS) -> None:
        logging.getLogger("scapy").setLevel(logging.ERROR)  # it warns of types of interfaces that it does not know
        from scapy.arch.linux import L2ListenSocket, set_promisc

        # Of protocol 0 it gets no packets yet.
        self._scapy: Any = L2ListenSocket(
            iface=socket.if_indextoname(index) if index else "lo", type=0, nofilter=1, promisc=False
        )
        self._socket: socket.socket = self._scapy.ins
        try:
            self.filter(filter_program)
            self._blocks, self._memory = self._map(blocks)
            for name in promiscuous:
                set_promisc(self._socket, name)
            self._bind(index)
        except BaseException:
            self._scapy.close()
            raise
        self._view = memoryview(self._memory)
        self._at = 0

    def fileno(self) -> int:
        """Return the descriptor to wait at: it is readable when a block is ready."""
        return self._socket.fileno()

    def filter(self, program: bytes) -> None:
        """Let a filter program say from now on what is captured."""
        buffer = ctypes.create_string_buffer(program)
        # struct sock_fprog: a count, and a pointer aligned as such.
        self._socket.setsockopt(
            socket.SOL_SOCKET, _ATTACH_FILTER, pack("@HP", len(program) // 8, ctypes.addressof(buffer))
        )

    def ready(self) -> Iterator[Block]:
        """Yield the blocks that are ready, at most a ring of them."""
        for _ in range(self._blocks):
            base = self._at * BLOCK_SIZE
            status, count, first, length = _block(self._memory, base)
            if not status & _FOR_US:
                return
            data = bytes(self._view[base : base + length])
            _status.pack_into(self._memory, base + _STATUS_AT, 0)
            self._at = (self._at + 1) % self._blocks
            if count:
                yield Block(data, count, first)

    def drops(self) -> int:
        """Return how many packets the kernel dropped, because the ring was full, since this was asked last."""
        _, drops, _ = unpack("=3I", self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 12))
        return int(drops)

    def clear_error(self) -> None:
        """Forget what is reported of the interface: while it is down, waiting would return at once."""
        self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def close(self) -> None:
        """Let go of the socket and of the ring."""
        self._view.release()
        self._memory.close()
        self._scapy.close()

    def _map(self, blocks: int) -> tuple[int, mmap.mmap]:
        """Make the ring, smaller where the kernel has no memory for it, and map it."""
        self._socket.setsockopt(_SOL_PACKET, _VERSION, pack("=i", _TPACKET_V3))
        while True:
            try:
                self._socket.setsockopt(
                    _SOL_PACKET, _RX_RING, pack("=7I", BLOCK_SIZE, blocks, BLOCK_SIZE, blocks, RETIRE, 0, 0)
                )
            except OSError as error:
                if error.errno != errno.ENOMEM or blocks < 4:
                    raise
                blocks //= 2
            else:
                return blocks, mmap.mmap(self._socket.fileno(), BLOCK_SIZE * blocks)

    def _bind(self, index: int) -> None:
        """Begin to capture; the socket module knows no way to say "on all interfaces"."""
        address = _address(_AF_PACKET, socket.htons(_EVERYTHING), index, 0, 0, 0)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.bind(self._socket.fileno(), address, len(address)):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

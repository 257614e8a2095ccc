"""Capture filters: what the kernel hands on, written in libpcap's language and compiled through scapy.

One program serves all interfaces. It asks on which interface a packet is (where several are watched), lets go of the
copies that loopback makes of what it sends, and then goes on with the filter compiled for Ethernet, or with the one
for interfaces without a link header of their own (tunnels), whose loads are relative to the IP header.
"""

from __future__ import annotations

import logging
import re
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: The longest packet that is captured whole: loopback carries frames beyond 64 KiB, BIG TCP even longer ones.
SNAP_LENGTH: Final = 262_144
ETHERNET: Final = 1  # ARPHRD_ETHER, and the link type of that name
LOOPBACK: Final = 772  # ARPHRD_LOOPBACK, whose packets have an Ethernet header
_RAW_IP: Final = 12  # DLT_RAW on Linux
_OUTGOING: Final = 4
_MAX_INTERFACES: Final = 250  # a conditional jump reaches 255 instructions

_RETURN, _JUMP, _JUMP_EQUAL, _LOAD = 0x06, 0x05, 0x15, 0x20
#: Loads from the packet: words, halves and bytes, at a place, or relative to X; and the length of an IPv4 header.
_LOADS: Final = frozenset({0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xB1})
#: What is loaded from "beyond" the packet, as the kernel numbers it (linux/filter.h).
_BEYOND: Final = 0xFFFFF000
_PACKET_TYPE, _INTERFACE_INDEX, _HARDWARE = _BEYOND + 4, _BEYOND + 8, _BEYOND + 28
_IP_HEADER: Final = 0xFFF00000
_instruction: Final = Struct("=HBBI")

_TUNNELS: Final = (
    "ip proto 4 or ip proto 41 or ip proto 47 or ip6 proto 4 or ip6 proto 41 or ip6 proto 47 "
    "or udp port 4789 or udp port 8472 or udp port 6081"
)
_ETHERNET_TUNNELS: Final = "ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864"
_LATER_FRAGMENTS: Final = "(ip proto 6 and ip[6:2] & 0x1fff != 0) or ip6 proto 44"
_REASON: Final = re.compile(r"\((?:can't parse filter expression: )?(.*)\)$", re.DOTALL)


class _Instruction(NamedTuple):
    """An instruction of the kernel's packet filter (linux/filter.h, `sock_filter`)."""

    code: int
    if_true: int
    if_false: int
    operand: int


_REJECT: Final = [_Instruction(_RETURN, 0, 0, 0)]
_ACCEPT: Final = [_Instruction(_RETURN, 0, 0, SNAP_LENGTH)]
#: A program that takes nothing.
CLOSED: Final = _instruction.pack(*_REJECT[0])


def default(ports: Collection[int] | None, *, has_link_layer: bool = True) -> str:
    """Return the filter for what may carry Kafka: TCP, on these ports or on any, in VLANs, fragments and tunnels."""
    tcp = [*(f"tcp port {port}" for port in sorted(ports)), _LATER_FRAGMENTS] if ports else ["tcp"]
    within = " or ".join([*tcp, _TUNNELS])
    # The outer tag of a VLAN is off before a filter sees the packet; "vlan" means the inner one, and comes last:
    # it moves what every condition after it looks at.
    return f"{within} or {_ETHERNET_TUNNELS} or (vlan and ({within}))" if has_link_layer else within


def program(
    expression: str | None, *, ports: Collection[int] | None, hardware: Collection[int], indexes: Collection[int]
) -> bytes:
    """Return the program for a filter expression, or for `default` where that is None.

    `hardware` has the types (ARPHRD_*) of the interfaces watched, `indexes` their numbers; empty for all there are,
    and where an interface is watched by itself. Raises `CaptureError` where the expression is wrong, or cannot be
    said of any of these interfaces.
    """
    if len(indexes) > _MAX_INTERFACES:
        raise CaptureError(f"{len(indexes)} interfaces are too many: watch any instead")
    links = {ETHERNET if each in (ETHERNET, LOOPBACK) else _RAW_IP for each in hardware} or {ETHERNET, _RAW_IP}
    parts, problem = {}, None
    for link in sorted(links):
        try:
            parts[link] = _compile(expression, ports, link)
        except CaptureError as error:
            problem = problem or error  # "ether" and "vlan" mean nothing in a tunnel: nothing there passes
    if problem is not None and not parts:
        raise problem
    ethernet, raw = parts.get(ETHERNET, _REJECT), [_moved(each) for each in parts.get(_RAW_IP, _REJECT)]
    whole = [
        *_only(indexes),
        _Instruction(_LOAD, 0, 0, _HARDWARE),
        _Instruction(_JUMP_EQUAL, 0, 3, LOOPBACK),
        _Instruction(_LOAD, 0, 0, _PACKET_TYPE),
        _Instruction(_JUMP_EQUAL, 0, 1, _OUTGOING),
        *_REJECT,
        _Instruction(_LOAD, 0, 0, _HARDWARE),
        _Instruction(_JUMP_EQUAL, 2, 0, ETHERNET),
        _Instruction(_JUMP_EQUAL, 1, 0, LOOPBACK),
        _Instruction(_JUMP, 0, 0, len(ethernet)),
        *ethernet,
        *raw,
    ]
    return b"".join(_instruction.pack(*each) for each in whole)


def _only(indexes: Collection[int]) -> Iterable[_Instruction]:
    """Let go of what is on other interfaces."""
    if not indexes:
        return
    yield _Instruction(_LOAD, 0, 0, _INTERFACE_INDEX)
    for behind, index in zip(reversed(range(len(indexes))), indexes, strict=True):
        yield _Instruction(_JUMP_EQUAL, behind + 1, 0, index)
    yield from _REJECT


def _moved(instruction: _Instruction) -> _Instruction:
    """Let a load from the start of the packet begin at its IP header."""
    code, _, _, operand = instruction
    if code in _LOADS and operand < _IP_HEADER:
        return instruction._replace(operand=operand + _IP_HEADER)
    return instruction


def _compile(expression: str | None, ports: Collection[int] | None, link: int) -> list[_Instruction]:
    """Compile an expression for a link type."""
    logging.getLogger("scapy").setLevel(logging.ERROR)  # its warnings are about routes
    from scapy.arch.common import compile_filter, free_filter
    from scapy.error import Scapy_Exception

    text = default(ports, has_link_layer=link == ETHERNET) if expression is None else expression
    try:
        compiled = compile_filter(text, linktype=link)
    except ImportError:
        if expression is None:
            return _ACCEPT  # without libpcap everything is looked at here
        raise CaptureError("a capture filter needs libpcap (Debian: apt install libpcap0.8)") from None
    except Scapy_Exception as error:
        reason = _REASON.search(str(error))
        raise CaptureError(f"capture filter '{text}': {reason[1] if reason else error}") from None
    try:
        return [
            _Instruction(each.code, each.jt, each.jf, _snap(each.code, each.k))
            for each in compiled.bf_insns[: compiled.bf_len]
        ]
    finally:
        free_filter(compiled)


def _snap(code: int, operand: int) -> int:
    """Let what passes pass whole: scapy cuts it at 65,535 bytes."""
    return SNAP_LENGTH if code == _RETURN and operand else operand

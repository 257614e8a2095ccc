"""The pcapng file format (draft-ietf-opsawg-pcapng): sections of blocks, several interfaces."""

from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple

from dissector.packets import Packets, Place
from dissector.sources.buffer import Buffer
from dissector.sources.errors import CaptureError
from dissector.sources.numbers import Numbers

MAGIC = b"\x0a\x0d\x0d\x0a"

_SECTION, _INTERFACE, _OBSOLETE_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET, _SECRETS = 0x0A0D0D0A, 1, 2, 3, 6, 10
_TLS_KEY_LOG = 0x544C534B
_BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_OPTION_END, _OPTION_TSRESOL, _OPTION_TSOFFSET = 0, 9, 14
_MAX_INTERFACES = 65_536
_SMALLEST = 12  # bytes of a block
_ENHANCED_HEADER, _SMALLEST_ENHANCED = 28, 32
#: Blocks other than packets (names, statistics, secrets) may be larger than a packet.
_BLOCK_OVERHEAD = 1 << 20


class _Interface(NamedTuple):
    """What an interface description says about the packets of that interface."""

    link_type: int
    snap_length: int
    multiplier: int  # a timestamp unit is multiplier / divisor nanoseconds
    divisor: int
    offset: int  # nanoseconds
    digits: int

    @property
    def common(self) -> tuple[int, int]:
        """What packets that are handed on together have in common."""
        return self.digits, self.link_type


class _Layout:
    """The fixed parts of the blocks of one section, in its byte order."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.block = Struct(order + "II")
        self.length = Struct(order + "I")
        self.interface = Struct(order + "H2xI")
        self.enhanced = Struct(order + "5I")
        self.enhanced_whole = Struct(order + "7I")  # with kind and length
        self.obsolete = Struct(order + "HH4I")
        self.simple = Struct(order + "I")
        self.option = Struct(order + "HH")
        self.offset = Struct(order + "q")


def packets(
    buffer: Buffer, numbers: Numbers, max_packet: int, on_secrets: Callable[[bytes], None] | None = None
) -> Iterator[Packets]:
    """Yield the packets of a pcapng file that `buffer` stands at the beginning of.

    The packets get the next of `numbers`; a block that claims much more than `max_packet`
    bytes is taken for a broken file. Packets of simple packet blocks have no time: their timestamp is 0.
    `on_secrets` is called with each TLS key log that is embedded.
    """
    layout = _Layout("<")
    interfaces: list[_Interface] = []
    interface = None
    places: list[Place] = []
    need = _SMALLEST
    try:
        while True:
            data, at = buffer.data, buffer.at
            if len(data) - at < need:
                if places and interface is not None:
                    yield Packets(data, interface.digits, interface.link_type, places)
                    places = []
                if not buffer.fill(need):
                    if not buffer.data:
                        return
                    raise CaptureError("cut short in a block" if need > _SMALLEST else "cut short in a block header")
                data, at = buffer.data, buffer.at
            need = _SMALLEST
            if data.startswith(MAGIC, at):
                order = _BYTE_ORDERS.get(data[at + 8 : at + 12])
                if order is None:
                    raise CaptureError("section header without a byte order")
                layout = _Layout(order)
                interfaces = []
            kind, length = layout.block.unpack_from(data, at)
            if length < _SMALLEST or length % 4 or length > max_packet + _BLOCK_OVERHEAD:
                raise CaptureError(f"block claims {length} bytes")
            if len(data) - at < length:
                need = length
                continue
            end = at + length - 4
            if layout.length.unpack_from(data, end)[0] != length:
                raise CaptureError("the two lengths of a block differ")
            body = at + 8
            if kind == _ENHANCED_PACKET:
                if length < _SMALLEST_ENHANCED:
                    raise CaptureError("enhanced packet block too short")
                index, high, low, captured, wire_length = layout.enhanced.unpack_from(data, body)
                body += 20
            elif kind == _OBSOLETE_PACKET:
                if length < 32:
                    raise CaptureError("packet block too short")
                index, _, high, low, captured, wire_length = layout.obsolete.unpack_from(data, body)
                body += 20
            elif kind == _SIMPLE_PACKET:
                if length < 16:
                    raise CaptureError("simple packet block too short")
                (wire_length,) = layout.simple.unpack_from(data, body)
                body += 4
                index = high = low = 0
                captured = min(wire_length, end - body)
                if interfaces and interfaces[0].snap_length:
                    captured = min(captured, interfaces[0].snap_length)
            else:
                if kind == _INTERFACE:
                    if len(interfaces) == _MAX_INTERFACES:
                        raise CaptureError(f"more than {_MAX_INTERFACES} interfaces in a section")
                    interfaces.append(_interface(layout, data, body, end))
                elif kind == _SECRETS and on_secrets is not None and length >= 20:
                    form, size = layout.block.unpack_from(data, body)
                    if form == _TLS_KEY_LOG:
                        on_secrets(data[body + 8 : min(body + 8 + size, end)])
                buffer.at = end + 4
                continue
            if index >= len(interfaces):
                raise CaptureError(f"packet {numbers.take()} is from interface {index}, which is not described")
            if captured > end - body:
                raise CaptureError(f"packet {numbers.take()} claims {captured} bytes of a block of {length}")
            if interface is not interfaces[index]:
                last, interface = interface, interfaces[index]
                if places and last is not None and last.common != interface.common:
                    yield Packets(data, last.digits, last.link_type, places)
                    places = []
            timestamp = 0
            if kind != _SIMPLE_PACKET:
                ticks = high << 32 | low
                timestamp = ticks * interface.multiplier // interface.divisor + interface.offset
            buffer.at = end + 4
            places.append((numbers.take(), timestamp, body, body + captured, max(captured, wire_length)))
            if kind == _ENHANCED_PACKET:
                stop = min(len(data), buffer.at + max_packet + _BLOCK_OVERHEAD)
                following, buffer.at = _enhanced(layout, data, buffer.at, stop, interface, index, numbers.next)
                places += following
                numbers.next += len(following)
    except CaptureError:
        if places and interface is not None:
            yield Packets(data, interface.digits, interface.link_type, places)
        raise


def _enhanced(
    layout: _Layout, data: bytes, at: int, stop: int, interface: _Interface, index: int, number: int
) -> tuple[list[Place], int]:
    """Read the enhanced packet blocks of an interface that follow one another from `at` on, the first as `number`.

    They end at the first block that is another one, or with which something is wrong, or that ends beyond `stop`:
    return where that is as well.
    """
    whole, again = layout.enhanced_whole.unpack_from, layout.length.unpack_from
    multiplier, divisor, offset = interface.multiplier, interface.divisor, interface.offset
    places: list[Place] = []
    place = places.append
    last = stop - _SMALLEST_ENHANCED
    while at <= last:
        kind, length, where, high, low, captured, wire_length = whole(data, at)
        end = at + length
        if kind != _ENHANCED_PACKET or where != index or captured + _SMALLEST_ENHANCED > length or length & 3:
            break
        if end > stop or again(data, end - 4)[0] != length:
            break
        start = at + _ENHANCED_HEADER
        if wire_length < captured:
            wire_length = captured
        ticks = high << 32 | low
        place((number, ticks * multiplier // divisor + offset, start, start + captured, wire_length))
        number += 1
        at = end
    return places, at


def _interface(layout: _Layout, data: bytes, at: int, end: int) -> _Interface:
    """Read an interface description between `at` and `end`."""
    if end - at < 8:
        raise CaptureError("interface description too short")
    link_type, snap_length = layout.interface.unpack_from(data, at)
    at += 8
    multiplier, divisor, offset, digits = 1000, 1, 0, 6
    while end - at >= 4:
        code, length = layout.option.unpack_from(data, at)
        at += 4
        if code == _OPTION_END or length > end - at:
            break
        if code == _OPTION_TSRESOL and length == 1:
            multiplier, divisor, digits = _resolution(data[at])
        elif code == _OPTION_TSOFFSET and length == 8:
            offset = layout.offset.unpack_from(data, at)[0] * 1_000_000_000
        at += length + (-length % 4)
    return _Interface(link_type, snap_length, multiplier, divisor, offset, digits)


def _resolution(value: int) -> tuple[int, int, int]:
    """Turn if_tsresol into (multiplier, divisor) for nanoseconds and the digits to show."""
    exponent = value & 0x7F
    if value & 0x80:
        return 1_000_000_000, 1 << exponent, 6 if exponent < 20 else 9
    if exponent <= 9:
        return int(10 ** (9 - exponent)), 1, 6 if exponent <= 6 else 9
    return 1, int(10 ** (exponent - 9)), 9

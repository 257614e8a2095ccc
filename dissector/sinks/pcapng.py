"""The pcapng file format (draft-ietf-opsawg-pcapng), written packet by packet: also into a pipe."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO, Self

    from dissector.packets import Packet

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_ENHANCED_PACKET: Final = 6
_SECRETS: Final = 10
_BYTE_ORDER: Final = 0x1A2B3C4D
_TLS_KEY_LOG: Final = 0x544C534B

_COMMENT: Final = 1
_INTERFACE_NAME: Final = 2
_APPLICATION: Final = 4
_PACKET_ID: Final = 5
_RESOLUTION: Final = 9
_MAX_OPTION: Final = 0xFFFF

_MAX_TICKS: Final = (1 << 64) - 1
_NANOSECONDS: Final = 9  # digits; whatever else was captured has microseconds

_block = Struct("<II").pack
_length = Struct("<I").pack
_section = Struct("<IHHq").pack
_interface = Struct("<HHI").pack
_packet = Struct("<II5I").pack
_option = Struct("<HH").pack
_packet_id = Struct("<HHQI").pack
_PADDING: Final = (b"", b"\0\0\0", b"\0\0", b"\0")  # by what is over a multiple of four


class PcapngWriter:
    """Writes packets to a buffered binary file as pcapng: one section, in the order in which they are given.

    The section names this software, and has a `comment` where one is given. Each link type, interface name and
    resolution becomes an interface, described before its first packet: times are written as they were captured, in
    microseconds or nanoseconds (what lies outside of 1970 to 2554 at its edge). With `keep_numbers` each packet
    carries its number, for those who look for it in the capture that it is from (Wireshark's `frame.packet_id`).

    Every block is handed to the file whole, in one write. The file is not closed; as a context manager, the writer
    flushes it.
    """

    def __init__(self, file: BinaryIO, *, comment: str = "", keep_numbers: bool = False) -> None:
        from importlib.metadata import version  # slow to import, and only those who write need it

        self._write = file.write
        self._flush = file.flush
        self._keep_numbers = keep_numbers
        self._interfaces: dict[tuple[int, str | None, int], int] = {}
        options = _text(_COMMENT, comment) + _text(_APPLICATION, f"kafka-dissect {version('kafka-dissector')}")
        self._block(_SECTION, _section(_BYTE_ORDER, 1, 0, -1) + options + _option(0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OSError):  # a pipe that broke is not to be written to again
            self._flush()

    def write(self, packet: Packet, interface: str | None = None) -> None:
        """Write a packet, as captured on the interface of that name."""
        number, timestamp, digits, link_type, data, wire_length = packet
        index = self._interfaces.get((link_type, interface, digits))
        if index is None:
            index = self._describe(link_type, interface, digits)
        ticks = timestamp if digits == _NANOSECONDS else timestamp // 1000
        if not 0 <= ticks <= _MAX_TICKS:
            ticks = 0 if ticks < 0 else _MAX_TICKS
        size = len(data)
        padding = _PADDING[size & 3]
        options = _packet_id(_PACKET_ID, 8, number, 0) if self._keep_numbers else b""
        length = 32 + size + len(padding) + len(options)
        head = _packet(
            _ENHANCED_PACKET, length, index, ticks >> 32, ticks & 0xFFFFFFFF, size, min(wire_length, 0xFFFFFFFF)
        )
        self._write(b"".join((head, data, padding, options, _length(length))))

    def write_secrets(self, secrets: bytes) -> None:
        """Write lines of a TLS key log (as NSS has them): they decrypt the packets that come after them."""
        self._block(_SECRETS, _block(_TLS_KEY_LOG, len(secrets)) + secrets + _PADDING[len(secrets) & 3])

    def flush(self) -> None:
        """Hand what is written to those who read along."""
        self._flush()

    def _describe(self, link_type: int, name: str | None, digits: int) -> int:
        """Write the description of an interface, and return its index."""
        index = self._interfaces[link_type, name, digits] = len(self._interfaces)
        resolution = _option(_RESOLUTION, 1) + bytes([9 if digits == _NANOSECONDS else 6, 0, 0, 0])
        self._block(
            _INTERFACE,
            _interface(link_type, 0, 0) + _text(_INTERFACE_NAME, name or "") + resolution + _option(0, 0),
        )
        return index

    def _block(self, kind: int, body: bytes) -> None:
        length = 12 + len(body)
        self._write(_block(kind, length) + body + _length(length))


def _text(code: int, text: str) -> bytes:
    """Return an option of UTF-8 text; nothing for empty text."""
    if not text:
        return b""
    value = text.encode("utf-8", "backslashreplace")[:_MAX_OPTION]
    return _option(code, len(value)) + value + _PADDING[len(value) & 3]

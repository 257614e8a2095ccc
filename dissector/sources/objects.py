"""What programs and notebooks have at hand as sources of packets: captures of pyshark, and packets of scapy.

Of a pyshark capture only what it names counts: file, interfaces, filters. tshark hands on the packets as bytes, which
is hundreds of times faster than what pyshark makes of them; a file without a filter is read without tshark.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, cast

from dissector.packets import Packet, PacketReader, Packets
from dissector.sources import tshark
from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from dissector.packets import PacketSource

_RAW_IP: Final = 101
_KEY_LOG: Final = "tls.keylog_file"
_NANOSECONDS: Final = 1_000_000_000


def is_pyshark(thing: object) -> bool:
    """Say whether something is a capture of pyshark."""
    return any(kind.__module__.startswith("pyshark.capture.") for kind in type(thing).__mro__)


def is_scapy(thing: object) -> bool:
    """Say whether something is, or may yield, packets of scapy: an iterable that is no file and no path."""
    return hasattr(thing, "__iter__") and not isinstance(thing, str | os.PathLike) and not hasattr(thing, "read")


def keylog_of(capture: Any) -> str | None:
    """Return the key log that a pyshark capture was given (`override_prefs`)."""
    preferences: dict[str, str] = getattr(capture, "_override_prefs", None) or {}
    return preferences.get(_KEY_LOG)


def of_pyshark(capture: Any, on_secrets: Callable[[bytes], None]) -> PacketSource:
    """Return the packets of a FileCapture, LiveCapture or RemoteCapture; with a display filter, they count anew.

    Raises `CaptureError` where tshark is needed and not installed, and for other kinds of captures.
    """
    path: os.PathLike[str] | None = getattr(capture, "input_filepath", None)
    display_filter: str | None = getattr(capture, "_display_filter", None)
    if path is not None and not display_filter:
        return CaptureReader(path, on_secrets=on_secrets)
    if path is not None and display_filter:
        return TsharkPackets(["-r", os.fspath(path), "-Y", display_filter], on_secrets)
    interfaces = getattr(capture, "interfaces", None)
    if interfaces is None:
        raise CaptureError(f"{type(capture).__name__}: only files and interfaces of pyshark can be read")
    if display_filter:
        raise CaptureError("live captures of pyshark take a bpf_filter, no display_filter")
    command = [argument for interface in interfaces for argument in ("-i", interface)]
    bpf_filter = getattr(capture, "bpf_filter", None)
    return TsharkPackets([*command, *(["-f", bpf_filter] if bpf_filter else [])], on_secrets)


class TsharkPackets(PacketReader):
    """Packets that tshark reads or captures, as its `arguments` say; see `PacketSource`."""

    def __init__(self, arguments: list[str], on_secrets: Callable[[bytes], None] | None = None) -> None:
        import subprocess  # few need a tool, and all would wait for its import
        import tempfile

        program = tshark.find()
        if program is None:
            raise CaptureError(f"{tshark.NOT_INSTALLED} ({tshark.HOW_TO_INSTALL})")
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the source
        self._process = subprocess.Popen(  # noqa: S603 - the program is tshark
            [program, "-n", "-Q", *arguments, "-F", "pcapng", "-w", "-"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        assert self._process.stdout is not None  # noqa: S101 (for the type checker)
        self._reader = CaptureReader(cast("BinaryIO", self._process.stdout), on_secrets=on_secrets)
        self.total_bytes: int | None = None

    @property
    def position(self) -> int:
        """How many bytes tshark has written."""
        return self._reader.position

    def read(self) -> Iterator[Packets]:
        """Yield the packets, many at a time."""
        try:
            yield from self._reader.read()
        except CaptureError as error:
            raise CaptureError(self._said() or str(error)) from None
        if self._process.wait() and (said := self._said()):
            raise CaptureError(said)

    def close(self) -> None:
        """End tshark."""
        self._process.kill()
        self._reader.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()
        self._complaints.close()

    def _said(self) -> str:
        """Return what tshark complained of."""
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").splitlines()
        return next((line.strip() for line in lines if line.startswith("tshark: ")), "")


class ScapyPackets(PacketReader):
    """Packets of scapy, from any iterable of them, numbered as they come; see `PacketSource`."""

    def __init__(self, packets: Iterable[Any]) -> None:
        self._packets = packets
        self.total_bytes: int | None = None
        self.position = 0

    def read(self) -> Iterator[Packets]:
        """Yield the packets, one at a time."""
        from scapy.config import conf
        from scapy.packet import Packet as ScapyPacket

        for number, packet in enumerate(self._packets, 1):
            if not isinstance(packet, ScapyPacket):
                raise CaptureError(f"element {number} is no packet of scapy, but {type(packet).__name__}")
            data = packet.original or bytes(packet)
            # Addresses of the link layer may lack in packets that were made by hand.
            link_type = conf.l2types.layer2num.get(type(packet), _RAW_IP)
            timestamp = int(packet.time * _NANOSECONDS)
            digits = 6 if timestamp % 1000 == 0 else 9
            self.position += len(data)
            wire_length = max(packet.wirelen or 0, len(data))
            yield Packets.of(Packet(number, timestamp, digits, link_type, data, wire_length))

    def close(self) -> None:
        """Let go of the packets."""
        self._packets = ()

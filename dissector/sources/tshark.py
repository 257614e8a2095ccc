"""Captures in formats that only Wireshark's tshark reads: it writes them as pcapng, and that is read here."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import which

from dissector.sources.errors import CaptureError
from dissector.sources.tools import piped


def as_pcapng(path: str | os.PathLike[str] | None, magic: bytes) -> Iterator[bytes]:
    """Yield a capture file that begins with `magic` as pcapng.

    Raises `CaptureError` where there is no file but a stream, tshark is not installed, or does not know the format.
    """
    what = f"not a pcap or pcapng capture (starts with {magic.hex(' ')})"
    if path is None:
        raise CaptureError(f"{what}; other formats are read from files only")
    tshark = which("tshark")
    if tshark is None:
        raise CaptureError(f"{what}; tshark, which knows more formats, is not installed")
    command = [tshark, "-r", str(Path(path).absolute()), "-F", "pcapng", "-w", "-"]
    is_known = False
    try:
        for piece in piped(command, b"", bytes, "tshark stops reading"):
            is_known = True
            yield piece
    except CaptureError:
        if is_known:
            raise
        raise CaptureError(f"{what}, nor one that tshark reads") from None

"""Decompression of capture files on the way in, in bounded memory.

gzip is the standard library's. For zstd and LZ4 no wheel that the project stands on decompresses piece by
piece, so their own command line tools do it, if they are installed.
"""

import zlib
from collections.abc import Iterator

from dissector.sources.errors import CaptureError
from dissector.sources.tools import Read, piped

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
LZ4 = b"\x04\x22\x4d\x18"
_PIECE = 1 << 20


def decompressed(head: bytes, read: Read) -> Read:
    """Give a reader of the decompressed bytes of a stream that starts with `head` and goes on with `read`.

    A stream in no known compression is given as it is. What can be decompressed before a break is
    given before `CaptureError` is raised.
    """
    if head.startswith(GZIP):
        pieces = _gunzip(head, read)
    elif head.startswith(ZSTD):
        pieces = _through("zstd", head, read)
    elif head.startswith(LZ4):
        pieces = _through("lz4", head, read)
    else:
        pieces = _as_is(head, read)
    return lambda: next(pieces, b"")


def _as_is(head: bytes, read: Read) -> Iterator[bytes]:
    while head:
        yield head
        head = read()


def _gunzip(data: bytes, read: Read) -> Iterator[bytes]:
    """Decompress gzip members (RFC 1952), a bounded piece at a time."""
    while True:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            before = member.copy()
            try:
                piece = member.decompress(data, _PIECE)
            except zlib.error as error:
                yield from _before_break(before, data)
                raise CaptureError(f"broken gzip data ({error})") from None
            data = member.unconsumed_tail
            if piece:
                yield piece
            elif not data and not member.eof:
                data = read()
                if not data:
                    raise CaptureError("gzip data cut short")
        data = member.unused_data or read()
        # Padding with zeros after the last member is common (tapes, block devices).
        while data and not data.strip(b"\0"):
            data = read()
        if not data:
            return
        data = data.lstrip(b"\0")


def _before_break(member: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    """Decompress what there is before a break, byte by byte: a call that fails gives nothing."""
    pieces: list[bytes] = []
    held = 0
    try:
        for at in range(len(data)):
            pieces.append(member.decompress(data[at : at + 1]))
            held += len(pieces[-1])
            if held >= _PIECE:
                yield b"".join(pieces)
                pieces, held = [], 0
    except zlib.error:
        if held:
            yield b"".join(pieces)


def _through(tool: str, head: bytes, read: Read) -> Iterator[bytes]:
    """Decompress with a command line tool."""
    from shutil import which  # imports much, and few captures need it

    path = which(tool)
    if path is None:
        raise CaptureError(f"compressed with {tool}, which is not installed: install it, or decompress the file")
    yield from piped([path, "-dc"], head, read, f"broken {tool} data")

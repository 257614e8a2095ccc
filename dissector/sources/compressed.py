"""Decompression of capture files on the way in, in bounded memory."""

import zlib
from collections.abc import Callable, Iterator

from dissector.sources.errors import CaptureError

Read = Callable[[], bytes]

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
    elif head.startswith((ZSTD, LZ4)):
        raise CaptureError("zstd and lz4 are not supported yet: decompress it first")
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
            try:
                piece = member.decompress(data, _PIECE)
            except zlib.error as error:
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

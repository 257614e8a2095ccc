"""The codecs of record data, with a bound on what they may produce.

Every codec here writes into memory of at most the limit: a bomb fails when it reaches the bound, not afterwards.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Final

import cramjam

if TYPE_CHECKING:
    from collections.abc import Callable

    from structs.buffers import Buffer

NAMES: Final = ("none", "gzip", "snappy", "lz4", "zstd")
MASK: Final = 0x07

_OUTPUT_FULL = "failed to write whole buffer"  # how cramjam says that the output does not fit
_FIRST_OUTPUT: Final = 1 << 16
_GROWTH: Final = 8
_SCRATCH: Final = 1 << 20  # up to so many bytes are decompressed into memory that stays, which need not be cleared
_scratches: Final[list[bytearray]] = []

_XERIAL = struct.Struct(">8sii")
_XERIAL_MAGIC: Final = b"\x82SNAPPY\x00"
_XERIAL_BLOCK: Final = 32 * 1024
_SNAPPY_EXPANSION: Final = 24  # a copy of 64 bytes takes 3


class CompressionError(Exception):
    """Data that does not decompress.

    `kind` is "malformed", "limit" or "unknown_compression", `spent` how many bytes may have been decompressed in vain.
    """

    def __init__(self, kind: str, message: str, spent: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.spent = spent


def name(attributes: int) -> str:
    """Return the name of the codec that a batch's or a message's attributes state."""
    codec = attributes & MASK
    return NAMES[codec] if codec < len(NAMES) else f"unknown({codec})"


def decompress(codec: str, data: Buffer, limit: int) -> bytes:
    """Return at most `limit` decompressed bytes; raise CompressionError if there are more, or if `data` is broken."""
    decompressor = _DECOMPRESSORS.get(codec)
    if decompressor is None:
        raise CompressionError("unknown_compression", f"compression {codec} is not known")
    try:
        return decompressor(data, limit)
    except cramjam.DecompressionError as error:
        raise CompressionError("malformed", f"{codec}: {error}") from error


def compress(codec: str, data: bytes) -> bytes:
    """Return `data` compressed as Kafka's Java clients frame it."""
    return _COMPRESSORS[codec](data)


def _over(limit: int) -> CompressionError:
    return CompressionError("limit", f"decompresses to more than {limit} bytes", limit)


def _fill(size: int, decompress_into: Callable[[Buffer, memoryview], int], data: Buffer) -> bytes:
    """Decompress into a buffer of `size` bytes, and return as many as there are."""
    if size > _SCRATCH:
        output = io.BytesIO()  # what it hands out at the end is the buffer, not a copy
        output.seek(size - 1)
        output.write(b"\0")
        with output.getbuffer() as view:
            written = decompress_into(data, view)
        output.truncate(written)
        return output.getvalue()
    try:
        scratch = _scratches.pop()  # no two threads take the same
    except IndexError:
        scratch = bytearray(_SCRATCH)
    try:
        view = memoryview(scratch)[:size]
        return bytes(view[: decompress_into(data, view)])
    finally:
        _scratches.append(scratch)


def _growing(codec: str, decompress_into: Callable[[Buffer, memoryview], int], data: Buffer, limit: int) -> bytes:
    """Decompress into buffers that grow up to the limit: what is stated about the size is not believed."""
    size = min(max(_FIRST_OUTPUT, len(data) * _GROWTH), limit)
    if len(data) <= _SCRATCH // 2:
        size = min(size, _SCRATCH)  # which does for nearly all, and costs less than larger ones
    while True:
        try:
            return _fill(size, decompress_into, data)
        except cramjam.DecompressionError as error:
            if str(error) != _OUTPUT_FULL:
                raise CompressionError("malformed", f"{codec}: {error}", size) from error
        if size >= limit:
            raise _over(limit)
        size = min(size * _GROWTH, limit)


def _unsnappy(data: Buffer, limit: int) -> bytes:
    """Xerial's framing as Kafka's Java clients write it, or one raw block as librdkafka does."""
    if data[: len(_XERIAL_MAGIC)] != _XERIAL_MAGIC:
        return _unsnappy_block(data, 0, limit)
    output = io.BytesIO()
    position = 0
    while position < len(data):
        if data[position : position + len(_XERIAL_MAGIC)] == _XERIAL_MAGIC:
            position += _XERIAL.size  # streams may follow one another
            if position > len(data):
                raise CompressionError("malformed", "snappy: the header of the framing is cut")
            continue
        start = position + 4
        stop = start + int.from_bytes(data[position:start], "big", signed=True)
        if not start < stop <= len(data):
            raise CompressionError("malformed", f"snappy: the block at byte {position} ends at {stop} of {len(data)}")
        output.write(_unsnappy_block(data[start:stop], output.tell(), limit))
        position = stop
    return output.getvalue()


def _unsnappy_block(data: Buffer, before: int, limit: int) -> bytes:
    """Return the contents of one block, which `before` bytes went before."""
    size: int = cramjam.snappy.decompress_raw_len(data)
    if size + before > limit:
        raise _over(limit)
    if size > len(data) * _SNAPPY_EXPANSION:
        raise CompressionError("malformed", f"snappy: states {size} bytes in a block of {len(data)}")
    return _fill(size, cramjam.snappy.decompress_raw_into, data)


def _xerial(data: bytes) -> bytes:
    output = bytearray(_XERIAL.pack(_XERIAL_MAGIC, 1, 1))
    for start in range(0, len(data), _XERIAL_BLOCK):
        block = bytes(cramjam.snappy.compress_raw(data[start : start + _XERIAL_BLOCK]))
        output += len(block).to_bytes(4, "big") + block
    return bytes(output)


_DECOMPRESSORS: Final[dict[str, Callable[[Buffer, int], bytes]]] = {
    "gzip": lambda data, limit: _growing("gzip", cramjam.gzip.decompress_into, data, limit),
    "snappy": _unsnappy,
    "lz4": lambda data, limit: _growing("lz4", cramjam.lz4.decompress_into, data, limit),
    "zstd": lambda data, limit: _growing("zstd", cramjam.zstd.decompress_into, data, limit),
}

_COMPRESSORS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "none": lambda data: data,
    "gzip": lambda data: bytes(cramjam.gzip.compress(data)),
    "snappy": _xerial,
    "lz4": lambda data: bytes(cramjam.lz4.compress(data)),
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
}

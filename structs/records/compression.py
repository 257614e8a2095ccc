"""The codecs of record data, with a bound on what they may produce.

Every codec here writes into memory of at most the limit: a bomb fails when it reaches the bound, not afterwards.
"""

from __future__ import annotations

import struct
import zlib
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

_XERIAL = struct.Struct(">8sii")
_XERIAL_MAGIC: Final = b"\x82SNAPPY\x00"
_XERIAL_BLOCK: Final = 32 * 1024
_SNAPPY_EXPANSION: Final = 24  # a copy of 64 bytes takes 3


class CompressionError(Exception):
    """Data that does not decompress; `kind` is "malformed", "limit" or "unknown_compression"."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


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
    except (cramjam.DecompressionError, zlib.error) as error:
        raise CompressionError("malformed", f"{codec}: {error}") from error


def compress(codec: str, data: bytes) -> bytes:
    """Return `data` compressed as Kafka's Java clients frame it."""
    return _COMPRESSORS[codec](data)


def _over(limit: int) -> CompressionError:
    return CompressionError("limit", f"decompresses to more than {limit} bytes")


def _growing(decompress_into: Callable[[Buffer, bytearray], int], data: Buffer, limit: int) -> bytes:
    """Decompress into buffers that grow up to the limit: what is stated about the size is not believed."""
    size = min(max(_FIRST_OUTPUT, len(data) * _GROWTH), limit)
    while True:
        output = bytearray(size)
        try:
            written = decompress_into(data, output)
        except cramjam.DecompressionError as error:
            if str(error) != _OUTPUT_FULL:
                raise
            if size >= limit:
                raise _over(limit) from None
            size = min(size * _GROWTH, limit)
            continue
        return bytes(memoryview(output)[:written])


def _gunzip(data: Buffer, limit: int) -> bytes:
    output = bytearray()
    while True:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            chunk = member.decompress(data, min(1 << 20, limit + 1 - len(output)))
            if not chunk and not member.eof:
                raise CompressionError("malformed", "gzip: the stream ends early")
            output += chunk
            if len(output) > limit:
                raise _over(limit)
            data = member.unconsumed_tail
        data = member.unused_data
        if not data:
            return bytes(output)


def _unsnappy(data: Buffer, limit: int) -> bytes:
    """Xerial's framing as Kafka's Java clients write it, or one raw block as librdkafka does."""
    if bytes(data[: len(_XERIAL_MAGIC)]) != _XERIAL_MAGIC:
        return _unsnappy_block(data, limit)
    blocks: list[bytes] = []
    position = 0
    while position < len(data):
        if bytes(data[position : position + len(_XERIAL_MAGIC)]) == _XERIAL_MAGIC:
            position += _XERIAL.size  # streams may follow one another
            continue
        start = position + 4
        position = start + int.from_bytes(data[position:start], "big", signed=True)
        if not start < position <= len(data):
            raise CompressionError(
                "malformed", f"snappy: the block at byte {start - 4} ends at {position} of {len(data)}"
            )
        blocks.append(_unsnappy_block(data[start:position], limit))
        limit -= len(blocks[-1])
    return b"".join(blocks)


def _unsnappy_block(data: Buffer, limit: int) -> bytes:
    size: int = cramjam.snappy.decompress_raw_len(data)
    if size > limit:
        raise _over(limit)
    if size > len(data) * _SNAPPY_EXPANSION:
        raise CompressionError("malformed", f"snappy: states {size} bytes in a block of {len(data)}")
    return bytes(cramjam.snappy.decompress_raw(data))


def _xerial(data: bytes) -> bytes:
    output = bytearray(_XERIAL.pack(_XERIAL_MAGIC, 1, 1))
    for start in range(0, len(data), _XERIAL_BLOCK):
        block = bytes(cramjam.snappy.compress_raw(data[start : start + _XERIAL_BLOCK]))
        output += len(block).to_bytes(4, "big") + block
    return bytes(output)


_DECOMPRESSORS: Final[dict[str, Callable[[Buffer, int], bytes]]] = {
    "gzip": _gunzip,
    "snappy": _unsnappy,
    "lz4": lambda data, limit: _growing(cramjam.lz4.decompress_into, data, limit),
    "zstd": lambda data, limit: _growing(cramjam.zstd.decompress_into, data, limit),
}

_COMPRESSORS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "none": lambda data: data,
    "gzip": lambda data: zlib.compress(data, wbits=31),
    "snappy": _xerial,
    "lz4": lambda data: bytes(cramjam.lz4.compress(data)),
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
}

"""The header checksum of LZ4 frames, which Kafka's message format 0 got wrong.

Those frames carry a checksum over the magic number and the descriptor, where the format wants the descriptor alone
(KIP-57). LZ4 libraries refuse them, so the byte is put right before they look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from structs.buffers import Buffer

_MAGIC: Final = b"\x04\x22\x4d\x18"
_CONTENT_SIZE: Final = 0x08
_DICTIONARY_ID: Final = 0x01
_WORD: Final = 0xFFFFFFFF


def repair(data: Buffer) -> tuple[Buffer, bool]:
    """Return the frame with the right header checksum, and whether it was wrong."""
    place = _checksum_position(data)
    if place is None:
        return data, False
    right = _checksum(bytes(data[len(_MAGIC) : place]))
    if data[place] == right:
        return data, False
    return b"".join((data[:place], bytes((right,)), data[place + 1 :])), True


def spoil(frame: bytes) -> bytes:
    """Return the frame with the header checksum that message format 0 has."""
    place = _checksum_position(frame)
    if place is None:
        raise ValueError("not an LZ4 frame")
    return frame[:place] + bytes((_checksum(frame[:place]),)) + frame[place + 1 :]


def _checksum_position(data: Buffer) -> int | None:
    """Return where the checksum stands: behind magic number, flags, block descriptor and what the flags announce."""
    if len(data) < 7 or bytes(data[:4]) != _MAGIC:
        return None
    flags = data[4]
    place = 6 + (8 if flags & _CONTENT_SIZE else 0) + (4 if flags & _DICTIONARY_ID else 0)
    return place if place < len(data) else None


def _checksum(data: bytes) -> int:
    """Return the second byte of the xxHash32 of `data` with seed 0."""
    return _xxh32(data) >> 8 & 0xFF


def _xxh32(data: bytes) -> int:
    """Return the xxHash32 of `data` with seed 0."""
    prime1, prime2, prime3, prime4, prime5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
    position = 0
    if len(data) >= 16:
        lanes = [(prime1 + prime2) & _WORD, prime2, 0, -prime1 & _WORD]
        while position + 16 <= len(data):
            for lane in range(4):
                word = int.from_bytes(data[position : position + 4], "little")
                lanes[lane] = _rotate(lanes[lane] + word * prime2, 13) * prime1 & _WORD
                position += 4
        value = sum(map(_rotate, lanes, (1, 7, 12, 18))) & _WORD
    else:
        value = prime5
    value += len(data)
    while position + 4 <= len(data):
        word = int.from_bytes(data[position : position + 4], "little")
        value = _rotate(value + word * prime3, 17) * prime4
        position += 4
    for byte in data[position:]:
        value = _rotate(value + byte * prime5, 11) * prime1
    value &= _WORD
    value = (value ^ value >> 15) * prime2 & _WORD
    value = (value ^ value >> 13) * prime3 & _WORD
    return value ^ value >> 16


def _rotate(value: int, bits: int) -> int:
    value &= _WORD
    return (value << bits | value >> 32 - bits) & _WORD

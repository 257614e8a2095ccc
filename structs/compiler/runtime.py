"""What generated decoders call: the rare cases of lengths, and the values that take more than a line.

Every function that reads takes the buffer and a position, and gives the value and the position behind it. None of them
checks that the bytes it steps over are there: positions only grow, so one look at the last of them is enough.
"""

from __future__ import annotations

import struct
from binascii import b2a_base64
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from structs.wire.node import FaultyError, SeldomError
from structs.wire.prefixed import MAX_STRING_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
FEW: Final = 17  # arrays of fewer numbers have a struct.Struct prepared

#: What the second byte of a varint adds to the first one. The sum is negative where that is not all: there is a third,
#: or the second says nothing.
second: Final = tuple((byte << 7) - 0x80 if 0 < byte < 0x80 else -0x100 for byte in range(0x100))


def varint(data: bytes, position: int, number: int) -> tuple[int, int]:
    """Return the unsigned 32-bit LEB128 number whose first byte was `number`, above 127.

    One that is spelled longer than it need be is left to the interpreter: what comes back is above 127.
    """
    byte = data[position]
    number += (byte << 7) - 0x80
    position += 1
    if byte > 0x7F:
        byte = data[position]
        number += (byte << 14) - 0x4000
        position += 1
        if byte > 0x7F:
            byte = data[position]
            number += (byte << 21) - 0x200000
            position += 1
            if byte > 0x7F:
                byte = data[position]
                if byte > 0x0F:
                    raise FaultyError
                number += (byte << 28) - 0x10000000
                position += 1
    if not byte:
        raise SeldomError
    return number, position


def long_text(data: bytes, position: int, number: int) -> tuple[str, int]:
    """Return the string whose compact length (plus one) takes several bytes, of which the first was `number`."""
    number, position = varint(data, position, number)
    if number > MAX_STRING_LENGTH + 1:
        raise FaultyError
    stop = position + number - 1
    return data[position:stop].decode(), stop


@lru_cache(maxsize=4096)
def uuid(value: bytes) -> str:
    """Return the 22 characters that stand for 16 bytes; the same topics come again and again."""
    return b2a_base64(value, newline=False)[:22].translate(_URL_SAFE).decode()


@cache
def few(code: str) -> tuple[Callable[[bytes, int], tuple[Any, ...]], ...]:
    """Return what reads no number, one, two, ... of one format, each prepared."""
    return tuple(struct.Struct(f">{count}{code}").unpack_from for count in range(FEW))


def many(data: bytes, position: int, count: int, code: str) -> tuple[list[Any], int]:
    """Return so many numbers of one format."""
    stop = position + count * struct.calcsize(f">{code}")
    if stop > len(data):  # before a format of any length is made
        raise FaultyError
    return list(struct.unpack_from(f">{count}{code}", data, position)), stop

"""Structure in a fuzzer's bytes: choices and pieces, taken from the front; and the same written, for seeds."""

from __future__ import annotations

import random


class Cursor:
    """Takes choices and pieces off bytes; at the end there are zeros and nothing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)

    def number(self, size: int = 1) -> int:
        """Return a number of `size` bytes."""
        return int.from_bytes(self.piece(size))

    def piece(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def sized(self) -> bytes:
        """Return a piece behind its length of two bytes."""
        return self.piece(self.number(2))

    def rest(self) -> bytes:
        """Return everything that is left."""
        return self.piece(len(self._data))


class BytesRandom(random.Random):
    """A random generator whose choices a fuzzer makes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._cursor = Cursor(data)

    def getrandbits(self, k: int) -> int:
        """Return a number of `k` bits."""
        return self._cursor.number((k + 7) // 8) & (1 << k) - 1

    def random(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return self._cursor.number(2) / 0x10000


def sized(data: bytes) -> bytes:
    """Return a piece with its length in front, which `Cursor.sized` takes off again."""
    data = data[:0xFFFF]
    return len(data).to_bytes(2) + data

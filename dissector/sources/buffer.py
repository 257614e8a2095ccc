"""Bytes of a stream, fetched in chunks, looked at in place."""

from collections.abc import Callable


class Buffer:
    """A window on a stream of bytes: `data` from `at` on is what has been fetched and not yet used.

    `read` gives the next bytes, of any number, and none at the end. Parsers work on `data` and `at`
    directly, and call `fill` when they need more than is there. Chunks are looked at where they are:
    only what goes from one to the next is put together, by itself. `base` is the stream offset of
    `data[0]`.
    """

    __slots__ = ("_chunk", "_from", "_read", "at", "base", "data")

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._chunk = b""  # what comes behind `data`, from `_from` on
        self._from = 0
        self.data = b""
        self.at = 0
        self.base = 0

    @property
    def offset(self) -> int:
        """Offset of the next unused byte in the stream."""
        return self.base + self.at

    def read(self) -> bytes:
        """Return what comes behind `data`, for who goes on without this buffer: what is there already, then chunks."""
        rest, self._chunk, self._from = self._chunk[self._from :], b"", 0
        return rest or self._read()

    def fill(self, need: int) -> bool:
        """Fetch until `need` unused bytes are there; tell whether the stream had that many."""
        rest = self.data[self.at :]
        self.base += self.at
        self.at = 0
        pieces = [rest]
        have = len(rest)
        try:
            while have < need:
                if self._from == len(self._chunk):
                    self._chunk, self._from = self._read(), 0
                    if not self._chunk:
                        break
                if not have and len(self._chunk) - self._from >= need:
                    pieces, have, self.at = [self._chunk], len(self._chunk), self._from
                    self.base -= self.at
                    self._chunk, self._from = b"", 0
                    break
                piece = self._chunk[self._from : self._from + need - have]
                pieces.append(piece)
                have += len(piece)
                self._from += len(piece)
        finally:
            self.data = b"".join(pieces)
        return have - self.at >= need

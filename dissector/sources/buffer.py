"""Bytes of a stream, fetched in chunks, looked at in place."""

from collections.abc import Callable


class Buffer:
    """A window on a stream of bytes: `data` from `at` on is what has been fetched and not yet used.

    `read` gives the next bytes, of any number, and none at the end. Parsers work on `data` and `at`
    directly, and call `fill` when they need more than is there: each byte is copied once or twice,
    whatever the sizes of chunks and records. `base` is the stream offset of `data[0]`.
    """

    __slots__ = ("_read", "at", "base", "data")

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self.data = b""
        self.at = 0
        self.base = 0

    @property
    def offset(self) -> int:
        """Offset of the next unused byte in the stream."""
        return self.base + self.at

    def fill(self, need: int) -> bool:
        """Fetch until `need` unused bytes are there; tell whether the stream had that many."""
        rest = self.data[self.at :]
        self.base += self.at
        self.at = 0
        chunks = [rest]
        have = len(rest)
        try:
            while have < need:
                chunk = self._read()
                if not chunk:
                    break
                chunks.append(chunk)
                have += len(chunk)
        finally:
            self.data = b"".join(chunks)
        return have >= need

"""IP fragments, put together in bounded memory."""

from collections.abc import Hashable

#: A datagram cannot be longer (RFC 791, RFC 8200).
_MAX_DATAGRAM = 0xFFFF
#: Packet numbers kept of a datagram: as many as fragments of 8 bytes are in it; more only repeat some.
_MAX_FRAGMENTS = (_MAX_DATAGRAM + 1) // 8


class _Datagram:
    """The fragments of one datagram so far: by offset, the bytes captured and the length on the wire."""

    __slots__ = ("covered", "length", "packets", "pieces", "size")

    def __init__(self) -> None:
        self.packets: list[int] = []
        self.pieces: dict[int, tuple[bytes, int]] = {}
        self.size = 0  # bytes held
        self.covered = 0  # of the datagram, at most
        self.length: int | None = None  # known from the last fragment

    def whole(self) -> tuple[bytes, int] | None:
        """Give the payload and its length, when no fragment is missing."""
        if self.length is None or self.covered < self.length:
            return None
        chunks = []
        reached = 0
        captured = True
        for offset in sorted(self.pieces):
            data, length = self.pieces[offset]
            if offset > reached:
                return None
            if offset + length <= reached:
                continue
            if captured:
                chunks.append(data[reached - offset :])
                # Behind a piece that the snap length cut, nothing can be used.
                captured = len(data) == length
            reached = offset + length
        return (b"".join(chunks)[: self.length], self.length) if reached >= self.length else None


class Fragments:
    """Datagrams being put together: at most `max_datagrams`, and `max_bytes` in all.

    Over a limit the oldest datagram is given up; `abandoned` counts them. Of overlapping fragments the
    bytes of the one that starts first count. `completed` has the packet numbers of the fragments of the
    datagram that was completed last.
    """

    def __init__(self, max_datagrams: int, max_bytes: int) -> None:
        self.abandoned = 0
        self.completed: list[int] = []
        self._max_datagrams = max_datagrams
        self._max_bytes = max_bytes
        self._datagrams: dict[Hashable, _Datagram] = {}
        self._bytes = 0

    def add(
        self, key: Hashable, offset: int, data: bytes, length: int, more: bool, packet: int
    ) -> tuple[bytes, int] | None:
        """Add the fragment of `key` at `offset`: the `data` captured in `packet` of `length` bytes; `more` follow.

        Gives, when it completes the datagram, its payload and its length on the wire; the payload is
        shorter when the snap length cut a fragment.
        """
        if length <= 0 or offset + length > _MAX_DATAGRAM:
            return None
        datagram = self._datagrams.get(key)
        if datagram is None:
            datagram = self._datagrams[key] = _Datagram()
        if offset not in datagram.pieces:
            datagram.pieces[offset] = (data, length)
            datagram.size += len(data)
            datagram.covered += length
            self._bytes += len(data)
        if len(datagram.packets) == _MAX_FRAGMENTS:
            datagram.packets.pop()
        datagram.packets.append(packet)
        if not more:
            datagram.length = offset + length
        whole = datagram.whole()
        if whole is not None:
            del self._datagrams[key]
            self.completed = datagram.packets
            self._bytes -= datagram.size
            return whole
        while len(self._datagrams) > self._max_datagrams or self._bytes > self._max_bytes:
            oldest = next(iter(self._datagrams))
            self._bytes -= self._datagrams.pop(oldest).size
            self.abandoned += 1
        return None

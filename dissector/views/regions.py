"""Where the bytes of a field are: in a message, or in what a part of it decompresses to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from structs.buffers import Span


class Region(NamedTuple):
    """A byte range of a buffer: from `start` up to, not including, `stop`."""

    buffer: Buffer
    start: int
    stop: int

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self.buffer.data[self.start : self.stop]


@dataclass(eq=False, slots=True)
class Buffer:
    """Bytes that fields stand in.

    Number 0 is the message from its first byte behind the length prefix; `label` says of the others what they are.
    `withheld` are the ranges that must not be shown: secrets, and what may hold some and was not looked into.
    """

    number: int
    label: str
    data: bytes
    withheld: list[Span] = field(default_factory=list)

    @property
    def is_message(self) -> bool:
        """Whether this is the message itself."""
        return self.number == 0

    def region(self, span: Span | None, origin: int = 0) -> Region | None:
        """Return a range that counts from `origin` as one of the buffer."""
        return None if span is None else Region(self, span.start + origin, span.stop + origin)

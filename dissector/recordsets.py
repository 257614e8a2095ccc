"""The `records` fields of messages: opened as batches, whose reading is limited and booked."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from structs import records, wire

if TYPE_CHECKING:
    from dissector.framing import Frame
    from dissector.ledger import Books
    from structs.records import Contents, Limits, RecordSet

_BATCHES: Final = "record batches"  # the cause in the ledger

#: The members of a struct that are `records` fields (None), and the structs in those that hold some.
Ways = tuple[tuple[str, "Ways | None"], ...]


class RecordMeter(records.Meter):
    """Follows which of a message's record batches were read, so that its books know what nobody asked for.

    `unread` are the bytes of batches not read, `undecoded` those that hold no batch. `size` bytes were captured of the
    message in `frame`; the message itself, which holds this, this must not hold.
    """

    __slots__ = ("_books", "_frame", "undecoded", "unread")

    def __init__(self, limits: Limits, size: int, books: Books, frame: Frame) -> None:
        self.limits = limits  # not by the base class: there are many messages
        self.size = size
        self._bytes = self._records = self.unread = self.undecoded = 0
        self._books = books
        self._frame = frame

    def open(self, data: bytes, start: int, stop: int) -> RecordSet:
        """Return the batches of the `records` field that stands there."""
        opened = records.RecordSet(data, self, start, stop)
        self.unread += stop - start
        if opened.truncated is not None or opened.error is not None:
            rest = opened.truncated_bytes + opened.undecoded_bytes
            self.unread -= rest
            self.undecoded += rest
        return opened

    def book(self, size: int) -> None:
        """Enter what became of the bytes that the message was read for: not asked for are those of the batches."""
        self._books.read(size - self.unread - self.undecoded)
        if self.undecoded:
            self._books.fail(self.undecoded, _BATCHES, self._frame.packet_number)

    def charge(self, contents: Contents, size: int) -> None:
        """Take note of what a batch held, which has `size` whole bytes in its field: none where it is cut."""
        if contents.decompressed:
            super().charge(contents, size)
        if size:
            self.unread -= size
            undecoded = contents.undecoded
            self._books.read(size - undecoded)
            if undecoded:
                self._books.fail(undecoded, _BATCHES, self._frame.packet_number)


def open_records(ways: Ways, values: dict[str, Any], meter: RecordMeter) -> None:
    """Replace the bytes of `records` fields by the batches in them; nothing of a batch is decompressed yet."""
    for name, inside in ways:
        value = values.get(name)
        if value is None:
            continue
        if inside is None:
            values[name] = meter.open(value, 0, len(value))
        else:
            for inner in wire.structs_in(value):
                open_records(inside, inner, meter)


@cache
def ways_to_records(grammar: wire.Struct) -> Ways:
    """Return how the `records` fields in a struct are reached; nothing for nearly all."""
    found = []
    for name, node in members_with_records(grammar):
        inside = wire.struct_in(node)
        found.append((name, None if inside is None else ways_to_records(inside)))
    return tuple(found)


@cache
def members_with_records(grammar: wire.Struct) -> list[tuple[str, wire.Node]]:
    """Return the members of a struct that are `records` fields, or hold some."""
    return [(member.name, member.node) for member in grammar.each_member() if holds_records(member.node)]


@cache
def holds_records(node: wire.Node) -> bool:
    """Say whether a field is a `records` field, or holds some."""
    return isinstance(node, wire.Records) or any(map(holds_records, node.parts))

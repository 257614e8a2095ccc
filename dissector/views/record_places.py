"""Where the records of a batch are: in the message, or in the bytes that the batch decompresses to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from dissector.views.regions import Buffer, Region
from structs import wire
from structs.buffers import Reader, Span
from structs.records import RecordBatch, compression, layout

if TYPE_CHECKING:
    from structs.buffers import Path
    from structs.records import Batch

    Regions = dict[Path, Region]

_HEADER_SIZE: Final = layout.packer(layout.RECORD_BATCH_HEADER).size
_MAGIC_AT: Final = 16  # in messages of magic 0 and 1
_make: Final = tuple.__new__  # a named tuple's own constructor takes twice as long
_SIZE_ENDS: Final = 12  # what the size of a message does not count


class RecordPlaces:
    """The regions of a batch, and of its records, one after the other.

    `place` are the batch's bytes, None if nobody knows where they are. With `buffers`, a compressed batch is
    decompressed once more, into a buffer that is added to them.
    """

    def __init__(self, batch: Batch, place: Region | None, buffers: list[Buffer] | None) -> None:
        self._batch = batch
        self._place = place
        self._buffer: Buffer | None = None  # that the next record stands in
        self._position = 0
        if place is not None and batch.compression == "none":
            self._buffer = place.buffer
            self._position = place.start + (_HEADER_SIZE if isinstance(batch, RecordBatch) else 0)
        elif place is not None and buffers is not None:
            data = batch.decompressed()
            if data is not None:
                label = f"{batch.compression} of bytes {place.start}:{place.stop}, decompressed"
                self._buffer = Buffer(len(buffers), label, data)
                buffers.append(self._buffer)

    def header(self) -> Regions:
        """Return the regions of the batch's own fields."""
        if self._place is None:
            return {}
        buffer, start, _ = self._place
        if isinstance(self._batch, RecordBatch):
            return {path: _make(Region, (buffer, start + first, start + stop)) for path, first, stop in _header_spans()}
        return _read(layout.MESSAGES[self._batch.magic], buffer, start)[1]

    def next(self, *, fields: bool = True) -> tuple[Region | None, Regions]:
        """Return the region of the next record, and those of its fields unless nobody asks for `fields`."""
        buffer, start = self._buffer, self._position
        if buffer is not None and not fields and isinstance(self._batch, RecordBatch) and start < len(buffer.data):
            reader = Reader(buffer.data, start)
            size = reader.unsigned_varint()
            self._position = reader.position + (size >> 1)  # in zigzag, as all its lengths
            return Region(buffer, start, self._position), {}
        grammar = None if buffer is None else self._grammar(buffer.data)
        if buffer is None or grammar is None:
            self._buffer = None
            return None, {}
        found, regions = _read(grammar, buffer, start)
        self._position = found.stop
        if not isinstance(self._batch, RecordBatch):
            values = found.value or {}
            self._position = start + _SIZE_ENDS + values.get("message_size", 0)
            if found.error is not None or (
                buffer is not self._place_buffer and values["attributes"] & compression.MASK
            ):
                self._buffer = None  # compressed messages inside compressed messages
                return None, {}
        return Region(buffer, start, self._position), regions

    def withhold_rest(self, *, is_whole: bool) -> None:
        """Have what was not looked into withheld, and with any secret what it is compressed to.

        `is_whole` says that all records were looked into.
        """
        place, buffer = self._place, self._buffer
        if place is None:
            return
        is_plain = self._batch.compression == "none"
        if not is_whole and buffer is not None:
            stop = place.stop if is_plain else len(buffer.data)
            buffer.withheld.append(Span(min(self._position, stop), stop))
        if not is_plain and (buffer is None or buffer.withheld):
            place.buffer.withheld.append(Span(min(place.start + _HEADER_SIZE, place.stop), place.stop))

    @property
    def _place_buffer(self) -> Buffer | None:
        return self._place.buffer if self._place is not None else None

    def _grammar(self, data: bytes) -> wire.Node | None:
        """Return what reads the next record; None if there is none."""
        if isinstance(self._batch, RecordBatch):
            return layout.RECORD if self._position < len(data) else None
        magic = data[self._position + _MAGIC_AT : self._position + _MAGIC_AT + 1]
        return layout.MESSAGES[magic[0]] if magic and magic[0] < len(layout.MESSAGES) else None


@cache
def _header_spans() -> list[tuple[Path, int, int]]:
    """Return where the fields of a batch's header stand, which is the same in all batches."""
    found = wire.decode(layout.RECORD_BATCH_HEADER, bytes(_HEADER_SIZE), spans=True)
    return [(path, *span) for path, span in (found.spans or {}).items()]


def content(regions: Regions, name: str, raw: bytes | None) -> Region | None:
    """Return the region of a key or a value without the length in front of it."""
    region = regions.get((name,))
    return None if region is None else region._replace(start=region.stop - len(raw or b""))


def _read(grammar: wire.Node, buffer: Buffer, start: int) -> tuple[wire.Decoded, Regions]:
    found = wire.decode(grammar, buffer.data, start, spans=True)
    return found, {path: Region(buffer, *span) for path, span in (found.spans or {}).items()}

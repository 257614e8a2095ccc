"""Record batches in a tree: the header's fields, then the records, with byte ranges unless they are compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of, moment
from dissector.views.style import Piece, Pieces
from dissector.views.tree_scalars import content, said
from structs import wire
from structs.buffers import Problem, Span
from structs.records import Batch, Record, RecordBatch, layout

if TYPE_CHECKING:
    from structs.records import RecordSet

_MAX_RECORDS: Final = 25  # records of a batch that are shown
_HEADER_SIZE: Final = layout.packer(layout.RECORD_BATCH_HEADER).size

Line = tuple[Span | None, int, Pieces]  # byte range, depth, text

# Yields the lines of what is in a record's key and value, which stand at these ranges; None where nothing is known.
Inside = Callable[[Batch, Record, Span | None, Span | None], Iterator[Line] | None]


def record_lines(records: RecordSet, data: bytes, start: int | None, inside: Inside) -> Iterator[Line]:
    """Yield the lines of a records field; depths count from 0.

    `start` is where in the message's bytes it begins, None if it does not stand there.
    """
    origin = start or 0
    for batch in records:
        place = None if start is None else start + batch.position
        span = None if place is None else Span(place, place + batch.size)
        yield span, 0, [Piece(f"[{batch.index}]", "dim"), Piece(f" {_title(batch)}")]
        yield from _header(batch, data, place)
        yield from _records(batch, data, place, inside)
        for warning in batch.warnings:
            yield _problem(warning, origin, "warning")
        if batch.error is not None:
            yield _problem(batch.error, origin, "error")
    for problem, tone in ((records.truncated, "warning"), (records.error, "error")):
        if problem is not None:
            yield _problem(problem, origin, tone)


def _title(batch: Batch) -> str:
    if isinstance(batch, RecordBatch):
        count = wording.plural(batch.records_count, "record")
        words = [count, f"offsets {batch.base_offset}-{batch.last_offset}", batch.compression]
    else:
        words = [f"message of magic {batch.magic}", batch.compression]
    words += ["transactional"] if batch.is_transactional else []
    words += ["control"] if batch.is_control else []
    return ", ".join(words)


def _header(batch: Batch, data: bytes, place: int | None) -> Iterator[Line]:
    grammar = layout.RECORD_BATCH_HEADER if isinstance(batch, RecordBatch) else layout.MESSAGES[batch.magic]
    spans = {} if place is None else wire.decode(grammar, data, place, spans=True).spans or {}
    for name, value in batch.header().items():
        if name == "attributes":
            meaning: str | None = f"{batch.compression}, {batch.timestamp_type}"
        elif name == "crc":
            value, meaning = f"0x{value:08x}", None
        else:
            meaning = meaning_of(name, value)
        yield spans.get((name,)), 1, [Piece(name, "field"), Piece(f": {value}"), *said(meaning)]


def _records(batch: Batch, data: bytes, place: int | None, inside: Inside) -> Iterator[Line]:
    records = batch.records
    yield None, 1, [Piece("records", "field"), Piece(f": {len(records)}")]
    is_plain = place is not None and isinstance(batch, RecordBatch) and batch.compression == "none"
    position = (place or 0) + _HEADER_SIZE
    for index, record in enumerate(records[:_MAX_RECORDS]):
        span = key = value = None
        if is_plain:
            found = wire.decode(layout.RECORD, data, position, spans=True)
            span = Span(position, found.stop)
            key, value = (_content(found, name, raw) for name, raw in (("key", record.key), ("value", record.value)))
            position = found.stop
        lines = inside(batch, record, key, value)
        yield span, 2, [Piece(f"[{index}] ", "dim"), *_record(record, is_brief=lines is not None)]
        for line, deeper, pieces in lines or ():
            yield line, 3 + deeper, pieces
    if len(records) > _MAX_RECORDS:
        yield None, 2, [Piece(f"+{len(records) - _MAX_RECORDS} more records", "dim")]


def _content(found: wire.Decoded, name: str, raw: bytes | None) -> Span | None:
    """Return the range of a key or a value without the length in front of it."""
    span = (found.spans or {}).get((name,))
    return None if span is None else Span(span.stop - len(raw or b""), span.stop)


def _record(record: Record, *, is_brief: bool) -> Pieces:
    """Return a record for one line; a brief one has its key and its value elsewhere."""
    time = f" {moment(record.timestamp)}" if record.timestamp is not None and record.timestamp >= 0 else ""
    pieces = [Piece(f"offset {record.offset}{time}")]
    for name, raw in () if is_brief else (("key", record.key), ("value", record.value)):
        pieces += [Piece(f"  {name} ", "field"), Piece(content(raw))]
    if record.headers:
        named = [f"{printable(key)}={content(value)}" for key, value in record.headers]
        pieces += [Piece("  headers ", "field"), Piece(wording.listing(named, len(named)))]
    return pieces


def _problem(problem: Problem, start: int, tone: str) -> Line:
    mark = "!!" if tone == "error" else "!"
    text = f"{mark} {problem.kind} {problem.field} at byte {start + problem.offset}: {printable(problem.message)}"
    return None, 1, [Piece(text, tone)]

"""Record batches in a tree: the header's fields, then the records, with byte ranges unless they are compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of, moment
from dissector.views.style import Piece, Pieces
from structs import wire
from structs.buffers import Problem, Span
from structs.records import RecordBatch, layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.records import Batch, Record, RecordSet

MAX_TEXT: Final = 120  # characters of text that are shown
_MAX_HEX: Final = 24  # bytes that are shown as hex
_MAX_RECORDS: Final = 25  # records of a batch that are shown
_HEADER_SIZE: Final = layout.packer(layout.RECORD_BATCH_HEADER).size

Line = tuple[Span | None, int, Pieces]  # byte range, depth, text


def content(raw: bytes | None) -> str:
    """Return bytes as text where they are UTF-8, else as hex; elided where long, with their count."""
    if raw is None:
        return "null"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and (text or not raw):
        shown = wording.elide(printable(text), MAX_TEXT)
        return f'"{shown}"' + (f" ({len(raw)} bytes)" if len(text) > MAX_TEXT else "")
    more = f"… ({len(raw)} bytes)" if len(raw) > _MAX_HEX else ""
    return f"0x{raw[:_MAX_HEX].hex()}{more}"


def record_lines(records: RecordSet, data: bytes, start: int) -> Iterator[Line]:
    """Yield the lines of a records field, which begins at `start` of the message's bytes; depths count from 1."""
    for batch in records:
        place = start + batch.position
        yield Span(place, place + batch.size), 1, [Piece(f"[{batch.index}]", "dim"), Piece(f" {_title(batch)}")]
        yield from _header(batch, data, place)
        yield from _records(batch, data, place)
        for warning in batch.warnings:
            yield _problem(warning, start, "warning")
        if batch.error is not None:
            yield _problem(batch.error, start, "error")
    for problem, tone in ((records.truncated, "warning"), (records.error, "error")):
        if problem is not None:
            yield _problem(problem, start, tone)


def _title(batch: Batch) -> str:
    if isinstance(batch, RecordBatch):
        count = wording.plural(batch.records_count, "record")
        words = [count, f"offsets {batch.base_offset}-{batch.last_offset}", batch.compression]
    else:
        words = [f"message of magic {batch.magic}", batch.compression]
    words += ["transactional"] if batch.is_transactional else []
    words += ["control"] if batch.is_control else []
    return ", ".join(words)


def _header(batch: Batch, data: bytes, place: int) -> Iterator[Line]:
    grammar = layout.RECORD_BATCH_HEADER if isinstance(batch, RecordBatch) else layout.MESSAGES[batch.magic]
    spans = wire.decode(grammar, data, place, spans=True).spans or {}
    for name, value in batch.header().items():
        if name == "attributes":
            said: str | None = f"{batch.compression}, {batch.timestamp_type}"
        elif name == "crc":
            value, said = f"0x{value:08x}", None
        else:
            said = meaning_of(None, name, value)
        yield spans.get((name,)), 2, [Piece(name, "field"), Piece(f": {value}"), *_said(said)]


def _said(text: Any) -> Pieces:
    return [Piece(f" ({text})", "meaning")] if text is not None else []


def _records(batch: Batch, data: bytes, place: int) -> Iterator[Line]:
    records = batch.records
    yield None, 2, [Piece("records", "field"), Piece(f": {len(records)}")]
    plain = isinstance(batch, RecordBatch) and batch.compression == "none"
    position = place + _HEADER_SIZE
    for index, record in enumerate(records[:_MAX_RECORDS]):
        span = None
        if plain:
            span = Span(position, wire.decode(layout.RECORD, data, position).stop)
            position = span.stop
        yield span, 3, [Piece(f"[{index}] ", "dim"), *_record(record)]
    if len(records) > _MAX_RECORDS:
        yield None, 3, [Piece(f"+{len(records) - _MAX_RECORDS} more records", "dim")]


def _record(record: Record) -> Pieces:
    time = f" {moment(record.timestamp)}" if record.timestamp is not None and record.timestamp >= 0 else ""
    pieces = [
        Piece(f"offset {record.offset}{time}"),
        Piece("  key ", "field"),
        Piece(content(record.key)),
        Piece("  value ", "field"),
        Piece(content(record.value)),
    ]
    if record.headers:
        named = [f"{printable(key)}={content(value)}" for key, value in record.headers]
        pieces += [Piece("  headers ", "field"), Piece(wording.listing(named, len(named)))]
    return pieces


def _problem(problem: Problem, start: int, tone: str) -> Line:
    mark = "!!" if tone == "error" else "!"
    text = f"{mark} {problem.kind} {problem.field} at byte {start + problem.offset}: {printable(problem.message)}"
    return None, 2, [Piece(text, tone)]

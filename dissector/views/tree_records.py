"""Record batches in a tree: the header's fields, then the records, with the bytes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.meanings import is_timestamp, meaning_of, moment
from dissector.views.record_places import RecordPlaces
from dissector.views.record_places import content as content_of
from dissector.views.regions import Buffer, Region
from dissector.views.style import Piece, Pieces
from dissector.views.tree_scalars import content, said
from structs.buffers import Problem, Span
from structs.records import Batch, Record, RecordBatch

if TYPE_CHECKING:
    from dissector.views.record_places import Regions
    from structs.records import RecordSet

_MAX_RECORDS: Final = 25  # records of a batch that are shown
_RECORDS: Final = Piece("records", "field")
_LABELS: Final = {name: Piece(name, "field") for name in RecordBatch.header_fields}

Line = tuple[Region | None, int, Pieces]  # its bytes, depth, text

# Gives what yields the lines of what is in a record's key and value, which stand at these regions; None where nothing
# is known of that.
Inside = Callable[[Batch, Record], Callable[[Region | None, Region | None], Iterator[Line]] | None]


def record_lines(
    records: RecordSet,
    region: Region | None,
    inside: Inside,
    *,
    batches: int | None = None,
    buffers: list[Buffer] | None = None,
    is_delicate: bool = False,
    is_located: bool = True,
) -> Iterator[Line]:
    """Yield the lines of a records field; depths count from 0.

    `region` are its bytes, None if nobody knows where they are. Of its batches, so many are shown. With `buffers`,
    compressed batches are decompressed once more, into buffers that are added to them, to say where their records are.
    Of delicate ones, what was not looked into is withheld. Where they are not located, pieces need no regions.
    """
    origin = stop = region.start if region is not None else 0
    for batch in islice(records, batches):
        place = None
        if region is not None:
            stop = origin + batch.position + batch.size
            place = Region(region.buffer, origin + batch.position, stop)
        yield place, 0, [Piece(f"[{batch.index}]", "dim"), Piece(f" {_title(batch)}")]
        places = RecordPlaces(batch, place, buffers)
        yield from _header(batch, places.header())
        yield from _records(batch, places, inside, is_located=is_located)
        if is_delicate:
            places.withhold_rest(is_whole=batch.error is None and len(batch.records) <= _MAX_RECORDS)
        for warning in batch.warnings:
            yield _problem(warning, origin, "warning")
        if batch.error is not None:
            yield _problem(batch.error, origin, "error")
    if is_delicate and region is not None:
        region.buffer.withheld.append(Span(stop, region.stop))
    if batches is not None and len(records) > batches:
        yield None, 0, [Piece(f"+{wording.plural(len(records) - batches, 'more batch')}", "dim")]
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


def _header(batch: Batch, regions: Regions) -> Iterator[Line]:
    for name, value in batch.header().items():
        if name == "attributes":
            meaning: str | None = f"{batch.compression}, {batch.timestamp_type}"
        elif name == "crc":
            value, meaning = f"0x{value:08x}", None
        else:
            meaning = meaning_of(name, value) if is_timestamp(name) else None
        pieces = [_LABELS.get(name) or Piece(name, "field"), Piece(f": {value}")]
        yield regions.get((name,)), 1, [*pieces, *said(meaning)] if meaning is not None else pieces


def _records(batch: Batch, places: RecordPlaces, inside: Inside, *, is_located: bool) -> Iterator[Line]:
    records = batch.records
    yield None, 1, [_RECORDS, Piece(f": {len(records)}")]
    for index, record in enumerate(records[:_MAX_RECORDS]):
        parts = inside(batch, record)
        region, regions = places.next(fields=is_located or parts is not None)
        yield region, 2, [Piece(f"[{index}] ", "dim"), *_record(record, regions, is_brief=parts is not None)]
        if parts is not None:
            lines = parts(content_of(regions, "key", record.key), content_of(regions, "value", record.value))
            for line, deeper, pieces in lines:
                yield line, 3 + deeper, pieces
    if len(records) > _MAX_RECORDS:
        yield None, 2, [Piece(f"+{len(records) - _MAX_RECORDS} more records", "dim")]


def _record(record: Record, regions: Regions, *, is_brief: bool) -> Pieces:
    """Return a record for one line; a brief one has its key and its value elsewhere."""
    pieces = [Piece(f"offset {record.offset}", "", regions.get(("offset_delta",)) or regions.get(("offset",)))]
    if record.timestamp is not None and record.timestamp >= 0:
        region = regions.get(("timestamp_delta",)) or regions.get(("timestamp",))
        pieces.append(Piece(f" {moment(record.timestamp)}", "", region))
    for name, raw in () if is_brief else (("key", record.key), ("value", record.value)):
        region = regions.get((name,))
        pieces += [Piece(f"  {name} ", "field", region), Piece(content(raw), "", region)]
    if record.headers:
        pieces.append(Piece("  headers ", "field", regions.get(("headers",))))
        for index, header in enumerate(record.headers[: wording.LISTED]):
            pair = Piece(f"{printable(header[0])}={content(header[1])}", "", regions.get(("headers", index)))
            pieces += [Piece(", "), pair] if index else [pair]
        more = len(record.headers) - wording.LISTED
        pieces.append(Piece(f" +{more} more" if more > 0 else ""))
    return pieces


def _problem(problem: Problem, start: int, tone: str) -> Line:
    mark = "!!" if tone == "error" else "!"
    text = f"{mark} {problem.kind} {problem.field} at byte {start + problem.offset}: {printable(problem.message)}"
    return None, 1, [Piece(text, tone)]

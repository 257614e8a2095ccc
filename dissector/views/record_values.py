"""Record batches as JSON-ready values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.views.scalars import content, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structs.records import Batch, Record

BLOCK: Final = 1000  # records that are Python's objects at a time


def project_batch(batch: Batch, records: Sequence[Record]) -> dict[str, Any]:
    """Return a batch as JSON-ready values: its header's fields, the codec's name, its records."""
    return _with_header(batch, project_records(records))


def written_batch(batch: Batch, records: Sequence[Record]) -> dict[str, Any] | orjson.Fragment:
    """Return the same for orjson to write; of many records not more than a block is held as Python's objects."""
    if len(records) <= BLOCK:
        return _with_header(batch, project_records(records))
    starts = range(0, len(records), BLOCK)
    blocks = (orjson.dumps(project_records(records[start : start + BLOCK]))[1:-1] for start in starts)
    return orjson.Fragment(orjson.dumps(_with_header(batch, orjson.Fragment(b"[%b]" % b",".join(blocks)))))


def project_records(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return records as JSON-ready values."""
    projected: list[dict[str, Any]] = []
    for offset, timestamp, key, value, headers, _ in records:
        try:
            projected.append(
                {
                    "offset": offset,
                    "timestamp": timestamp,
                    "key": None if key is None else key.decode(),
                    "value": None if value is None else value.decode(),
                    "headers": _headers(headers) if headers else [],
                }
            )
        except UnicodeDecodeError:
            projected.append(
                {
                    "offset": offset,
                    "timestamp": timestamp,
                    "key": content(key),
                    "value": content(value),
                    "headers": _headers(headers),
                }
            )
    return projected


def _headers(headers: Sequence[tuple[str | bytes, bytes | None]]) -> list[dict[str, Any]]:
    return [{"key": plain(key, text=True), "value": content(value)} for key, value in headers]


def _with_header(batch: Batch, records: list[dict[str, Any]] | orjson.Fragment) -> dict[str, Any]:
    return {
        **batch.header(),
        "compression": batch.compression,
        "timestamp_type": batch.timestamp_type,
        "records": records,
    }

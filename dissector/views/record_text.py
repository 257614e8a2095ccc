"""Record batches as JSON: of faultless ones the text is made of their bytes, without a `Batch` where they are plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from dissector.records import each_field
from dissector.views.record_values import BLOCK, project_records, written_batch
from structs import embedded, wire
from structs.records import DEFAULT, Meter, RecordBatch, RecordSet, compression
from structs.records.batch import (
    CHECKED_FROM,
    CONTROL,
    CREATE_TIME,
    HEADER,
    LOG_APPEND_TIME,
    PREFIX,
    TIMESTAMP_TYPE,
    checksum,
)
from structs.records.record import read_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.records import Batch

_UNUSUAL: Final = compression.MASK | CONTROL  # attributes of batches that are not plainly written
_unpack_header: Final = HEADER.unpack_from

# An uncompressed batch as text: its header's fields, what they mean, and then its records.
_BATCH: Final = b"{%b," % b",".join(b'"%b":%%d' % name.encode() for name in RecordBatch.header_fields)
_MEANING: Final = b'"compression":"none","timestamp_type":"%b","records":'
_CREATE_TIME: Final = _MEANING % CREATE_TIME.encode()
_LOG_APPEND_TIME: Final = _MEANING % LOG_APPEND_TIME.encode()


class RecordWriter:
    """Writes the `records` fields of messages that have nothing wrong with them, one message after the other."""

    def __init__(self) -> None:
        self._limits = DEFAULT
        self._most = min(BLOCK, DEFAULT.records)

    def begin(self, message: Message, exchange: Exchange) -> None:
        """Take the next message; those that hold their record batches already book what is read of these."""
        limits = message.head.limits
        if limits is not self._limits:
            self._limits = limits
            self._most = min(BLOCK, limits.records)
        self._meter: Meter | None = None
        self._opened: Iterator[RecordSet] | None = None
        if message.is_decoded:
            self._opened = (field.batches for field in each_field(exchange) if field.message is message)

    def write(self, data: bytes, start: int, stop: int, topic: str | None) -> bytes:
        """Return the field of a topic as text; raise SeldomError where there is more to say than that."""
        if topic is not None and embedded.is_internal(topic):
            raise wire.SeldomError
        if self._opened is not None:
            records = next(self._opened)
        else:
            text = _plain_batches(data, start, stop, self._most)
            if text is not None:
                return text
            if self._meter is None:
                self._meter = Meter(self._limits, size=len(data))
            records = RecordSet(data, self._meter, start, stop)
        if records.error is not None or records.truncated is not None:
            raise wire.SeldomError
        written = bytearray()  # takes copies: what orjson made keeps some KB to itself, however short it is
        for batch in records:
            written += _faultless_batch(batch)
            written += b","
        return b"[%b]" % bytes(written[:-1])


def _faultless_batch(batch: Batch) -> bytes:
    records, error, warnings, _, _ = batch.contents
    if error is not None or warnings or (batch.attributes and batch.is_control):
        raise wire.SeldomError
    try:
        return orjson.dumps(written_batch(batch, records))
    except TypeError:  # a time of more than 64 bits
        raise wire.SeldomError from None


def _plain_batches(data: bytes, start: int, stop: int, most: int) -> bytes | None:
    """Return batches of so many records at most as text; None unless they are of the usual kind, and faultless."""
    written = []
    while start < stop:
        if stop - start < HEADER.size:
            return None
        header = _unpack_header(data, start)
        base_offset, length, _, magic, crc, attributes, _, base_timestamp, max_timestamp, _, _, _, count = header
        end = start + PREFIX + length
        if magic != 2 or end > stop or attributes & _UNUSUAL or not 0 <= count <= most:
            return None
        if checksum()(data[start + CHECKED_FROM : end]) != crc:
            return None
        append_time = max_timestamp if attributes & TIMESTAMP_TYPE else None
        records, position, problem = read_records(
            data, count, base_offset, base_timestamp, append_time, start + HEADER.size, end
        )
        if problem is not None or position != end:
            return None
        try:
            values = orjson.dumps(project_records(records))
        except TypeError:  # a time of more than 64 bits
            return None
        meaning = _CREATE_TIME if append_time is None else _LOG_APPEND_TIME
        written.append(_BATCH % header + meaning + values + b"}")
        start = end
    return b"[%b]" % b",".join(written)

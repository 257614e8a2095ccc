"""Record batches as JSON: of faultless ones the text is made of their bytes, without a `Batch` where they are plain."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson

from dissector.records import each_field
from dissector.views.record_values import BLOCK, project_records, written_batch
from dissector.views.scalars import content
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
_HEADER_SIZE: Final = HEADER.size
_TOPICS: Final = 1024  # of which it is remembered that their records hold no payloads
_dumps: Final = orjson.dumps

# An uncompressed batch as text: its header's fields, what they mean, and then its records.
_BATCH: Final = b'{%b,"compression":"none","timestamp_type":"%%b","records":%%b}' % b",".join(
    b'"%b":%%d' % name.encode() for name in RecordBatch.header_fields
)
_CREATE_TIME: Final = CREATE_TIME.encode()
_LOG_APPEND_TIME: Final = LOG_APPEND_TIME.encode()
# One such batch, of one record, in which what is the same in all of them stands already.
_RECORD: Final = b'[{"offset":%d,"timestamp":%d,"key":%b,"value":%b,"headers":[]}]'
_ALIKE: Final = {"magic": b"2", "attributes": b"0", "last_offset_delta": b"0", "records_count": b"1"}
_SINGLE: Final = b'[{%b,"compression":"none","timestamp_type":"%b","records":%b}]' % (
    b",".join(b'"%b":%b' % (name.encode(), _ALIKE.get(name, b"%d")) for name in RecordBatch.header_fields),
    _CREATE_TIME,
    _RECORD,
)
_NULL: Final = 1  # how a null's length is spelled


class RecordWriter:
    """Writes the `records` fields of messages that have nothing wrong with them, one message after the other."""

    def __init__(self) -> None:
        self._limits = DEFAULT
        self._most = min(BLOCK, DEFAULT.records)
        self._ordinary: set[str | None] = {None}

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
        if topic not in self._ordinary:
            self._look_at(topic)
        if self._opened is not None:
            return _faultless_batches(next(self._opened))
        text = _single_record(data, start, stop, self._most) or _plain_batches(data, start, stop, self._most)
        if text is not None:
            return text
        if self._meter is None:
            self._meter = Meter(self._limits, size=len(data))
        return _faultless_batches(RecordSet(data, self._meter, start, stop))

    def _look_at(self, topic: str | None) -> None:
        """Leave records that hold payloads to others; remember that those of this topic do not."""
        if topic is not None and embedded.is_internal(topic):
            raise wire.SeldomError
        if len(self._ordinary) < _TOPICS:
            self._ordinary.add(topic)


def _faultless_batches(records: RecordSet) -> bytes:
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
        return _dumps(written_batch(batch, records))
    except TypeError:  # a time of more than 64 bits
        raise wire.SeldomError from None


def _single_record(data: bytes, start: int, stop: int, most: int) -> bytes | None:
    """Return a batch of one record as text, as producers write them that do not wait for more.

    None unless the batch is faultless, and alone; the record has the batch's offset and time, and no headers.
    """
    first = start + _HEADER_SIZE
    if first >= stop:
        return None
    (
        base_offset,
        length,
        leader_epoch,
        magic,
        crc,
        attributes,
        last_offset_delta,
        base_timestamp,
        max_timestamp,
        producer_id,
        producer_epoch,
        base_sequence,
        count,
    ) = _unpack_header(data, start)
    if count != 1 or magic != 2 or attributes or last_offset_delta or start + PREFIX + length != stop or not most:
        return None
    lead = _lead(stop - first)
    position = first + len(lead)
    if data[first:position] != lead or checksum()(data[start + CHECKED_FROM : stop]) != crc:
        return None
    try:
        size = data[position]
        position += 1
        if size == _NULL:
            key = None
        elif size & 0x81:  # more bytes follow, or it is negative
            return None
        else:
            key = data[position : (position := position + (size >> 1))]
        size = data[position]
        position += 1
        if size > 0x7F:
            more = data[position]
            position += 1
            if more > 0x7F:
                return None
            size += (more << 7) - 0x80
        value = data[position : (position := position + (size >> 1))]
        if size & 1 or position != stop - 1 or data[position]:  # the number of its headers comes last
            return None
    except IndexError:
        return None
    try:
        key_text, value_text = b"null" if key is None else _dumps(key.decode()), _dumps(value.decode())
    except UnicodeDecodeError:
        key_text, value_text = _dumps(content(key)), _dumps(content(value))
    return _SINGLE % (
        base_offset,
        length,
        leader_epoch,
        crc,
        base_timestamp,
        max_timestamp,
        producer_id,
        producer_epoch,
        base_sequence,
        base_offset,
        base_timestamp,
        key_text,
        value_text,
    )


@lru_cache(maxsize=1024)
def _lead(size: int) -> bytes | tuple[()]:
    """Return what begins a record of so many bytes: its length, no attributes, and deltas of 0.

    An empty tuple, which is no bytes, where there is no record of that size.
    """
    for width in (1, 2):
        length = (size - width) << 1
        if 0 <= length >> 7 * width == 0:
            return bytes([length]) + bytes(3) if width == 1 else bytes([length & 0x7F | 0x80, length >> 7]) + bytes(3)
    return ()


def _plain_batches(data: bytes, start: int, stop: int, most: int) -> bytes | None:
    """Return batches of so many records at most as text; None unless they are of the usual kind, and faultless."""
    written = []
    while start < stop:
        if stop - start < _HEADER_SIZE:
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
            data, count, base_offset, base_timestamp, append_time, start + _HEADER_SIZE, end
        )
        if problem is not None or position != end:
            return None
        try:
            values = _dumps(project_records(records))
        except TypeError:  # a time of more than 64 bits
            return None
        written.append(_BATCH % (*header, _CREATE_TIME if append_time is None else _LOG_APPEND_TIME, values))
        start = end
    return b"[%b]" % b",".join(written)

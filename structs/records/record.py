"""Records of a batch (magic 2), read in one straight loop.

The layout is `layout.RECORD`. This loop reads what is well-formed; the first record that is not goes to the grammar,
which says what is wrong with it and where.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from structs.buffers import Problem, Reader, WireError
from structs.records import layout

Header = tuple[str | bytes, bytes | None]

MINIMUM_SIZE: Final = 7  # length, attributes, two deltas, two null lengths, no headers


class Record(NamedTuple):
    """A record as a consumer sees it.

    `timestamp` is in milliseconds since the epoch (None in magic 0, which has none; -1 where the writer had none).
    `key` and `value` are None where null. `headers` are pairs of a key (bytes if it is not UTF-8) and a value.
    """

    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    attributes: int = 0


class _OddRecordError(Exception):
    """A record that this loop does not read."""


def read_records(
    data: bytes,
    count: int,
    base_offset: int,
    base_timestamp: int,
    append_time: int | None,
    start: int = 0,
    stop: int | None = None,
) -> tuple[list[Record], int, Problem | None]:
    """Read up to `count` records from `start` on; `append_time` stands for their own timestamps if given.

    Returns the records, the position behind the last of them, and what is wrong with the one that follows; its
    offset counts from the first byte of `data`, which goes on behind `stop` where that is given.
    """
    if stop is None:
        stop = len(data)
    records: list[Record] = []
    append = records.append
    create, kind = tuple.__new__, Record
    position, twice_stop = start, stop + stop
    timestamp = append_time
    headers: tuple[Header, ...]
    try:
        for _ in range(count):
            start = position
            number = data[position]
            if number < 0x80:
                position += 1
            elif (byte := data[position + 1]) < 0x80:
                number += (byte << 7) - 0x80
                position += 2
            else:
                number, position = _varint(number + (byte << 7) - 0x4080, data, position + 2)
            twice_end = position + position + number  # which the end of an odd number, a negative one, never is
            if twice_end > twice_stop:
                break
            attributes = data[position]
            number = data[position + 1]
            if number < 0x80:
                position += 2
            elif (byte := data[position + 2]) < 0x80:
                number += (byte << 7) - 0x80
                position += 3
            else:
                number, position = _varint(number + (byte << 7) - 0x4080, data, position + 3, 64)
            if append_time is None:
                timestamp = base_timestamp + (~(number >> 1) if number & 1 else number >> 1)
            number = data[position]
            if number < 0x80:
                position += 1
            elif (byte := data[position + 1]) < 0x80:
                number += (byte << 7) - 0x80
                position += 2
            else:
                number, position = _varint(number + (byte << 7) - 0x4080, data, position + 2)
            offset = base_offset + (~(number >> 1) if number & 1 else number >> 1)
            number = data[position]
            position += 1
            if number == 1:
                key = None
            else:
                if number >= 0x80:
                    number, position = _varint_from(number, data, position)
                if number & 1:
                    break
                key = data[position : (position := position + (number >> 1))]
            number = data[position]
            if number == 1:
                position += 1
                value = None
            else:
                if number < 0x80:
                    position += 1
                elif (byte := data[position + 1]) < 0x80:
                    number += (byte << 7) - 0x80
                    position += 2
                else:
                    number, position = _varint(number + (byte << 7) - 0x4080, data, position + 2)
                if number & 1:
                    break
                value = data[position : (position := position + (number >> 1))]
            number = data[position]
            position += 1
            if number:
                headers, position = _read_headers(number, data, position, twice_end >> 1)
            else:
                headers = ()
            if position + position != twice_end:  # positions only grow: then all fields were within
                break
            if attributes > 0x7F:
                attributes -= 0x100
            append(create(kind, (offset, timestamp, key, value, headers, attributes)))
        else:
            return records, position, None
    except (IndexError, _OddRecordError):
        pass
    return records, start, _explain(data[:stop], start)


def _varint(number: int, data: bytes, position: int, bits: int = 32) -> tuple[int, int]:
    """Return the unsigned number whose first two bytes gave `number`, and the position behind it."""
    for shift in range(14, bits, 7):
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number >> bits:
                raise _OddRecordError
            return number, position
    raise _OddRecordError


def _varint_from(number: int, data: bytes, position: int) -> tuple[int, int]:
    """Return the unsigned number whose first byte was `number`, and the position behind it."""
    byte = data[position]
    number += (byte << 7) - 0x80
    return (number, position + 1) if byte < 0x80 else _varint(number - 0x4000, data, position + 1)


def _read_headers(number: int, data: bytes, position: int, end: int) -> tuple[tuple[Header, ...], int]:
    """Return the headers whose count begins with the byte `number`, and the position behind them."""
    if number >= 0x80:
        number, position = _varint_from(number, data, position)
    if number & 1 or number > end - position:  # a header takes two bytes, and `number` is twice the count
        raise _OddRecordError
    headers: list[Header] = []
    while number:
        number -= 2
        length = data[position]
        position += 1
        if length >= 0x80:
            length, position = _varint_from(length, data, position)
        if length & 1:
            raise _OddRecordError
        raw = data[position : (position := position + (length >> 1))]
        key: str | bytes
        try:
            key = raw.decode()
        except UnicodeDecodeError:
            key = raw
        length = data[position]
        position += 1
        if length >= 0x80:
            length, position = _varint_from(length, data, position)
        if length == 1:
            headers.append((key, None))
        elif length & 1:
            raise _OddRecordError
        else:
            headers.append((key, data[position : (position := position + (length >> 1))]))
    return tuple(headers), position


def _explain(data: bytes, start: int) -> Problem:
    """Return what is wrong with the record at `start`."""
    try:
        layout.RECORD.read(Reader(data, start))
    except WireError as error:
        return error.problem
    raise AssertionError(f"the grammar reads the record at {start}, the loop does not")

"""Records of a batch (magic 2), read in one straight loop.

The layout is `layout.RECORD`. This loop reads what is well-formed; the first record that is not goes to the grammar,
which says what is wrong with it and where.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from structs.buffers import Problem, Reader, WireError
from structs.records import layout

Header = tuple[str | bytes, bytes | None]

#: What the second byte of a varint adds to the first, the high bit of which says that there is one. One that says so
#: itself makes the number larger than two bytes can.
_SECOND: Final = (*((byte - 1) << 7 for byte in range(0x80)), *[0x4000] * 0x80)


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
    create, kind, second = tuple.__new__, Record, _SECOND
    position = start
    timestamp = append_time
    headers: tuple[Header, ...]
    try:
        for _ in range(count):
            # Up to the key each field is at `position` plus what the bytes before it are at least; what they are more
            # is added to `position`.
            start = position
            length = data[position]
            if length >= 0x80:
                position += 1
                length += second[data[position]]
                if length > 0x3FFF:
                    length, more = _long(data, start)
                    position += more
            end = position + (length >> 1) + 1
            if end > stop:
                break
            attributes = data[position + 1]
            number = data[position + 2]
            if number >= 0x80:
                position += 1
                number += second[data[position + 2]]
                if number > 0x3FFF:
                    number, more = _long(data, position + 1, 64)
                    position += more
            if append_time is None:
                timestamp = base_timestamp + (~(number >> 1) if number & 1 else number >> 1)
            number = data[position + 3]
            if number >= 0x80:
                position += 1
                number += second[data[position + 3]]
                if number > 0x3FFF:
                    number, more = _long(data, position + 2)
                    position += more
            offset = base_offset + (~(number >> 1) if number & 1 else number >> 1)
            number = data[position + 4]
            position += 5
            if number == 1:
                key = None
            else:
                if number >= 0x80:
                    number, position = _varint_from(number, data, position)
                length |= number
                key = data[position : (position := position + (number >> 1))]
            number = data[position]
            position += 1
            if number == 1:
                value = None
            else:
                if number >= 0x80:
                    number += second[data[position]]
                    position += 1
                    if number > 0x3FFF:
                        number, more = _long(data, position - 2)
                        position += more
                length |= number
                value = data[position : (position := position + (number >> 1))]
            number = data[position]
            position += 1
            if number:
                headers, position = _read_headers(number, data, position, end)
            else:
                headers = ()
            if position != end or length & 1:  # a length that is odd is negative; positions only grow
                break
            if attributes > 0x7F:
                attributes -= 0x100
            append(create(kind, (offset, timestamp, key, value, headers, attributes)))
        else:
            return records, position, None
    except (IndexError, _OddRecordError):
        pass
    return records, start, _explain(data[:stop], start)


def _long(data: bytes, start: int, bits: int = 32) -> tuple[int, int]:
    """Return the unsigned number at `start`, which takes more than two bytes, and how many more."""
    number, position = _varint(data[start] & 0x7F | (data[start + 1] & 0x7F) << 7, data, start + 2, bits)
    return number, position - start - 2


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

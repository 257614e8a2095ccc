"""Records of a batch (magic 2), read in one straight loop.

The layout is `layout.RECORD`. This loop reads what is well-formed; the first record that is not goes to the grammar,
which says what is wrong with it and where.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from structs.buffers import Problem, Reader, WireError
from structs.records import layout

Header = tuple[str | bytes, bytes | None]

_HEAD: Final = struct.Struct("7B").unpack_from  # no record takes fewer bytes
_FAR: Final = 1 << 32  # no place in a buffer

# What the bytes of a zigzag varint stand for, whose high bits say that another one follows: looked up, for there are
# several in each record. Those of a number of two bytes add up; the sum is negative if it has more, or is negative.
_SIGNED: Final = tuple(~(byte >> 1) if byte & 1 else byte >> 1 for byte in range(0x80))
_FIRST: Final = tuple(-_FAR if byte & 1 else (byte & 0x7F) >> 1 for byte in range(0x100))
_SECOND: Final = (*(byte << 6 for byte in range(0x80)), *[-_FAR] * 0x80)


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
    create, kind, signed, first, second, head = tuple.__new__, Record, _SIGNED, _FIRST, _SECOND, _HEAD
    position = start
    timestamp = append_time
    headers: tuple[Header, ...]
    try:
        for _ in range(count):
            # What is odd about a length leads before the first byte, or to another end.
            start = position
            number, more, attributes, one, two, three, four = head(data, position)
            if number < 0x80:
                end = position + 1 + first[number]
                attributes, one, two, three, four = more, attributes, one, two, three
                position += 3
            else:
                end = position + 2 + first[number] + second[more]
                position += 4
                if end < 0:
                    number, position = _length(data, start, stop)
                    end = position + number
                    attributes, one, two, three, four = data[position : position + 5]
                    position += 2
            if end > stop:
                break
            # `one` and what follows it are the bytes from the timestamp's on; `position` is where `two` stands.
            if one < 0x80:
                delta = signed[one]
            else:
                delta = first[one] + second[two]
                two, three = three, four
                position += 1
                if delta < 0:
                    delta, position = _varint(data, position - 2, 64)
                    two, three = data[position], data[position + 1]
            if append_time is None:
                timestamp = base_timestamp + delta
            if two < 0x80:
                delta = signed[two]
                number = three
                position += 2
            else:
                delta = first[two] + second[three]
                position += 2
                if delta < 0:
                    delta, position = _varint(data, position - 2)
                number = data[position]
                position += 1
            if number == 1:
                key = None
            elif number < 0x80:
                key = data[position : (position := position + first[number])]
            else:
                number = first[number] + second[data[position]]
                position += 1
                if number < 0:
                    key, position = _sized(data, position - 2, end)
                else:
                    key = data[position : (position := position + number)]
            number = data[position]
            position += 1
            if number == 1:
                value = None
            elif number < 0x80:
                value = data[position : (position := position + first[number])]
            else:
                number = first[number] + second[data[position]]
                position += 1
                if number < 0:
                    value, position = _sized(data, position - 2, end)
                else:
                    value = data[position : (position := position + number)]
            number = data[position]
            position += 1
            if number:
                headers, position = _headers(number, data, position, end)
            else:
                headers = ()
            if position != end:
                break
            if attributes > 0x7F:
                attributes -= 0x100
            records.append(create(kind, (base_offset + delta, timestamp, key, value, headers, attributes)))
        else:
            return records, position, None
    except (IndexError, ValueError, struct.error, _OddRecordError):
        pass
    return records, start, _explain(data[start:stop], start)


def _varint(data: bytes, position: int, bits: int = 32) -> tuple[int, int]:
    """Return the number at `position`, and the position behind it."""
    number = shift = 0
    for byte in data[position : position + (bits + 6) // 7]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if number >> bits:
                break
            return ~(number >> 1) if number & 1 else number >> 1, position + shift // 7
    raise _OddRecordError


def _length(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return the length at `position`, and the position behind it, from which it does not lead beyond `end`."""
    length, position = _varint(data, position)
    if not 0 <= length <= end - position:
        raise _OddRecordError
    return length, position


def _sized(data: bytes, position: int, end: int) -> tuple[bytes | None, int]:
    """Return the bytes whose length is at `position`, None for a null spelled at length, and the position behind."""
    length, behind = _varint(data, position)
    if length == -1:
        return None, behind
    length, position = _length(data, position, end)
    return data[position : position + length], position + length


def _headers(number: int, data: bytes, position: int, end: int) -> tuple[tuple[Header, ...], int]:
    """Return the headers whose count begins with the byte `number`, and the position behind them."""
    first = _FIRST
    count = first[number]
    if number >= 0x80:
        count, position = _length(data, position - 1, end)
    if not 0 <= count <= (end - position) // 2:  # a header takes two bytes
        raise _OddRecordError
    headers: list[Header] = []
    key: str | bytes
    for _ in range(count):
        number = data[position]
        position += 1
        if number < 0x80:
            raw = data[position : (position := position + first[number])]
        else:
            number, position = _length(data, position - 1, end)
            raw = data[position : (position := position + number)]
        try:
            key = raw.decode()
        except UnicodeDecodeError:
            key = raw
        number = data[position]
        position += 1
        if number == 1:
            value = None
        elif number < 0x80:
            value = data[position : (position := position + first[number])]
        else:
            value, position = _sized(data, position - 1, end)
        headers.append((key, value))
    return tuple(headers), position


def _explain(data: bytes, start: int) -> Problem:
    """Return what is wrong with the record that begins `data`, which begin at `start`."""
    try:
        layout.RECORD.read(Reader(data))
    except WireError as error:
        return error.problem._replace(offset=start + error.problem.offset)
    raise AssertionError(f"the grammar reads the record at {start}, the loop does not")

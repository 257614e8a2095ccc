"""A `records` field: batches one behind the other, of any magic, the last one possibly cut."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, overload

from structs.buffers import Problem
from structs.records import layout
from structs.records.batch import HEADER, PREFIX, Batch, Contents, RecordBatch
from structs.records.limits import DEFAULT, Limits, Meter
from structs.records.message import HEADS, MAGIC_AT, SIZE_AT, LegacyMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.buffers import Buffer

# From the size up to the magic, which stands at the same place in all formats.
_unpack_frame: Final = struct.Struct(">i4xb").unpack_from
# Of a record batch: the attributes and, at the end of its header, how many records it has.
_ATTRIBUTES_AT: Final = 21
_unpack_announcement: Final = struct.Struct(">h34xi").unpack_from
# The smallest size that a batch may state, by its magic.
_SMALLEST: Final = {
    **{magic: layout.MESSAGES[magic].minimum_size - PREFIX for magic in (0, 1)},
    2: HEADER.size - PREFIX,
}
_KINDS: Final = (LegacyMessage, LegacyMessage, RecordBatch)  # by magic
_NEVER: Final = 1 << 32  # no batch is so large


class Account(NamedTuple):
    """What became of the bytes of a records field; the three add up to its size."""

    decoded: int
    truncated: int
    undecoded: int


class RecordSet(Sequence[Batch]):
    """The batches of a records field, made when they are asked for: iterating holds one batch at a time.

    `error` says why batches could not be told apart from some byte on; `truncated` that the last batch is cut,
    which is normal in Fetch responses. What is wrong inside of a batch, the batch says. `meter` is told of every
    batch when it is read for the first time. The field may stand amid other bytes: from `start` up to, not including,
    `stop`; they are not copied.
    """

    __slots__ = ("_allowances", "_bounds", "_bytes", "_meter", "_stop", "error", "start", "truncated")

    def __init__(self, data: Buffer, meter: Meter, start: int = 0, stop: int | None = None) -> None:
        if type(data) is not bytes:
            data = bytes(data)
        if stop is None:
            stop = len(data)
        self._bytes = data
        self.start = start
        self._stop = stop
        self._meter = meter
        self._allowances: dict[int, Limits] = {}
        self.error: Problem | None = None
        self.truncated: Problem | None = None
        self._bounds = bounds = [start]  # where batches begin in the bytes around the field, and where the last ends
        while start < stop:
            if stop - start <= MAGIC_AT:
                self._truncate(start, f"{stop - start} of at least {MAGIC_AT + 1} bytes")
                return
            length, magic = _unpack_frame(data, start + SIZE_AT)
            behind = start + PREFIX + length
            if length < _SMALLEST.get(magic, _NEVER):
                self._give_up(start, length, magic)
                return
            if behind > stop:
                self._truncate(start, f"{stop - start} of {PREFIX + length} bytes")
                return
            bounds.append(behind)
            start = behind

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, index: int) -> Batch: ...

    @overload
    def __getitem__(self, index: slice) -> list[Batch]: ...

    def __getitem__(self, index: int | slice) -> Batch | list[Batch]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        return self._batch(index, self._bounds[index], self._bounds[index + 1])

    def __iter__(self) -> Iterator[Batch]:
        data = self._bytes
        start = self.start
        for index, stop in enumerate(self._bounds[1:]):
            yield _KINDS[data[start + MAGIC_AT]](data, start, stop, index, self)
            start = stop

    def __repr__(self) -> str:
        return f"<RecordSet: {len(self)} batch{'' if len(self) == 1 else 'es'} in {self.size} bytes>"

    @property
    def data(self) -> memoryview:
        """The bytes of the field."""
        return memoryview(self._bytes)[self.start : self._stop]

    @property
    def size(self) -> int:
        """The bytes of the whole field."""
        return self._stop - self.start

    @property
    def truncated_bytes(self) -> int:
        """How many bytes the cut batch at the end has."""
        return 0 if self.truncated is None else self.size - self.truncated.offset

    @property
    def undecoded_bytes(self) -> int:
        """How many bytes there are from the last whole batch on, where batches could not be told apart any more."""
        return 0 if self.error is None else self._stop - self._end

    @property
    def tail(self) -> Batch | None:
        """The cut batch at the end as far as it is there, None if there is none or its header is not complete.

        It is not one of the batches. Of an uncompressed one the records before the cut can be read.
        """
        if self.truncated is None:
            return None
        start = self._end
        left = self._stop - start
        if left <= MAGIC_AT or left < (*HEADS, HEADER)[self._bytes[start + MAGIC_AT]].size:
            return None
        return self._batch(len(self), start, self._stop)

    def announced(self) -> tuple[int, int] | None:
        """Return how many records the headers of the batches announce, and the attributes that any of them has.

        None where older messages are among them. This makes no batches.
        """
        count = attributes = 0
        for start in self._bounds[:-1]:
            if self._bytes[start + MAGIC_AT] != 2:
                return None
            flags, records_count = _unpack_announcement(self._bytes, start + _ATTRIBUTES_AT)
            attributes |= flags
            if records_count > 0:
                count += records_count
        return count, attributes

    def account(self) -> Account:
        """Read every batch, one at a time, and say what became of the field's bytes."""
        undecoded = self.undecoded_bytes + sum(batch.undecoded_bytes for batch in self)
        return Account(self.size - self.truncated_bytes - undecoded, self.truncated_bytes, undecoded)

    def allowance(self, index: int) -> Limits:
        """Return what reading a batch may cost; one that was read before may cost what it might then."""
        return self._allowances.get(index) or self._meter.limits

    def read(self, batch: Batch) -> Contents:
        """Read a batch; the first time that it is read counts."""
        index, allowances = batch.index, self._allowances
        if index in allowances:
            return batch.read(allowances[index])
        meter = self._meter
        limits = allowances[index] = meter.limits
        contents = batch.read(limits)
        stop = batch._stop
        meter.charge(contents, stop - batch._start if stop <= self._bounds[-1] else 0)
        return contents

    @property
    def _end(self) -> int:
        """Where the last whole batch ends."""
        return self._bounds[-1]

    def _batch(self, index: int, start: int, stop: int) -> Batch:
        return _KINDS[self._bytes[start + MAGIC_AT]](self._bytes, start, stop, index, self)

    def _truncate(self, start: int, amount: str) -> None:
        at = start - self.start
        self.truncated = Problem("truncated", f"truncated tail: {amount}", at, f"batches[{len(self)}]")

    def _give_up(self, start: int, length: int, magic: int) -> None:
        """Leave the bytes from a batch on undecoded: nothing says where the next one begins."""
        at, field = start - self.start, f"batches[{len(self)}]"
        if magic in _SMALLEST:
            name = "batch_length" if magic == 2 else "message_size"
            message = f"length {length}, at least {_SMALLEST[magic]} is needed in magic {magic}"
            self.error = Problem("malformed", message, at + SIZE_AT, f"{field}.{name}")
        else:
            self.error = Problem("unknown_magic", f"magic {magic} is not known", at + MAGIC_AT, f"{field}.magic")


def parse(data: Buffer, *, limits: Limits = DEFAULT) -> RecordSet:
    """Return the batches of a records field. Never raises on bad bytes: what is wrong stands in the result."""
    return RecordSet(data, Meter(limits, len(data)))

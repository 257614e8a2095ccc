"""A `records` field: batches one behind the other, of any magic, the last one possibly cut."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, overload

from structs.buffers import Problem
from structs.records import layout
from structs.records.batch import HEADER, PREFIX, Batch, RecordBatch
from structs.records.limits import DEFAULT, Limits, Meter
from structs.records.message import HEADS, MAGIC_AT, SIZE_AT, LegacyMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.buffers import Buffer

_FRAME: Final = struct.Struct(">i4xb")  # from the size up to the magic, which stands at the same place in all formats
_SMALLEST: Final = (*(message.minimum_size for message in layout.MESSAGES), HEADER.size)  # by magic


class Account(NamedTuple):
    """What became of the bytes of a records field; the three add up to its size."""

    decoded: int
    truncated: int
    undecoded: int


class RecordSet(Sequence[Batch]):
    """The batches of a records field, made when they are asked for: iterating holds one batch at a time.

    `error` says why batches could not be told apart from some byte on; `truncated` that the last batch is cut,
    which is normal in Fetch responses. What is wrong inside of a batch, the batch says. `meter` is told of every
    batch when it is read for the first time.
    """

    def __init__(self, data: Buffer, meter: Meter) -> None:
        self._data = memoryview(data)
        self._meter = meter
        self._allowances: dict[int, Limits] = {}
        self._places: list[tuple[int, int]] = []
        self.error: Problem | None = None
        self.truncated: Problem | None = None
        self.truncated_bytes = 0
        self.undecoded_bytes = 0
        self._find_batches()

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Batch: ...

    @overload
    def __getitem__(self, index: slice) -> list[Batch]: ...

    def __getitem__(self, index: int | slice) -> Batch | list[Batch]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        start, stop = self._places[index]
        return self._batch(range(len(self))[index], start, stop)

    def __iter__(self) -> Iterator[Batch]:
        for index, (start, stop) in enumerate(self._places):
            yield self._batch(index, start, stop)

    def __repr__(self) -> str:
        return f"<RecordSet: {len(self)} batches in {len(self._data)} bytes>"

    @property
    def size(self) -> int:
        """The bytes of the whole field."""
        return len(self._data)

    @property
    def tail(self) -> Batch | None:
        """The cut batch at the end as far as it is there, None if there is none or its header is not complete.

        It is not one of the batches. Of an uncompressed one the records before the cut can be read.
        """
        if self.truncated is None:
            return None
        start = self.truncated.offset
        left = self.size - start
        if left <= MAGIC_AT or left < (*HEADS, HEADER)[self._data[start + MAGIC_AT]].size:
            return None
        return self._batch(len(self), start, self.size)

    def account(self) -> Account:
        """Read every batch, one at a time, and say what became of the field's bytes."""
        undecoded = self.undecoded_bytes + sum(batch.undecoded_bytes for batch in self)
        return Account(self.size - self.truncated_bytes - undecoded, self.truncated_bytes, undecoded)

    def allowance(self, index: int) -> Limits:
        """Return what reading a batch may cost; one that was read before may cost what it might then."""
        return self._allowances[index] if index in self._allowances else self._meter.allowance()

    def note(self, batch: Batch) -> None:
        """Take note of a batch that was read; the first time counts."""
        if batch.index not in self._allowances:
            self._allowances[batch.index] = self._meter.allowance()
            self._meter.charge(batch)

    def _batch(self, index: int, start: int, stop: int) -> Batch:
        data = self._data[start:stop]
        batch = RecordBatch if data[MAGIC_AT] == 2 else LegacyMessage
        return batch(data, index, start, self)

    def _find_batches(self) -> None:
        data, size, start = self._data, len(self._data), 0
        while start < size:
            left = size - start
            if left <= MAGIC_AT:
                self._truncate(start, f"{left} of at least {MAGIC_AT + 1} bytes")
                return
            length, magic = _FRAME.unpack_from(data, start + SIZE_AT)
            if not 0 <= magic < len(_SMALLEST):
                self._give_up("unknown_magic", f"magic {magic} is not known", start + MAGIC_AT, "magic")
                return
            smallest = _SMALLEST[magic]
            needed = PREFIX + length
            if needed < smallest:
                name = "batch_length" if magic == 2 else "message_size"
                message = f"length {length}, at least {smallest - PREFIX} is needed in magic {magic}"
                self._give_up("malformed", message, start + SIZE_AT, name)
                return
            if needed > left:
                self._truncate(start, f"{left} of {needed} bytes")
                return
            self._places.append((start, start + needed))
            start += needed

    def _truncate(self, start: int, amount: str) -> None:
        self.truncated = Problem("truncated", f"truncated tail: {amount}", start, f"batches[{len(self)}]")
        self.truncated_bytes = self.size - start

    def _give_up(self, kind: str, message: str, offset: int, field: str) -> None:
        """Leave the bytes from the batch at hand on undecoded: nothing says where the next batch begins."""
        self.error = Problem(kind, message, offset, f"batches[{len(self)}].{field}")
        self.undecoded_bytes = self.size - (self._places[-1][1] if self._places else 0)


def parse(data: Buffer, *, limits: Limits = DEFAULT) -> RecordSet:
    """Return the batches of a records field. Never raises on bad bytes: what is wrong stands in the result."""
    return RecordSet(data, Meter(limits, size=len(data)))

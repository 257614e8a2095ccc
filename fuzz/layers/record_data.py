"""`records` fields: batches and messages of any magic and codec.

Nothing raises. The bytes of the field are accounted for, however its batches look. Within small limits little memory is
taken. The records of a batch without a fault can be written again, with any codec, and come out the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fuzz import samples
from structs import records
from structs.records import compression

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMITS: Final = records.Limits(decompressed=1 << 20, records=5000, depth=2)
ALLOWANCE: Final = 24 << 20


def seeds() -> Iterator[bytes]:
    """Yield fields of the captures, and batches of every codec and magic."""
    yield from (field[:8000] for field in samples.record_fields())
    some = [
        records.Record(offset, 1_700_000_000_000 + offset, b"key" * (offset % 3), b"value %d" % offset, ())
        for offset in range(5)
    ]
    headed = [some[0]._replace(headers=(("text", b"1"), (b"\xff", None))), some[1]._replace(key=None, value=None)]
    for codec in compression.NAMES:
        yield records.build_batch(headed, codec=codec, producer_id=7)
        for magic in (0, 1):
            yield records.build_messages(some, magic=magic, codec=codec)
    control = records.Record(3, 5, bytes.fromhex("00000001"), bytes.fromhex("000000000001"))
    yield records.build_batch([control], is_control=True, is_transactional=True, append_time=9)


def check(data: bytes) -> None:
    """Read a field, twice, and write what came out."""
    found = records.parse(data, limits=_LIMITS)
    account = found.account()
    assert sum(account) == len(data)
    assert min(account) >= 0
    assert list(records.parse(data, limits=_LIMITS).account()) == list(account)
    for batch in (*found, *filter(None, [found.tail])):
        _hold(batch, len(data))


def _hold(batch: records.Batch, size: int) -> None:
    assert len(batch.records) <= _LIMITS.records
    assert 0 <= batch.undecoded_bytes <= batch.size
    assert batch.compression
    assert batch.header()
    for problem in (*batch.warnings, *filter(None, [batch.error])):
        assert problem.kind
        assert 0 <= problem.offset <= size, problem
    if batch.is_control:
        for record in batch:
            records.read_control(record)
    if batch.error is None and isinstance(batch, records.RecordBatch) and not batch.is_cut:
        _write(batch)


def _write(batch: records.RecordBatch) -> None:
    codec = compression.NAMES[batch.crc % len(compression.NAMES)]
    times = [record.timestamp or 0 for record in batch.records]
    deltas = [record.offset - batch.base_offset for record in batch.records]
    if batch.timestamp_type != records.batch.CREATE_TIME or not all(-1 << 63 <= time < 1 << 63 for time in times):
        return  # timestamps that wrap can be read, and stay as they were read
    assert all(-1 << 31 <= delta < 1 << 31 for delta in deltas)
    if any(not -1 << 63 <= time - times[0] < 1 << 63 for time in times):
        return
    built = records.build_batch(batch.records, codec=codec, base_offset=batch.base_offset, last_offset_delta=0)
    (again,) = records.parse(built, limits=records.Limits(records=_LIMITS.records))
    assert again.records == batch.records
    assert again.error is None
    assert again.warnings == ()

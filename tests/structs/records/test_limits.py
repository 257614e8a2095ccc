"""What record data may cost: bounds for a batch, and for all batches of a message."""

from __future__ import annotations

import pytest

from structs.records import Limits, Meter, Record, RecordSet, build_batch, build_messages, parse

TEN = [Record(offset, 0, None, b"v" * 10) for offset in range(10)]
SMALL = Limits(decompressed=400, records=20, compressed_records=15)


def errors(records: RecordSet) -> list[str | None]:
    return [batch.error.kind if batch.error is not None else None for batch in records]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_records_are_fewer_than_others_may_be(codec: str) -> None:
    """They take next to no bytes of the capture."""
    limits = Limits(compressed_records=9)
    assert errors(parse(build_batch(TEN), limits=limits)) == [None]
    assert errors(parse(build_batch(TEN, codec=codec), limits=limits)) == ["limit"]
    assert errors(parse(build_messages(TEN, magic=1, codec=codec), limits=limits)) == ["limit"]
    assert errors(parse(build_batch(TEN, codec=codec), limits=Limits(compressed_records=10))) == [None]


def test_the_batches_of_a_message_share_what_one_may_cost() -> None:
    """Otherwise a message of many batches would cost many times as much; reading one again is free."""
    compressed = build_batch(TEN, codec="zstd")
    records = RecordSet(compressed * 4, Meter(SMALL))
    assert errors(records) == [None, "limit", "limit", "limit"]
    assert errors(records) == [None, "limit", "limit", "limit"]


def test_a_large_message_may_cost_more() -> None:
    """In proportion to the bytes that were captured of it."""
    compressed = build_batch(TEN, codec="zstd")
    assert errors(RecordSet(compressed * 4, Meter(SMALL, size=400))) == [None] * 4


def test_uncompressed_batches_share_nothing() -> None:
    """Their cost is in proportion to the capture by itself."""
    assert errors(RecordSet(build_batch(TEN) * 100, Meter(SMALL))) == [None] * 100


def test_decompressed_bytes_are_shared_too() -> None:
    """Also where the records are few."""
    compressed = build_batch([Record(0, 0, None, bytes(300))], codec="zstd")
    assert errors(RecordSet(compressed * 3, Meter(SMALL))) == [None, "limit", "limit"]


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
def test_what_is_decompressed_in_vain_is_shared_too(codec: str) -> None:
    """A bomb of a few KB takes a tenth of a second: a message of nothing else must not take that for each of them."""
    bomb = build_batch([Record(0, 0, None, bytes(500))], codec=codec)
    cut = build_batch([Record(0, 0, None, bytes(300))], codec=codec)[:-5]
    broken = cut[:8] + (len(cut) - 12).to_bytes(4, "big") + cut[12:]
    fine = build_batch([Record(0, 0, None, bytes(300))], codec=codec)
    assert errors(RecordSet(bomb + fine, Meter(SMALL))) == ["limit", "limit"]
    assert errors(RecordSet(broken + fine, Meter(SMALL))) == ["malformed", "limit"]
    for magic in (0, 1):
        wrapped = build_messages([Record(0, 0, None, bytes(500))], magic=magic, codec="gzip")
        assert errors(RecordSet(wrapped + fine, Meter(SMALL))) == ["limit", "limit"]

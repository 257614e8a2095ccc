"""What is built is read back: every codec, every magic, any record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs.buffers import WireError
from structs.records import Record, build_batch, build_messages, parse

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")

nullable_bytes = st.none() | st.binary(max_size=20) | st.just(bytes(5000))
header_keys = st.sampled_from(["", "key", "ключ", b"\xff"])
header_lists = st.lists(st.tuples(header_keys, nullable_bytes), max_size=3).map(tuple)
some_timestamps = st.integers(-1, 1 << 42)


@st.composite
def record_lists(draw, timestamps=some_timestamps, headers=header_lists):
    offset = draw(st.integers(0, 1 << 40))
    records = []
    for _ in range(draw(st.integers(0, 6))):
        records.append(Record(offset, draw(timestamps), draw(nullable_bytes), draw(nullable_bytes), draw(headers)))
        offset += draw(st.integers(1, 1000))
    return records


@pytest.mark.parametrize("codec", CODECS)
@given(records=record_lists(), lead=st.integers(0, 500), epoch=st.integers(-1, 50), transactional=st.booleans())
def test_batches_come_back(codec, records, lead, epoch, transactional):
    base = max(records[0].offset - lead, 0) if records else lead
    header = {"base_offset": base, "partition_leader_epoch": epoch, "producer_id": 7, "base_sequence": 3}
    data = build_batch(records, codec=codec, is_transactional=transactional, **header)
    (batch,) = parse(data)
    assert (batch.records, batch.error, batch.warnings) == (records, None, ())
    assert header.items() <= batch.header().items()
    assert (batch.compression, batch.is_transactional, batch.is_control) == (codec, transactional, False)
    assert batch.max_timestamp == max((record.timestamp for record in records), default=-1)
    if records:
        assert batch.base_timestamp == records[0].timestamp
        assert batch.last_offset == records[-1].offset


@pytest.mark.parametrize("codec", CODECS[:-1])
@given(records=record_lists(headers=st.just(())))
def test_message_sets_of_magic_1_come_back(codec, records):
    found = parse(build_messages(records, magic=1, codec=codec))
    assert [record[:5] for batch in found for record in batch] == [record[:5] for record in records]
    assert [(batch.error, batch.warnings) for batch in found] == [(None, ())] * len(found)
    assert len(found) == (len(records) if codec == "none" else bool(records))


@pytest.mark.parametrize("codec", CODECS[:-1])
@given(records=record_lists(timestamps=st.none(), headers=st.just(())))
def test_message_sets_of_magic_0_come_back(codec, records):
    found = parse(build_messages(records, magic=0, codec=codec))
    assert [record[:5] for batch in found for record in batch] == [record[:5] for record in records]
    assert [(batch.error, batch.warnings) for batch in found] == [(None, ())] * len(found)


@pytest.mark.parametrize("codec", CODECS[:-1])
def test_append_time_is_what_readers_see(codec):
    records = [Record(0, 5, None, b"a"), Record(1, 6, None, b"b")]
    for data in (build_batch(records, codec=codec, append_time=99), build_messages(records, magic=1, append_time=99)):
        for batch in parse(data):
            assert batch.timestamp_type == "LogAppendTime"
            assert {record.timestamp for record in batch} == {99}


def test_a_delete_horizon_is_the_base_of_the_timestamps():
    (batch,) = parse(build_batch([Record(0, 5, b"k", None)], delete_horizon=1_000))
    assert batch.has_delete_horizon
    assert batch.base_timestamp == 1_000
    assert [record.timestamp for record in batch] == [5]


def test_fields_of_the_header_stand_as_they_are_given():
    (batch,) = parse(build_batch([], attributes=0x7FF8, crc=1, max_timestamp=7, last_offset_delta=9))
    assert (batch.attributes, batch.crc, batch.max_timestamp, batch.last_offset) == (0x7FF8, 1, 7, 9)


@pytest.mark.parametrize("header", [{"no_such_field": 1}, {"base_offset": 1 << 63}])
def test_headers_that_do_not_exist_are_refused(header):
    with pytest.raises(WireError):
        build_batch([], **header)


def test_offsets_too_far_apart_for_one_batch_are_refused():
    with pytest.raises(WireError, match="32 bits"):
        build_batch([Record(0, 0, None, None), Record(1 << 31, 0, None, None)])

"""Record batches (magic 2): header, flags, and what is reported when something is wrong inside."""

import gzip
import struct

import pytest

from structs.records import Limits, Record, RecordBatch, build_batch, layout, parse

RECORDS = [Record(10, 1000, b"k", b"v"), Record(11, 900, None, None, (("h", b"x"),)), Record(14, 1001, b"", b"last")]


def only(data, **arguments):
    (batch,) = parse(data, **arguments)
    return batch


def test_a_batch_made_by_hand():
    """Every byte is written out; the checksum comes straight from the polynomial, bit by bit."""
    data = bytes.fromhex(
        "0000000000000005 0000003b ffffffff 02 8a0d67c4 0000 00000000"
        "0000018bcfe56800 0000018bcfe56800 ffffffffffffffff ffff ffffffff 00000001"
        "12 00 00 00 02 6b 04 7676 00"
    )
    batch = only(data)
    assert batch.records == [Record(5, 1_700_000_000_000, b"k", b"vv")]
    assert (batch.error, batch.warnings, batch.undecoded_bytes) == (None, (), 0)
    assert build_batch(batch.records) == data


def test_header_is_what_the_grammar_reads(vectors):
    for batch in parse(vectors["magics 0, 1 and 2 in one field"]["data"]):
        grammar = layout.RECORD_BATCH_HEADER if batch.magic == 2 else layout.MESSAGES[batch.magic]
        fields = grammar.parse(bytes(batch.data))
        assert batch.header() == {name: fields[name] for name in fields if name not in {"key", "value"}}
        assert list(batch.header()) == [name for name in fields if name not in {"key", "value"}]


@pytest.mark.parametrize(
    ("attributes", "flags"),
    [
        (0, ("none", "CreateTime", False, False, False)),
        (0b0000_1001, ("gzip", "LogAppendTime", False, False, False)),
        (0b0001_0100, ("zstd", "CreateTime", True, False, False)),
        (0b0011_0010, ("snappy", "CreateTime", True, True, False)),
        (0b0100_0111, ("unknown(7)", "CreateTime", False, False, True)),
    ],
)
def test_flags_are_bits_of_the_attributes(attributes, flags):
    batch = only(build_batch([], attributes=attributes))
    assert (
        batch.compression,
        batch.timestamp_type,
        batch.is_transactional,
        batch.is_control,
        batch.has_delete_horizon,
    ) == flags


def test_records_are_read_when_asked_for_and_kept():
    batch = only(build_batch(RECORDS))
    assert batch._contents is None
    assert batch.records is batch.records
    assert list(batch) == RECORDS


def test_a_wrong_checksum_is_a_warning_with_both_values():
    data = build_batch(RECORDS)
    (right,) = struct.unpack_from(">I", data, 17)
    batch = only(build_batch(RECORDS, crc=1))
    assert batch.records == RECORDS
    assert batch.error is None
    (warning,) = batch.warnings
    assert warning == ("checksum", f"CRC-32C is 0x{right:08x}, stated is 0x00000001", 17, "batches[0].crc")


def test_the_checksum_does_not_cover_what_brokers_rewrite():
    data = bytearray(build_batch(RECORDS))
    data[0:8] = (500).to_bytes(8, "big")
    data[12:16] = (9).to_bytes(4, "big")
    batch = only(data)
    assert batch.warnings == ()
    assert [record.offset for record in batch] == [500, 501, 504]


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_fewer_records_than_stated(codec):
    batch = only(build_batch(RECORDS, codec=codec, records_count=5))
    assert batch.records == RECORDS
    assert batch.error.kind == "truncated"
    assert batch.error.field == "batches[0].records[3]"
    assert batch.error.message.startswith("5 records are stated, 3 are there")
    assert batch.undecoded_bytes == 0


def test_more_bytes_than_records():
    data = build_batch(RECORDS, records_count=2)
    batch = only(data)
    left = len(layout.RECORD.build({"timestamp_delta": 1, "offset_delta": 4, "key": b"", "value": b"last"}))
    assert batch.records == RECORDS[:2]
    assert batch.warnings == (
        ("trailing_bytes", f"{left} bytes after the last record", len(data) - left, "batches[0]"),
    )
    assert (batch.error, batch.undecoded_bytes) == (None, left)


def test_records_before_a_malformed_one_are_kept_and_the_error_says_where():
    data = bytearray(build_batch(RECORDS))
    place = data.rindex(b"last") - 1
    data[place] = 0x0C  # the value would be longer than its record
    first = parse(build_batch(RECORDS))
    batch = parse(b"".join([build_batch(RECORDS), data]))[1]
    assert batch.records == RECORDS[:2]
    assert batch.error.kind == "truncated"
    assert batch.error.field == "batches[1].records[2].value"
    assert batch.error.offset == first.size + place + 1
    assert batch.undecoded_bytes == len(data) - place + 5  # from the record's length on


def test_in_compressed_records_the_error_counts_in_decompressed_bytes():
    payload = layout.RECORD.build({"key": b"k"}) + b"\x0e\0\0\0\3\1\0\0"
    compressed = gzip.compress(payload)
    header = build_batch([], attributes=1, records_count=2, batch_length=49 + len(compressed))
    batch = only(header + compressed)
    assert [record.key for record in batch] == [b"k"]
    assert batch.error.field == "batches[0].records[1].key"
    assert batch.error.offset == 61
    assert batch.error.message == "length -2 (byte 12 of the decompressed records)"
    assert batch.undecoded_bytes == len(compressed)
    assert batch.contents.decompressed == len(payload)


@pytest.mark.parametrize("count", [-1, -(1 << 31)])
def test_a_negative_count_is_malformed(count):
    batch = only(build_batch(RECORDS, records_count=count))
    assert (batch.records, batch.error.kind) == ([], "malformed")
    assert batch.error.field == "batches[0].records_count"
    assert batch.error.offset == 57


def test_more_records_than_the_limit_are_refused_before_anything_is_decompressed():
    data = build_batch(RECORDS, attributes=4)  # said to be zstd, and is not
    batch = only(data, limits=Limits(records=2))
    assert batch.error == ("limit", "3 records, the limit is 2", 57, "batches[0].records_count")
    assert batch.undecoded_bytes == len(data) - 61


def test_decompressed_bytes_are_limited():
    batch = only(build_batch([Record(0, 0, None, bytes(1000))], codec="zstd"), limits=Limits(decompressed=999))
    assert batch.records == []
    assert batch.error == ("limit", "decompresses to more than 999 bytes", 61, "batches[0].records")


def test_an_unknown_codec_leaves_the_records_undecoded():
    data = build_batch(RECORDS, attributes=5)
    batch = only(data)
    assert batch.error.kind == "unknown_compression"
    assert batch.undecoded_bytes == len(data) - 61


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_a_compacted_batch_may_have_no_records_left(codec):
    batch = only(build_batch([], codec=codec, base_offset=7, last_offset_delta=5))
    assert (batch.records, batch.error, batch.warnings, batch.undecoded_bytes) == ([], None, (), 0)
    assert batch.last_offset == 12


def test_a_wrong_lz4_header_checksum_is_a_warning():
    data = bytearray(build_batch(RECORDS, codec="lz4"))
    data[61 + 6] ^= 0xFF
    batch = only(data)
    assert batch.records == RECORDS
    assert [(warning.kind, warning.offset) for warning in batch.warnings] == [("checksum", 17), ("checksum", 61)]


def test_log_append_time_is_every_records_timestamp():
    batch = only(build_batch(RECORDS, append_time=5000))
    assert [record.timestamp for record in batch] == [5000] * 3


def test_batches_show_their_header():
    assert "'base_offset': 10" in repr(only(build_batch(RECORDS)))
    assert isinstance(only(build_batch(RECORDS)), RecordBatch)

"""Messages of magic 0 and 1: alone, wrapped, and wrapped wrongly."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs.records import LegacyMessage, Limits, Record, build_messages, compression, layout, parse
from structs.records.message import MAX_WARNINGS

RECORDS = [Record(10, 1000, b"k", b"v"), Record(11, 900, None, None), Record(14, 1001, b"", b"last")]


def message(magic, *, crc=None, size=None, **fields):
    """Build one message, as wrong as wanted."""
    fields["magic"] = magic
    whole = layout.MESSAGES[magic].build(fields)
    fields["message_size"] = len(whole) - 12 if size is None else size
    fields["crc"] = zlib.crc32(whole[16:]) if crc is None else crc
    return layout.MESSAGES[magic].build(fields)


def wrapper(magic, inner, *, codec="gzip", **fields):
    fields = {"attributes": compression.NAMES.index(codec), **fields}
    return message(magic, value=compression.compress(codec, inner), **fields)


def only(data, **arguments):
    (batch,) = parse(data, **arguments)
    return batch


def test_a_message_made_by_hand():
    """Every byte is written out; the checksum comes straight from the polynomial, bit by bit."""
    data = bytes.fromhex("0000000000000007 00000010 1fecd70a 00 00 00000001 6b 00000001 76")
    batch = only(data)
    assert isinstance(batch, LegacyMessage)
    assert batch.records == [Record(7, None, b"k", b"v")]
    assert (batch.error, batch.warnings, batch.undecoded_bytes) == (None, (), 0)
    assert "timestamp" not in batch.header()
    assert build_messages(batch.records, magic=0) == data


@pytest.mark.parametrize("magic", [0, 1])
def test_key_and_value_are_bytes_of_their_own(magic):
    for codec in ("none", "gzip"):
        field = parse(memoryview(build_messages([Record(0, 0, b"k", b"v")], magic=magic, codec=codec)))
        (record,) = field[0]
        assert (type(record.key), type(record.value)) == (bytes, bytes)


def test_magic_0_has_no_flags_of_later_formats():
    batch = only(message(0, attributes=0x78, value=b"v"))
    assert (batch.is_transactional, batch.is_control, batch.has_delete_horizon) == (False, False, False)
    assert batch.timestamp_type == "NoTimestampType"


@pytest.mark.parametrize("magic", [0, 1])
def test_a_wrong_checksum_is_a_warning_with_both_values(magic):
    batch = only(message(magic, value=b"v", crc=5))
    assert [record.value for record in batch] == [b"v"]
    (warning,) = batch.warnings
    assert (warning.kind, warning.offset, warning.field) == ("checksum", 12, "batches[0].crc")
    assert warning.message.endswith("stated is 0x00000005")


def test_wrong_checksums_inside_a_wrapper_name_the_record():
    inner = message(1, offset=0, value=b"a") + message(1, offset=1, value=b"b", crc=5)
    batch = only(wrapper(1, inner, offset=41))
    assert [record.offset for record in batch] == [40, 41]
    (warning,) = batch.warnings
    assert warning.field == "batches[0].records[1].crc"
    assert "byte 47 of the decompressed messages" in warning.message


def test_offsets_in_magic_1_are_relative_to_the_last():
    batch = only(build_messages(RECORDS, magic=1, codec="snappy"))
    assert batch.offset == 14
    assert list(batch) == RECORDS


def test_offsets_in_magic_0_are_absolute():
    batch = only(build_messages(RECORDS, magic=0, codec="lz4"))
    assert [record.offset for record in batch] == [10, 11, 14]


@pytest.mark.parametrize("offset", [0, -1])
def test_offsets_of_producers_that_leave_them_to_the_broker_stay_relative(offset):
    inner = b"".join(message(1, offset=number, value=b"v") for number in range(3))
    batch = only(wrapper(1, inner, offset=offset))
    assert [record.offset for record in batch] == [0, 1, 2]
    assert batch.warnings == ()


def test_a_wrapper_offset_below_its_last_message_is_reported():
    inner = b"".join(message(1, offset=number, value=b"v") for number in (5, 9))
    batch = only(wrapper(1, inner, offset=3))
    assert [record.offset for record in batch] == [5, 9]
    assert [warning.kind for warning in batch.warnings] == ["relative_offsets"]


def test_log_append_time_of_the_wrapper_wins():
    inner = message(1, offset=0, timestamp=7, value=b"v") + message(0, offset=1, value=b"old")
    batch = only(wrapper(1, inner, offset=1, timestamp=99, attributes=0x09))
    assert [record.timestamp for record in batch] == [99, None]


def test_compressed_messages_inside_one_another_are_refused_unless_allowed():
    inner = message(1, offset=0, value=b"a") + message(1, offset=1, value=b"b")
    data = wrapper(1, wrapper(1, inner, offset=1) + message(1, offset=2, value=b"c"), offset=52)
    refused = only(data)
    assert refused.records == []
    assert refused.error.kind == "limit"
    assert refused.undecoded_bytes == len(data) - 26
    allowed = only(data, limits=Limits(depth=2))
    assert [(record.offset, record.value) for record in allowed] == [(50, b"a"), (51, b"b"), (52, b"c")]
    assert allowed.error is None


def test_the_limit_on_decompressed_bytes_counts_all_levels():
    inner = wrapper(0, message(0, value=bytes(3000)))
    data = wrapper(0, inner)
    fits = 3000 + 26 + len(inner)
    assert only(data, limits=Limits(depth=2, decompressed=fits)).error is None
    assert only(data, limits=Limits(depth=2, decompressed=fits - 1)).error.kind == "limit"
    assert only(data, limits=Limits(depth=2)).contents.decompressed == fits


def test_more_records_than_the_limit_are_refused_before_any_is_read():
    data = build_messages(RECORDS, magic=1, codec="gzip")
    assert len(only(data, limits=Limits(records=3)).records) == 3
    batch = only(data, limits=Limits(records=2))
    assert batch.records == []
    assert batch.error == ("limit", "more than 2 records", 0, "batches[0].records")


def test_the_limit_on_records_counts_all_levels():
    inner = wrapper(0, message(0, value=b"v") * 3)
    data = wrapper(0, inner * 2)
    assert len(only(data, limits=Limits(depth=2, records=6)).records) == 6
    assert only(data, limits=Limits(depth=2, records=5)).error.kind == "limit"


@pytest.mark.parametrize(
    ("broken", "kind", "field"),
    [
        (b"\0" * 25, "truncated", "records[1]"),
        (message(0, value=b"v", size=500), "truncated", "records[1].message_size"),
        (message(0, value=b"v", size=13), "malformed", "records[1].message_size"),
        (message(0, value=b"v", size=-1), "malformed", "records[1].message_size"),
        (message(0, value=b"v")[:16] + b"\2" + bytes(20), "unknown_magic", "records[1].magic"),
        (message(0, value=b"v" * 9)[:-13] + b"\0\0\0\x7f" + bytes(9), "truncated", "records[1].value"),
    ],
)
def test_records_before_a_broken_message_are_kept(broken, kind, field):
    batch = only(wrapper(0, message(0, offset=3, value=b"kept") + broken))
    assert [record.value for record in batch] == [b"kept"]
    assert (batch.error.kind, batch.error.field) == (kind, f"batches[0].{field}")
    assert batch.error.offset == 0
    assert "of the decompressed messages" in batch.error.message


def test_a_value_that_does_not_fit_its_message():
    data = bytearray(message(1, key=b"key", value=b"value"))
    data[-6] = 6
    batch = only(data)
    assert batch.records == []
    assert (batch.error.kind, batch.error.offset, batch.error.field) == ("truncated", 37, "batches[0].value")
    assert batch.undecoded_bytes == len(data) - 26


def test_lengths_below_null_are_null_with_a_warning():
    data = message(0, value=b"")[:-4] + b"\xff\xff\xff\xfe"
    batch = only(data)
    assert [record.value for record in batch] == [None]
    assert ("malformed", "batches[0].value") in [(warning.kind, warning.field) for warning in batch.warnings]


def test_bytes_after_the_value_are_reported():
    batch = only(message(0, value=b"v", size=17) + b"xx")
    assert [record.value for record in batch] == [b"v"]
    assert ("trailing_bytes", 27) in [(warning.kind, warning.offset) for warning in batch.warnings]


def test_a_key_of_a_wrapper_is_reported():
    batch = only(wrapper(0, message(0, value=b"v"), key=b"why"))
    assert [warning.kind for warning in batch.warnings] == ["unexpected_key"]


def test_warnings_are_bounded():
    inner = message(0, value=b"v", crc=5) * (MAX_WARNINGS + 20)
    batch = only(wrapper(0, inner))
    assert len(batch.records) == MAX_WARNINGS + 20
    assert len(batch.warnings) == MAX_WARNINGS + 1
    assert batch.warnings[-1].kind == "more_warnings"


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd", "unknown(5)"])
def test_what_does_not_decompress_is_reported(codec):
    number = 5 if codec.startswith("unknown") else compression.NAMES.index(codec)
    batch = only(message(1, attributes=number, value=b"no such stream"))
    assert batch.records == []
    assert batch.error.kind in {"malformed", "unknown_compression"}
    assert batch.error.field == "batches[0].records"


def test_a_wrapper_without_a_value_is_reported():
    batch = only(message(1, attributes=1, value=None))
    assert batch.error.kind == "malformed"


@pytest.mark.parametrize("magic", [0, 1])
@given(key=st.none() | st.binary(max_size=30), value=st.none() | st.binary(max_size=30), offset=st.integers(0, 1 << 50))
def test_straight_code_reads_what_the_grammar_reads(magic, key, value, offset):
    data = (
        message(magic, offset=offset, timestamp=77, key=key, value=value)
        if magic
        else message(magic, offset=offset, key=key, value=value)
    )
    fields = layout.MESSAGES[magic].parse(data)
    batch = only(data)
    (record,) = batch
    assert record == (offset, fields.get("timestamp"), fields["key"], fields["value"], (), 0)
    assert batch.header().items() <= fields.items()
    assert batch.warnings == ()

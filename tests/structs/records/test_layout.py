"""The layouts as grammars: hand-made bytes in, Kafka's names out, and back."""

import pytest

from structs.buffers import WireError
from structs.records import layout

BATCH_HEADER = bytes.fromhex(
    "0000000000000007"  # base offset
    "00000031"  # batch length
    "00000002"  # partition leader epoch
    "02"  # magic
    "fedcba98"  # CRC
    "0010"  # attributes: transactional
    "00000003"  # last offset delta
    "0000018bcfe56800"  # base timestamp
    "ffffffffffffffff"  # max timestamp
    "0000000000000fa0"  # producer id
    "0001"  # producer epoch
    "0000000a"  # base sequence
    "00000000"  # records count
)

RECORD = bytes.fromhex(
    "26"  # length 19
    "00"  # attributes
    "8801"  # timestamp delta 68
    "05"  # offset delta -3
    "02 6b"  # key "k"
    "01"  # value null
    "04"  # two headers
    "04 6869"  # key "hi"
    "06 000102"  # value
    "04 fffe"  # key, not UTF-8
    "01".replace(" ", "")  # value null
)


def test_batch_header_has_kafkas_fields_in_wire_order():
    fields = layout.RECORD_BATCH_HEADER.parse(BATCH_HEADER)
    assert list(fields.items()) == [
        ("base_offset", 7),
        ("batch_length", 49),
        ("partition_leader_epoch", 2),
        ("magic", 2),
        ("crc", 0xFEDCBA98),
        ("attributes", 16),
        ("last_offset_delta", 3),
        ("base_timestamp", 1_700_000_000_000),
        ("max_timestamp", -1),
        ("producer_id", 4000),
        ("producer_epoch", 1),
        ("base_sequence", 10),
        ("records_count", 0),
    ]
    assert layout.RECORD_BATCH_HEADER.build(fields) == BATCH_HEADER


def test_record_reads_and_builds():
    fields = layout.RECORD.parse(RECORD)
    assert fields == {
        "attributes": 0,
        "timestamp_delta": 68,
        "offset_delta": -3,
        "key": b"k",
        "value": None,
        "headers": [{"key": "hi", "value": b"\0\1\2"}, {"key": b"\xff\xfe", "value": None}],
    }
    assert layout.RECORD.build(fields) == RECORD


@pytest.mark.parametrize(("magic", "timestamp"), [(0, b""), (1, bytes(7) + b"\x09")])
def test_messages_have_a_timestamp_from_magic_1_on(magic, timestamp):
    data = bytes(7) + b"\5" + bytes(8) + bytes((magic, 0)) + timestamp + b"\xff\xff\xff\xff" + b"\0\0\0\1v"
    fields = layout.MESSAGES[magic].parse(data)
    assert fields.get("timestamp") == (9 if magic else None)
    assert (fields["offset"], fields["key"], fields["value"]) == (5, None, b"v")
    assert layout.MESSAGES[magic].build(fields) == data


def test_packers_unpack_what_the_grammar_reads():
    packer = layout.packer(layout.RECORD_BATCH_HEADER)
    assert packer.size == len(BATCH_HEADER) == 61
    assert packer.unpack(BATCH_HEADER) == tuple(layout.RECORD_BATCH_HEADER.parse(BATCH_HEADER).values())
    assert [layout.packer(message).size for message in layout.MESSAGES] == [18, 26]


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        (b"\x0e\0\0\0\1\1", "", "length 7, 5 bytes are left"),
        (b"\x0b\0\0\0\1\1\0", "", "length -6, 6 bytes are left"),
        (b"\x0e\0\0\0\1\1\0\0", "", "1 bytes left over in a record of 7"),
        (b"\x0a\0\0\0\1\1", "headers", "varint does not end within the 0 bytes left"),
        (b"\x0e\0\0\0\3\1\0\0", "key", "length -2"),
        (b"\x0e\0\0\0\1\5\0\0", "value", "length -3"),
        (b"\x0e\0\0\0\1\1\1\0", "headers", "length -1"),
        (b"\x0e\0\0\0\x14k\0\0", "key", "needs 10 bytes, 3 are left"),
        (b"\x10\0\0\0\1\1\2\1\1", "headers[0].key", "length -1"),
        (b"\x10\0\0\0\xff\xff\xff\xff\x1f", "key", "varint overflows 32 bits"),
        (b"\x12\0\0\0\xff\xff\xff\xff\xff\1", "key", "varint is longer than 5 bytes"),
    ],
)
def test_malformed_records_name_the_field(data, field, message):
    with pytest.raises(WireError) as raised:
        layout.RECORD.parse(data)
    assert raised.value.problem.field == field
    assert message in raised.value.problem.message

"""Record batches in a tree."""

from __future__ import annotations

from dissector.views import style
from dissector.views.regions import Buffer, Region
from dissector.views.tree_records import record_lines
from structs import records
from structs.buffers import Span

RECORDS = [records.Record(number, 1_700_000_000_000, b"key", b"value", (("trace", b"1"),)) for number in range(3)]


def shown(data: bytes, start: int = 0) -> list[tuple[Span | None, str]]:
    """Return the lines of a records field with their byte ranges."""
    region = Region(Buffer(0, "message", data), start, len(data))
    lines = record_lines(records.parse(data[start:]), region, lambda *_: None)
    return [
        (None if place is None else Span(place.start, place.stop), style.paint(pieces, color=False))
        for place, _, pieces in lines
    ]


def test_header_fields_and_records_have_their_byte_ranges() -> None:
    """Each range of a plain record, read again, is that record."""
    data = b"xxxx" + records.build_batch(RECORDS)
    lines = shown(data, 4)
    assert lines[0] == (Span(4, len(data)), "[0] 3 records, offsets 0-2, none")
    assert (Span(4, 12), "base_offset: 0") in lines
    assert (Span(20, 21), "magic: 2") in lines
    spans = [span for span, text in lines if "key " in text]
    assert [span.start for span in spans] == [65, *(span.stop for span in spans[:-1])]
    assert spans[-1].stop == len(data)


def test_records_show_offset_time_key_value_and_headers() -> None:
    (*_, (_, last)) = shown(records.build_batch(RECORDS))
    assert last == '[2] offset 2 2023-11-14T22:13:20.000Z  key "key"  value "value"  headers trace="1"'


def test_records_are_where_they_are_whoever_asks_for_their_fields() -> None:
    data = records.build_batch([*RECORDS, records.Record(3, 1_700_000_000_000, None, b"long" * 100)])
    region = Region(Buffer(0, "message", data), 0, len(data))
    located, plain = (
        [
            (place, depth, style.paint(pieces, color=False))
            for place, depth, pieces in record_lines(
                records.parse(data), region, lambda *_: None, is_located=is_located
            )
        ]
        for is_located in (True, False)
    )
    assert located == plain


def test_compressed_records_have_no_ranges_of_their_own() -> None:
    lines = shown(records.build_batch(RECORDS, codec="zstd"))
    assert lines[0][1] == "[0] 3 records, offsets 0-2, zstd"
    assert "attributes: 4 (zstd, CreateTime)" in [text for _, text in lines]
    assert {span for span, text in lines if "key " in text} == {None}


def test_records_beyond_the_limit_are_counted() -> None:
    lines = shown(records.build_batch([records.Record(number, 5, None, b"") for number in range(100)]))
    assert lines[-1][1] == "+75 more records"
    assert "records: 100" in [text for _, text in lines]


def test_old_messages_are_shown() -> None:
    lines = [text for _, text in shown(records.build_messages(RECORDS[:1], magic=0))]
    assert lines[0] == "[0] message of magic 0, none"
    assert "attributes: 0 (none, NoTimestampType)" in lines
    assert lines[-1] == '[0] offset 0  key "key"  value "value"'


def test_a_checksum_that_is_wrong_is_said() -> None:
    data = bytearray(records.build_batch(RECORDS))
    data[-1] ^= 1
    assert any("! checksum batches[0].crc at byte 17: CRC-32C is" in text for _, text in shown(bytes(data)))


def test_a_truncated_last_batch_is_a_warning() -> None:
    data = records.build_batch(RECORDS)
    lines = shown(data + data[:30])
    assert lines[-1][1] == f"! truncated batches[1] at byte {len(data)}: truncated tail: 30 of {len(data)} bytes"

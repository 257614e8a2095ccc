"""Batches are written as the general way makes them, or left to that: where there is more to say of them."""

from __future__ import annotations

import json
import struct
from types import SimpleNamespace
from typing import Any

import pytest
from crc32c import crc32c
from hypothesis import given
from hypothesis import strategies as st

from dissector.views import record_text
from dissector.views.record_text import RecordWriter
from dissector.views.record_values import project_batch
from structs import records, wire
from structs.records import Record
from structs.records.batch import CHECKED_FROM, CONTROL, LOG_APPEND_TIME, TIMESTAMP_TYPE

TIME = 1_700_000_000_000
RECORDS = [Record(7, TIME, b"k", b"\xff", (("h", b"v"), (b"\xfe", None))), Record(8, TIME + 1, None, '"é\n'.encode())]
PLAIN = records.build_batch(RECORDS)
ATTRIBUTES_AT, TIME_AT, CRC_AT = 21, 27, 17


def writer(limits: records.Limits = records.DEFAULT) -> RecordWriter:
    """Return one that has begun with a message that nobody looked at."""
    made = RecordWriter()
    message: Any = SimpleNamespace(head=SimpleNamespace(limits=limits), is_decoded=False)
    made.begin(message, SimpleNamespace())  # type: ignore[arg-type]
    return made


def written(data: bytes, topic: str | None = "orders", limits: records.Limits = records.DEFAULT) -> Any:
    """Return what is written of batches amid other bytes, as values."""
    return json.loads(writer(limits).write(b"before" + data + b"behind", 6, 6 + len(data), topic))


def projected(data: bytes) -> list[dict[str, Any]]:
    """Return what the general way makes of batches with which nothing is wrong."""
    found = records.parse(data)
    assert found.error is found.truncated is None
    assert not any(batch.error or batch.warnings for batch in found)
    return [project_batch(batch, batch.records) for batch in found]


def changed(batch: bytes, at: int, code: str, value: int) -> bytes:
    """Return a batch with another number in its header, and the checksum that it takes."""
    data = bytearray(batch)
    struct.pack_into(f">{code}", data, at, value)
    struct.pack_into(">I", data, CRC_AT, crc32c(bytes(data[CHECKED_FROM:])))
    return bytes(data)


def single(key: bytes | None, value: bytes | None, *headers: tuple[str, bytes]) -> bytes:
    """Return a batch of one record."""
    return records.build_batch([Record(7, TIME, key, value, headers)])


def len_of(key: bytes | None) -> str:
    """Return the length of a key, for the name of a test."""
    return "null" if key is None else str(len(key))


SOUND = {
    "none": b"",
    "single": single(b"k", b"v"),
    "single, nulls": single(None, None),
    "single, text to escape": single('"é\x7f'.encode(), b"\0\n\\"),
    "single, no text": single(b"k", b"\xff\xfe"),
    "single, headers": single(b"k", b"v", ("h", b"v")),
    "single, long": single(b"k" * 200, b"v" * 9000),
    "single, later": changed(changed(single(b"k", b"v"), TIME_AT, "q", 5), 0, "q", 2**62),
    "plain": PLAIN,
    "two": PLAIN + records.build_batch([Record(9, TIME, None, None)]),
    "no records": records.build_batch([]),
    "append time": changed(PLAIN, ATTRIBUTES_AT, "h", TIMESTAMP_TYPE),
    "compressed": records.build_batch(RECORDS, codec="gzip") + PLAIN,
    "older": records.build_messages([Record(7, None, None, b"v")], magic=0),
}
ODD = {
    "checksum": PLAIN[:-1] + b"\1",
    "cut": PLAIN + PLAIN[:-1],
    "header cut": PLAIN + PLAIN[:20],
    "magic": PLAIN[:16] + b"\7" + PLAIN[17:],
    "control": changed(PLAIN, ATTRIBUTES_AT, "h", CONTROL),
    "more records": changed(PLAIN, 57, "i", 3),
    "fewer records": changed(PLAIN, 57, "i", 1),
    "negative count": changed(PLAIN, 57, "i", -1),
    "negative length": PLAIN[:8] + b"\xff" * 4 + PLAIN[12:],
    "more than 64 bits": changed(
        records.build_batch([Record(0, 5, None, b""), Record(1, 1, None, b"")]), TIME_AT, "q", -(2**63)
    ),
}


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND)
def test_sound_batches_are_written(data: bytes) -> None:
    assert json.dumps(written(data)) == json.dumps(projected(data))


def test_the_kind_of_time_is_said() -> None:
    (batch,) = written(SOUND["append time"])
    assert batch["timestamp_type"] == LOG_APPEND_TIME
    assert {record["timestamp"] for record in batch["records"]} == {TIME + 1}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_others_are_left(data: bytes) -> None:
    with pytest.raises(wire.SeldomError):
        written(data)


def test_records_of_internal_topics_are_left() -> None:
    """They hold payloads."""
    assert written(PLAIN, None) == written(PLAIN)
    with pytest.raises(wire.SeldomError):
        written(PLAIN, "__consumer_offsets")


def test_what_batches_may_cost_is_held() -> None:
    few = records.Limits(records=1)
    with pytest.raises(wire.SeldomError):
        written(PLAIN, limits=few)
    small = records.Limits(decompressed=10)
    assert written(PLAIN, limits=small)
    with pytest.raises(wire.SeldomError):
        written(SOUND["compressed"], limits=small)


def test_fields_of_a_message_share_what_they_may_cost() -> None:
    """As they do where batches are opened."""
    batch = records.build_batch([Record(0, TIME, None, bytes(1000))], codec="gzip")
    one = writer(records.Limits(decompressed=1500))
    one.write(batch, 0, len(batch), None)
    with pytest.raises(wire.SeldomError):
        one.write(batch, 0, len(batch), None)


def test_large_batches_are_written_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same text."""
    data = records.build_batch([Record(n, TIME, None, b"v%d" % n) for n in range(record_text.BLOCK + 1)])
    assert written(data) == projected(data)


@pytest.mark.parametrize(
    "size", [0, 50, 51, 52, 53, 54, 55, 56, 57, 58, 63, 64, 65, 127, 128, 8180, 8181, 8182, 8191, 8192]
)
@pytest.mark.parametrize("key", [None, b"", b"k", bytes(63), bytes(64)], ids=len_of)
def test_single_records_of_all_sizes(size: int, key: bytes | None) -> None:
    """Their lengths, and those of what is in them, take one byte or more."""
    data = single(key, b"v" * size)
    assert json.dumps(written(data)) == json.dumps(projected(data))


def test_no_records_are_written_where_none_may_be() -> None:
    with pytest.raises(wire.SeldomError):
        written(SOUND["single"], limits=records.Limits(records=0))


@given(st.sampled_from([*SOUND.values()]), st.data())
def test_whatever_is_written_is_what_the_general_way_makes(data: bytes, draw: st.DataObject) -> None:
    """Of batches in which bytes were changed, with the checksums that these take."""
    changes = draw.draw(st.lists(st.tuples(st.integers(0, max(len(data) - 1, 0)), st.integers(0, 255)), max_size=3))
    mangled = bytearray(data)
    for at, value in changes if data else ():
        mangled[at] = value
    if len(mangled) > 61 and draw.draw(st.booleans()):
        struct.pack_into(">I", mangled, CRC_AT, crc32c(bytes(mangled[CHECKED_FROM:])))
    try:
        found = written(bytes(mangled))
    except wire.SeldomError:
        return
    assert json.dumps(found) == json.dumps(projected(bytes(mangled)))

"""Record batches as JSON has them."""

from __future__ import annotations

import json

import orjson
import pytest

from dissector.views import record_values
from dissector.views.record_values import project_batch, written_batch
from structs import records
from structs.records import Record

TIME = 1_700_000_000_000


def test_a_batch_to_the_letter() -> None:
    data = records.build_batch([Record(7, TIME, b"k", b"\xff", (("h", b"v"), (b"\xfe", None)))], codec="gzip")
    (batch,) = records.parse(data)
    assert project_batch(batch, batch.records) == {
        **batch.header(),
        "compression": "gzip",
        "timestamp_type": "CreateTime",
        "records": [
            {
                "offset": 7,
                "timestamp": TIME,
                "key": "k",
                "value": {"hex": "ff"},
                "headers": [{"key": "h", "value": "v"}, {"key": {"hex": "fe"}, "value": None}],
            }
        ],
    }
    assert list(project_batch(batch, ()))[:-3] == list(batch.header())


def test_older_messages_have_other_fields() -> None:
    (batch,) = records.parse(records.build_messages([Record(7, None, None, b"v")], magic=0))
    found = project_batch(batch, batch.records)
    assert list(found) == [
        "offset",
        "message_size",
        "crc",
        "magic",
        "attributes",
        "compression",
        "timestamp_type",
        "records",
    ]
    assert found["timestamp_type"] == "NoTimestampType"
    assert found["records"] == [{"offset": 7, "timestamp": None, "key": None, "value": "v", "headers": []}]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_many_records_are_written_in_blocks(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """With the same text."""
    monkeypatch.setattr(record_values, "BLOCK", 2)
    (batch,) = records.parse(records.build_batch([Record(n, TIME, None, b"v%d" % n) for n in range(count)]))
    made = written_batch(batch, batch.records)
    assert isinstance(made, orjson.Fragment) == (count > 2)
    assert json.loads(orjson.dumps(made)) == project_batch(batch, batch.records)

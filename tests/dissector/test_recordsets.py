"""Records fields are found by the grammar, opened where they are, and booked batch by batch."""

from __future__ import annotations

import pytest
from support.frames import make_frame

from dissector.ledger import Category, Entry, Ledger
from dissector.recordsets import RecordMeter, holds_records, open_records, ways_to_records
from structs import records, registry
from structs.records import DEFAULT

PRODUCE, FETCH, SHARE_FETCH = 0, 1, 78
BATCH = records.build_batch([records.Record(0, 5, b"k", b"v")])
FRAME = make_frame(bytes(1000), packet=7)
UNDECODED = Entry(Category.UNDECODED, "record batches")


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.ask_later(1000)
    return ledger


def test_which_messages_hold_records() -> None:
    """Those of Kafka that have a field of the type `records`, but for parts of snapshots, which begin anywhere."""
    holding = {
        (api.key, side)
        for api in registry.apis()
        for side in ("request", "response")
        if any(holds_records(registry.grammar(api.key, version, side)) for version in api.versions.each())
    }
    assert holding == {
        (PRODUCE, "request"),
        (FETCH, "response"),
        (SHARE_FETCH, "response"),
    }


def test_all_fields_are_opened(ledger: Ledger) -> None:
    """Null stays null, and what is not there stays away, as in a body that was cut."""
    body = {"topic_data": [{"partition_data": [{"records": BATCH}, {"records": None}, {}]}, {}]}
    meter = RecordMeter(DEFAULT, 1000, ledger, FRAME)
    open_records(ways_to_records(registry.grammar(PRODUCE, 9, "request")), body, meter)
    opened, null, missing = body["topic_data"][0]["partition_data"]
    assert [record.value for batch in opened["records"] for record in batch] == [b"v"]
    assert (null, missing) == ({"records": None}, {})


def test_batches_are_booked_as_they_are_read(ledger: Ledger) -> None:
    """Each once; what is no batch is undecoded as soon as the message is booked."""
    meter = RecordMeter(DEFAULT, 1000, ledger, FRAME)
    field = meter.open(b"..." + BATCH * 2 + BATCH[:20], 3, 3 + 2 * len(BATCH) + 20)
    assert (meter.unread, meter.undecoded) == (2 * len(BATCH), 20)
    meter.book(1000)
    rest = 980 - 2 * len(BATCH)
    assert ledger.entries == {
        Entry(Category.DECODED): rest,
        Entry(Category.NOT_ASKED_FOR): 2 * len(BATCH),
        UNDECODED: 20,
    }
    for _ in range(2):
        assert len(field[1].records) == 1
        assert (meter.unread, ledger.total(Category.DECODED)) == (len(BATCH), rest + len(BATCH))
    assert sum(ledger.entries.values()) == 1000


def test_what_cannot_be_read_of_a_batch_is_undecoded(ledger: Ledger) -> None:
    """Its header is."""
    meter = RecordMeter(DEFAULT, 1000, ledger, FRAME)
    (batch,) = meter.open(BATCH[:-4] + b"\xff" * 4, 0, len(BATCH))
    meter.book(len(BATCH))
    assert batch.error is not None
    assert ledger.entries[UNDECODED] == batch.undecoded_bytes > 0
    assert ledger.total(Category.DECODED) == len(BATCH) - batch.undecoded_bytes
    assert ledger.examples[UNDECODED] == [7]

"""A records field as a whole: batches apart, every byte accounted for, nothing raised whatever the bytes."""

import gc
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs.records import (
    LegacyMessage,
    Limits,
    Meter,
    Record,
    RecordBatch,
    RecordSet,
    build_batch,
    build_messages,
    parse,
    read_control,
)

RECORDS = [Record(0, 1000, b"k", b"v"), Record(1, 1001, None, b"w")]
BATCH = build_batch(RECORDS)
MESSAGE = build_messages(RECORDS[:1], magic=1)
FIELD = build_messages(RECORDS, magic=0) + build_messages(RECORDS, magic=1, codec="gzip") + BATCH
SMALL = Limits(decompressed=1 << 16, records=1000)


def read_all(data):
    """Look at everything that there is to see, and check that it adds up."""
    field = parse(data, limits=SMALL)
    for batch in [*field, *([field.tail] if field.tail else [])]:
        batch.header()
        repr(batch)
        for record in batch:
            read_control(record)
        problems = [*batch.warnings, *([batch.error] if batch.error else [])]
        for problem in problems:
            assert batch.position <= problem.offset <= batch.position + batch.size
            assert problem.field.startswith(f"batches[{batch.index}]")
        assert 0 <= batch.undecoded_bytes <= batch.size
    account = field.account()
    assert sum(account) == len(data)
    assert min(account) >= 0
    return field


def test_magics_may_be_mixed():
    found = read_all(FIELD)
    assert [type(batch) for batch in found] == [LegacyMessage] * 3 + [RecordBatch]
    assert [batch.magic for batch in found] == [0, 0, 1, 2]
    assert [record.value for batch in found for record in batch] == [b"v", b"w"] * 3
    assert found.account() == (len(FIELD), 0, 0)


def test_headers_announce_how_many_records_there_are(vector):
    announced = parse(vector["data"]).announced()
    if all(batch["magic"] == 2 for batch in vector["batches"]):
        assert announced[0] == sum(len(batch["records"]) for batch in vector["batches"])
        assert bool(announced[1] & 7) == any(batch["compression"] != "none" for batch in vector["batches"])
    else:
        assert announced is None


def test_an_empty_field_has_no_batches():
    found = read_all(b"")
    assert (len(found), found.error, found.truncated, found.tail) == (0, None, None, None)


def test_it_is_a_sequence():
    found = parse(FIELD)
    assert len(found) == 4
    assert found[-1].index == 3
    assert [batch.index for batch in found[1:3]] == [1, 2]
    assert found[-1].position == len(FIELD) - len(BATCH)
    with pytest.raises(IndexError):
        found[4]
    assert "4 batches" in repr(found)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_will_do(kind):
    found = parse(kind(FIELD))
    assert [record.value for batch in found for record in batch] == [b"v", b"w"] * 3


@pytest.mark.parametrize("size", [len(FIELD), len(FIELD) - 1, len(FIELD) - len(BATCH) - 1, 10])
def test_a_field_may_stand_amid_other_bytes(size):
    """It is not copied; nothing that is said of it depends on where it stands, or on what follows."""
    alone, amid = parse(FIELD[:size]), RecordSet(b"\xff" * 7 + FIELD, Meter(), 7, 7 + size)
    assert bytes(amid.data) == FIELD[:size]
    assert (amid.size, amid.truncated, amid.error) == (size, alone.truncated, alone.error)

    def said(field):
        found = [*field, *([field.tail] if field.tail else [])]
        return [(batch.index, batch.position, bytes(batch.data), batch.header(), batch.contents) for batch in found]

    assert said(amid) == said(alone)
    assert amid.account() == alone.account()


def test_iterating_keeps_one_batch_at_a_time():
    def alive():
        return sum(isinstance(found, RecordBatch) for found in gc.get_objects())

    before = alive()
    for batch in parse(BATCH * 3):
        assert batch.records
        assert alive() == before + 1


def test_every_cut_is_a_truncated_tail():
    starts = [batch.position for batch in parse(FIELD)] + [len(FIELD)]
    for size in range(len(FIELD) + 1):
        found = read_all(FIELD[:size])
        complete = sum(start <= size for start in starts[1:])
        assert len(found) == complete
        left = size - starts[complete]
        assert found.error is None
        assert found.account() == (starts[complete], left, 0)
        if not left:
            assert found.truncated is None
            continue
        whole = starts[complete + 1] - starts[complete] if left > 16 else "at least 17"
        wanted = f"truncated tail: {left} of {whole} bytes"
        assert found.truncated == ("truncated", wanted, starts[complete], f"batches[{complete}]")


def test_of_a_cut_batch_the_records_before_the_cut_can_be_read():
    found = parse(BATCH + BATCH[:-1])
    assert len(found) == 1
    assert found.tail.index == 1
    assert found.tail.is_cut
    assert found.tail.records == RECORDS[:1]
    assert found.tail.error.kind == "truncated"
    assert found.tail.warnings == ()
    assert not found[0].is_cut


@pytest.mark.parametrize(("data", "size"), [(BATCH, 61), (MESSAGE, 26)])
def test_a_cut_header_is_not_shown(data, size):
    assert parse(data[: size - 1]).tail is None
    assert parse(data[:size]).tail.header() == parse(data)[0].header()


def test_an_unknown_magic_leaves_the_rest_undecoded():
    data = bytearray(BATCH * 2)
    data[len(BATCH) + 16] = 3
    found = read_all(data)
    assert len(found) == 1
    assert found.error == ("unknown_magic", "magic 3 is not known", len(BATCH) + 16, "batches[1].magic")
    assert found.account() == (len(BATCH), 0, len(BATCH))


@pytest.mark.parametrize(
    ("data", "field", "smallest"),
    [(BATCH, "batch_length", 49), (MESSAGE, "message_size", 22)],
    ids=["batch", "message"],
)
@pytest.mark.parametrize("length", [-1, -(1 << 31), 0, 10])
def test_an_impossible_length_leaves_the_rest_undecoded(data, field, smallest, length):
    broken = data[:8] + length.to_bytes(4, "big", signed=True) + data[12:]
    found = read_all(data + broken)
    assert (found.error.kind, found.error.offset, found.error.field) == (
        "malformed",
        len(data) + 8,
        f"batches[1].{field}",
    )
    assert f"at least {smallest} is needed" in found.error.message
    assert found.account() == (len(data), 0, len(data))


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing(data):
    read_all(data)


@given(st.data())
def test_damage_raises_nothing(vectors, data):
    """Kafka's own bytes with some of them changed, whatever the format; checksums are reported, never trusted."""
    names = [name for name, vector in vectors.items() if 0 < len(vector["data"]) < 5000]
    damaged = bytearray(vectors[data.draw(st.sampled_from(names))]["data"])
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    read_all(bytes(damaged))


@given(st.data())
def test_damage_behind_the_checksum_is_noticed(vectors, data):
    vector = vectors[
        data.draw(st.sampled_from(["idempotent", "magic 1, none, CreateTime", "magic 2, lz4, CreateTime"]))
    ]
    damaged = bytearray(vector["data"])
    first = parse(vector["data"])[0]
    place = data.draw(st.integers(21, first.size - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    assert "checksum" in {problem.kind for problem in parse(damaged)[0].warnings}


@pytest.mark.parametrize(
    "record",
    [
        b"\x14\0\0\0\1\xfe\xff\xff\xff\x0f\0",
        b"\x14\0\0\0\xfe\xff\xff\xff\x0f\1\0",
        b"\x16\0\0\0\1\1\2\xfe\xff\xff\xff\x0f",
        b"\4\0\0",
    ],
    ids=["value", "key", "header", "cut"],
)
def test_a_broken_record_costs_no_more_where_much_stands_around_it(record):
    """What surrounds it is not copied: in a message of many such batches that would take hours."""
    head = build_batch([], records_count=1, batch_length=49 + len(record))
    around = bytes(8 << 20)
    (batch,) = RecordSet(around + head + record + around, Meter(), len(around), len(around) + len(head + record))
    tracemalloc.start()
    try:
        assert batch.error is not None
        assert tracemalloc.get_traced_memory()[1] < len(around) // 8
    finally:
        tracemalloc.stop()

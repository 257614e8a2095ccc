"""Loaded captures: random access that costs little, and says what it cannot give."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import make_request, make_response
from support.packets import Wire

import dissector
from dissector.filters import FilterError
from dissector.loaded.capture import LoadedCapture
from dissector.loaded.spool import Spool
from dissector.loaded.store import Store
from dissector.sinks.pcapng import PcapngWriter
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dissector.loaded import Exchanges
    from dissector.records import LocatedRecord
    from structs.buffers import Buffer

HEARTBEAT = 12


@pytest.fixture(scope="module")
def orders(captures: Path) -> Iterator[LoadedCapture]:
    with dissector.load(captures / "orders.pcapng") as loaded:
        yield loaded


@pytest.fixture(scope="module")
def expected(captures: Path) -> list[str]:
    with dissector.open_capture(captures / "orders.pcapng") as capture:
        return [jsonl.line(exchange) for exchange in capture]


def lines(exchanges: Exchanges) -> list[str]:
    return [jsonl.line(exchange) for exchange in exchanges]


def test_it_is_a_sequence(orders: LoadedCapture, expected: list[str]) -> None:
    assert len(orders) == len(expected) == 220
    for number in (0, 17, 219, -1, -220):
        assert jsonl.line(orders[number]) == expected[number]
    for part in (
        slice(3, 7),
        slice(-5, None),
        slice(None, None, 50),
        slice(7, 3),
        slice(200, 900),
        slice(None, None, -1),
    ):
        assert lines(orders[part]) == expected[part]
        assert lines(orders[3:][part]) == expected[3:][part]
    assert lines(orders) == expected
    for number in (220, -221):
        with pytest.raises(
            IndexError, match=f"no exchange {number}: there are 220, 0 to 219, or -1 to -220 from the end"
        ):
            orders[number]
    with pytest.raises(IndexError, match="no exchange 0: there are none"):
        orders.exchanges("latency > 1h")[0]
    with pytest.raises(IndexError, match="no connection 40: there are 40, 0 to 39,"):
        orders.connections[40]
    for wrong in ("api == Produce", 1.0, None):
        with pytest.raises(
            TypeError, match=r"by number, such as \[17\], .* takes a filter, not ('api == Produce'|1.0|None)"
        ):
            orders[wrong]  # type: ignore[call-overload]


def test_a_filter_picks_what_it_picks_of_a_stream(orders: LoadedCapture, captures: Path) -> None:
    for where in ("api == Metadata", "latency > 5ms and topic == orders"):
        with dissector.open_capture(captures / "orders.pcapng", where=where) as capture:
            expected = [jsonl.line(exchange) for exchange in capture]
        found = orders.exchanges(where)
        assert lines(found) == expected
        assert [jsonl.line(orders[number]) for number in found.numbers] == expected
        assert lines(found[1:3]) == expected[1:3]
        assert jsonl.line(found[-1]) == expected[-1]
    narrowed = orders.exchanges("api == Metadata").exchanges("topic == ordres")
    assert lines(narrowed) == lines(orders.exchanges("api == Metadata and topic == ordres"))
    with pytest.raises(FilterError):
        orders.exchanges("api = = Metadata")


def test_a_filter_goes_no_further_than_somebody_looks(orders: LoadedCapture) -> None:
    seen = []

    def where(exchange: dissector.Exchange) -> bool:
        seen.append(exchange)
        return exchange.api_name == "CreateTopics"

    found = orders.exchanges(where)
    assert seen == []
    assert found
    assert found[0].api_name == "CreateTopics"
    assert len(seen) < 30
    assert repr(found) == "<Exchanges: 1 of 220 so far; len() looks at all>"
    assert len(found) == 2
    assert len(seen) == 220
    assert lines(found) == lines(found)
    assert len(seen) == 220
    assert repr(found) == "<Exchanges: 2 of 220>"
    assert not orders.exchanges(lambda _: False)


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError])
def test_a_filter_that_was_interrupted_goes_on_where_it_was(orders: LoadedCapture, ending: type[BaseException]) -> None:
    """The next cell of a notebook must not take for the whole what was found until then."""
    asked = []

    def where(exchange: dissector.Exchange) -> bool:
        asked.append(exchange)
        if len(asked) == 50:
            raise ending
        return exchange.api_name == "Metadata"

    found = orders.exchanges(where)
    with pytest.raises(ending):
        len(found)
    assert lines(found) == lines(orders.exchanges("api == Metadata"))
    assert len(asked) == 221


def test_threads_may_read_the_same_selection(orders: LoadedCapture) -> None:
    """DuckDB reads several tables of one query in threads of its own."""
    meeting = Barrier(2)

    def where(exchange: dissector.Exchange) -> bool:
        sleep(0)  # lets the other thread on
        return exchange.api_name == "Metadata"

    found = orders.exchanges(where)

    def read(_: int) -> list[str]:
        meeting.wait(60)
        return lines(found)

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(read, range(2))
    assert one == other == lines(orders.exchanges("api == Metadata"))


def test_two_may_go_through_the_same_selection_at_once(orders: LoadedCapture) -> None:
    found = orders.exchanges("api == Metadata")
    one, other = iter(found), iter(found)
    mixed = [jsonl.line(next(one)) == jsonl.line(next(other)) for _ in range(5)]
    assert mixed == [True] * 5
    assert len(list(one)) == len(list(other)) == len(found) - 5


def test_topics_and_groups_have_their_exchanges(orders: LoadedCapture) -> None:
    assert list(orders.topics) == ["__consumer_offsets", "orders", "ordres", "payments"]
    assert {"billing", "shipping"} <= set(orders.groups)
    assert len(orders.topics["ordres"]) == len(orders.exchanges("topic == ordres"))
    assert {record.topic for record in orders.topics["payments"].records} >= {"payments"}


def test_records_are_those_that_the_clients_sent_and_got(captures: Path) -> None:
    """Values of both sides, as often as the clients say."""
    log = (captures / "bulk.records.jsonl").read_text(encoding="utf-8").splitlines()
    logged = {action: Counter[Any]() for action in ("produced", "consumed")}
    for entry in map(json.loads, log):
        logged[entry["action"]][entry["topic"], entry["partition"], entry["value"]] += 1
    with dissector.load(captures / "bulk.pcap") as loaded:
        produced = Counter(text(record) for record in loaded.records if record.is_produced)
        fetched = Counter(text(record) for record in loaded.records if not record.is_produced)
    assert logged["produced"].total() > 0
    assert produced == logged["produced"]
    assert fetched >= logged["consumed"]


def text(found: LocatedRecord) -> tuple[str | None, int | None, str | None]:
    value = found.record.value
    return found.topic, found.partition, None if value is None else value.decode(errors="replace")


def test_messages_come_in_pairs(orders: LoadedCapture) -> None:
    sides = [message.side for message in orders.messages]
    assert sides.count("request") == 220
    assert sides.count("response") == 218


def test_a_stream_is_loaded_with_what_it_was_opened_with(captures: Path, expected: list[str]) -> None:
    stream = dissector.open_capture(captures / "orders.pcapng", where=lambda exchange: exchange.api_name == "Fetch")
    with dissector.load(stream) as loaded:
        assert lines(loaded) == [line for line in expected if '"api_name":"Fetch"' in line]
        assert sum(loaded.ledger.exchanges.values()) == 220
    with pytest.raises(TypeError, match="loaded alone"):
        dissector.load(dissector.open_capture(captures / "orders.pcapng"), where="api == Fetch")


def test_any_source_will_do(captures: Path, expected: list[str], tmp_path: Path) -> None:
    data = (captures / "orders.pcapng").read_bytes()
    (tmp_path / "orders.pcapng.gz").write_bytes(gzip.compress(data))
    for source in (io.BytesIO(data), tmp_path / "orders.pcapng.gz"):
        with dissector.load(source) as loaded:
            assert lines(loaded) == expected


def test_a_capture_that_breaks_off_gives_what_came_before(captures: Path, expected: list[str]) -> None:
    data = (captures / "orders.pcapng").read_bytes()
    with pytest.warns(UserWarning, match="the capture breaks off: .*cut short"):
        loaded = dissector.load(io.BytesIO(data[: len(data) // 2]))
    with loaded:
        assert lines(loaded[:50]) == expected[:50]
        assert "cut short" in str(loaded.error)
        assert "broke off" in repr(loaded)
        assert loaded.ledger.discrepancies() == []


def test_what_cannot_be_read_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(dissector.CaptureError, match="No such file"):
        dissector.load(tmp_path / "none.pcap")


def test_no_more_is_kept_than_was_agreed(captures: Path) -> None:
    store = Store(max_exchanges=3)
    with dissector.open_capture(captures / "orders.pcapng") as capture:
        store.add_all(capture)
        store.finish(capture.ledger, capture.record_limits)
    loaded = LoadedCapture(store, capture.ledger, None)
    first = loaded[0]
    assert loaded[0] is first
    for number in range(1, 4):
        assert loaded[number] is loaded[number]
    assert loaded[0] is not first
    small = Store(max_bytes=1)
    with dissector.open_capture(captures / "orders.pcapng") as capture:
        small.add_all(capture)
        small.finish(capture.ledger, capture.record_limits)
    assert small.exchange(5) is small.exchange(5)
    small.exchange(6)
    assert len(small._kept) == 1


def test_few_bytes_are_held_until_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def write(spool: Spool, pieces: Sequence[Buffer]) -> None:
        written.append(sum(map(len, pieces)))

    monkeypatch.setattr(Spool, "write", write)
    wire = Wire().open()
    for number in range(300):
        body = {"group_id": "g" * 30_000, "generation_id": 1, "member_id": "m" * 30_000}
        wire.say("client", make_request(HEARTBEAT, 0, body, correlation_id=number))
        wire.say("server", make_response(HEARTBEAT, 0, {"error_code": 0}, correlation_id=number))
    capture = io.BytesIO()
    writer = PcapngWriter(capture)
    for packet in wire.packets:
        writer.write(packet)
    writer.flush()
    with dissector.load(io.BytesIO(capture.getvalue())) as loaded:
        assert len(loaded) == 300
    assert max(written) < 2 << 20
    assert sum(written) > 300 * 60_000


def test_closing_lets_go_of_the_file(captures: Path) -> None:
    loaded = dissector.load(captures / "orders.pcapng")
    seen = loaded[3]
    loaded.close()
    assert seen.request is not None
    assert seen.request.body is not None
    with pytest.raises(ValueError, match="the capture is closed"):
        loaded[4]


def test_what_is_no_capture_file_says_what_to_do(orders: LoadedCapture) -> None:
    with pytest.raises(TypeError, match="name a file"):
        dissector.load()
    with pytest.raises(TypeError, match="loaded is not loaded again"):
        dissector.load(orders)  # type: ignore[arg-type]


def test_where_bytes_cannot_be_kept_it_says_what_to_do(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and not as a capture that breaks off; nothing is written behind a piece that is there in part."""
    written = []

    class Full(io.RawIOBase):
        def write(self, data: Any) -> int:
            written.append(len(data))
            if len(written) == 1:
                return 1
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    with pytest.raises(dissector.CaptureError, match=r"cannot be kept in .*: No space left on device \(TMPDIR"):
        dissector.load(captures / "bulk.pcap")
    assert len(written) == 2

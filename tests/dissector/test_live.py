"""Live traffic as exchanges: as they happen, in loops of both kinds."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import network
from support.frames import make_request, make_response
from support.packets import Wire

import dissector
from dissector.keylog import KeyLogError
from dissector.ledger import Category
from dissector.live import LiveCapture, sniff
from dissector.packets import Packets
from dissector.sources.errors import CaptureError
from dissector.streams import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dissector.packets import Packet

HEARTBEAT, API_VERSIONS = 12, 18
END = None


class Reader:
    """A reader whose packets are given beforehand; () is a second without any."""

    total_bytes = None
    position = 0
    dropped_by_kernel = dropped_by_us = 0

    def __init__(self, *batches: Any) -> None:
        self.batches = deque(batches)
        self.is_stopped = self.is_closed = False

    def take(self, timeout: float | None) -> Any:
        if not self.batches or self.is_stopped:
            return END
        batch = self.batches.popleft()
        if isinstance(batch, Exception):
            raise batch
        return tuple(map(Packets.of, batch))

    def listen(self, listener: Callable[[], None] | None) -> None:
        pass

    def stop(self) -> None:
        self.is_stopped = True

    def close(self) -> None:
        self.is_stopped = self.is_closed = True


def asked(times: int, *, answered: bool = True) -> list[Packet]:
    """Return the packets of a connection on which something is asked so many times, one exchange in two packets."""
    wire = Wire().open()
    for correlation_id in range(times):
        wire.say("client", make_request(API_VERSIONS, 0, {}, correlation_id=correlation_id))
        if answered:
            wire.say(
                "server",
                make_response(API_VERSIONS, 0, {"error_code": 0, "api_keys": []}, correlation_id=correlation_id),
            )
    return wire.packets


def gathered(capture: LiveCapture, *, is_async: bool) -> list[int | None]:
    """Iterate a capture in either way, and return the correlation ids."""

    async def gather() -> list[int | None]:
        return [exchange.correlation_id async for exchange in capture]

    return asyncio.run(gather()) if is_async else [exchange.correlation_id for exchange in capture]


def test_only_so_many_are_loaded() -> None:
    """Also of those that are so usual that loading files takes them before they are exchanges."""
    wire = Wire().open()
    for number in range(9):
        body = {"group_id": "group", "generation_id": 1, "member_id": "member"}
        wire.say("client", make_request(HEARTBEAT, 0, body, correlation_id=number))
        wire.say("server", make_response(HEARTBEAT, 0, {"error_code": 0}, correlation_id=number))
    capture = LiveCapture(Reader(wire.packets), count=5)
    with dissector.load(capture) as loaded:
        assert [exchange.correlation_id for exchange in loaded] == [0, 1, 2, 3, 4]
    assert capture.yielded == 5


@pytest.mark.parametrize("is_async", [False, True], ids=["for", "async for"])
class TestBothLoops:
    """`for` and `async for` do the same."""

    def test_exchanges_come_and_then_what_is_open(self, is_async: bool) -> None:
        packets = asked(3)[:-1]
        reader = Reader(packets[:4], packets[4:])
        capture = LiveCapture(reader)
        assert gathered(capture, is_async=is_async) == [0, 1, 2]
        assert reader.is_closed
        assert capture.yielded == 3
        assert capture.ledger.exchanges["unanswered", "capture_ended"] == 1
        assert capture.ledger.discrepancies() == []

    def test_only_so_many(self, is_async: bool) -> None:
        """The rest settles all the same, so that the ledger balances."""
        reader = Reader(asked(5)[:-1])
        capture = LiveCapture(reader, count=2)
        assert gathered(capture, is_async=is_async) == [0, 1]
        assert reader.is_closed
        assert capture.ledger.discrepancies() == []

    def test_so_many_are_not_exceeded_by_what_is_open_at_the_end(self, is_async: bool) -> None:
        capture = LiveCapture(Reader(asked(5, answered=False)), count=2)
        assert gathered(capture, is_async=is_async) == [0, 1]

    def test_only_what_a_filter_picks(self, is_async: bool) -> None:
        """It counts what was picked, and the ledger has everything."""
        capture = LiveCapture(
            Reader(asked(9)), count=2, where=lambda exchange: bool((exchange.correlation_id or 0) % 2)
        )
        assert gathered(capture, is_async=is_async) == [1, 3]
        assert capture.ledger.exchanges["answered", None] == 4

    def test_trouble_comes_after_everything_before(self, is_async: bool) -> None:
        reader = Reader(asked(2)[:-1], CaptureError("eth0 is gone"))
        capture = LiveCapture(reader)
        with pytest.raises(CaptureError, match="eth0 is gone"):
            gathered(capture, is_async=is_async)
        assert capture.yielded == 2
        assert capture.ledger.exchanges["unanswered", "capture_ended"] == 1
        assert reader.is_closed

    def test_quiet_lets_time_pass(self, is_async: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is unanswered for too long settles without a packet more: time is taken from the clock."""
        packets = asked(1, answered=False)
        monkeypatch.setattr("dissector.live._QUIET", 0.01)
        monkeypatch.setattr(time, "time_ns", lambda: packets[-1].timestamp + 3_000_000_000)
        capture = LiveCapture(Reader(packets, ()), response_timeout=2)
        assert gathered(capture, is_async=is_async) == [0]
        ((_, reason),) = capture.ledger.exchanges
        assert reason != "capture_ended"

    def test_the_ledger_has_what_was_dropped(self, is_async: bool) -> None:
        reader = Reader(asked(1))
        reader.dropped_by_kernel, reader.dropped_by_us = 7, 8
        capture = LiveCapture(reader)
        gathered(capture, is_async=is_async)
        assert capture.ledger.as_dict()["packets_dropped"] == {"by_kernel": 7, "by_us": 8}


def test_leaving_a_loop_closes_the_capture() -> None:
    reader = Reader(asked(5))
    for _ in LiveCapture(reader):
        break
    gc.collect()
    assert reader.is_closed


@pytest.fixture
def broker() -> Iterator[network.Broker]:
    """A broker on the loopback interface of a network of its own."""
    with network.namespace(), network.Broker() as broker:
        yield broker


def test_a_cancellation_counts_also_where_packets_come_at_the_same_moment() -> None:
    class Quiet(Reader):
        tell: Callable[[], None]

        def take(self, timeout: float | None) -> Any:
            return ()

        def listen(self, listener: Callable[[], None] | None) -> None:
            self.tell = listener

    async def watch(turns: int) -> None:
        reader = Quiet()

        async def count() -> None:
            async for _ in LiveCapture(reader):
                pass

        counting = asyncio.create_task(count())
        await asyncio.sleep(0.01)
        reader.tell()
        for _ in range(turns):
            await asyncio.sleep(0)
        counting.cancel()
        await asyncio.wait([counting], timeout=1)
        assert counting.cancelled()
        assert reader.is_closed

    for turns in range(4):
        asyncio.run(watch(turns))


def open_files() -> set[tuple[str, str]]:
    """Return the descriptors that are open, each with what it is of; that of the list itself is closed by then."""
    gc.collect()
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add((path.name, str(path.readlink())))
    return found


def is_capturing() -> bool:
    return "capture" in [thread.name for thread in threading.enumerate()]


class TestLoopback:
    """What is really said, on a real interface."""

    def test_what_nobody_has_any_more_captures_nothing(self, broker: network.Broker) -> None:
        capture = sniff("lo")
        assert is_capturing()
        del capture
        gc.collect()
        end = time.monotonic() + 5
        while is_capturing() and time.monotonic() < end:
            time.sleep(0.01)
        assert not is_capturing()

    def test_nothing_is_left_of_a_capture_that_cannot_begin(self, broker: network.Broker) -> None:
        before = open_files()
        with pytest.raises(TypeError, match="timeout"):
            sniff("lo", timeout=5)
        assert not is_capturing()
        assert open_files() == before

    def test_an_exchange_comes_as_soon_as_it_is_answered(self, broker: network.Broker) -> None:
        with sniff("lo", ports=[broker.port]) as capture, broker.client() as client:
            exchanges = iter(capture)
            for number in range(1, 4):
                client.ask()
                began = time.monotonic()
                exchange = next(exchanges)
                assert time.monotonic() - began < 1
                assert (exchange.api_name, exchange.correlation_id) == ("ApiVersions", number)
                assert exchange.outcome == "answered"

    def test_kafka_is_recognised_on_any_port(self, broker: network.Broker) -> None:
        with dissector.sniff("lo", count=3) as capture, broker.client() as client:
            client.ask(3)
            assert [exchange.client_id for exchange in capture] == ["watched"] * 3

    def test_stop_ends_a_loop_with_what_was_captured(self, broker: network.Broker) -> None:
        capture = sniff("lo")
        with broker.client() as client:
            client.ask(5)
        threading.Timer(0.1, capture.stop).start()
        assert len(list(capture)) == 5
        assert capture.ledger.discrepancies() == []
        assert capture.ledger.dropped_by_kernel == capture.ledger.dropped_by_us == 0

    @pytest.mark.parametrize("given", [None, Limits(wait_packets=100)], ids=["usual", "given"])
    def test_what_was_dropped_is_not_waited_for(self, broker: network.Broker, given: Limits | None) -> None:
        """A packet too long for the filter is one that is lost; the connection says little after it."""
        size = "len < 1000"
        with sniff("lo", bpf=size, count=2, duration=8, stream_limits=given) as capture, broker.client() as client:
            client.ask()
            client.ask(client_id="x" * 2000)

            is_over = threading.Event()

            def go_on() -> None:
                while not is_over.wait(0.7):
                    client.ask()

            talking = threading.Thread(target=go_on, daemon=True)
            talking.start()
            began = time.monotonic()
            seen = len(list(capture))
            took = time.monotonic() - began
            is_over.set()
            talking.join()
            assert (seen, took < 6) == (2, True)
            assert capture.ledger.lost > 2000

    def test_a_duration_ends_a_loop(self, broker: network.Broker) -> None:
        with sniff("lo", duration=0.2) as capture:
            assert list(capture) == []

    def test_the_file_has_the_packets_while_they_come(self, broker: network.Broker, tmp_path: Path) -> None:
        path = tmp_path / "written.pcapng"
        with sniff("lo", write=path, where="latency > 1h") as capture, broker.client() as client:
            client.ask(2)
            end = time.monotonic() + 5
            while capture.reader.captured < 7 and time.monotonic() < end:
                time.sleep(0.01)
            capture.stop()
            assert list(capture) == []
        with dissector.open_capture(path) as written:
            assert [exchange.outcome for exchange in written] == ["answered", "answered"]
        assert written.ledger.packets == capture.ledger.packets

    def test_a_file_that_cannot_be_written_is_said_at_once(self, broker: network.Broker, tmp_path: Path) -> None:
        with pytest.raises(CaptureError, match=r"nowhere/x.pcapng: No such file or directory$"):
            sniff("lo", write=tmp_path / "nowhere" / "x.pcapng")

    @pytest.mark.parametrize("path", ["-", Path("-")])
    def test_no_file_has_the_name_of_standard_output(
        self, path: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ValueError, match='"/dev/stdout" is standard output'):
            sniff("lo", write=path)
        assert list(tmp_path.iterdir()) == []

    def test_a_capture_that_cannot_begin_overwrites_nothing(self, broker: network.Broker, tmp_path: Path) -> None:
        path = tmp_path / "precious.pcapng"
        path.write_text("precious")
        with pytest.raises(CaptureError, match="no interface eth7"):
            sniff("eth7", write=path)
        assert path.read_text() == "precious"

    def test_a_key_log_that_is_none_is_refused(self, broker: network.Broker, tmp_path: Path) -> None:
        path = tmp_path / "keys.log"
        path.write_bytes(b"\x7fELF" + bytes(100))
        with pytest.raises(KeyLogError, match=r"keys\.log"):
            sniff("lo", keylog=path)

    def test_an_event_loop_goes_on(self, broker: network.Broker) -> None:
        """Waiting takes no time from other tasks, nor much of the processor."""

        async def watch() -> tuple[int, float]:
            ticks = 0
            before = time.process_time()
            async with sniff("lo", duration=1) as capture:

                async def tick() -> None:
                    nonlocal ticks
                    while True:
                        await asyncio.sleep(0.01)
                        ticks += 1

                ticking = asyncio.create_task(tick())
                assert [exchange async for exchange in capture] == []
                ticking.cancel()
            return ticks, time.process_time() - before

        ticks, used = asyncio.run(watch())
        assert ticks > 50
        assert used < 0.5

    def test_a_task_can_be_cancelled(self, broker: network.Broker) -> None:
        async def watch() -> tuple[int, LiveCapture]:
            capture = sniff("lo")
            seen = 0

            async def count() -> None:
                nonlocal seen
                async for _ in capture:
                    seen += 1

            counting = asyncio.create_task(count())
            with broker.client() as client:
                await asyncio.to_thread(client.ask, 3)
                await asyncio.sleep(0.3)
            counting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await counting
            return seen, capture

        seen, _ = asyncio.run(watch())
        assert seen == 3
        assert not is_capturing()


def test_what_is_seen_on_both_ends_of_a_cable_is_one_exchange() -> None:
    """Bridges and pairs of interfaces show a packet as often as it passes: once it counts, then it is a duplicate."""
    packets = [network.ethernet(packet.data) for packet in asked(1)]
    with network.namespace():
        network.pair()
        capture = sniff("any")
        network.send("left", *packets)
        capture.stop()
        assert len(list(capture)) == 1
    assert capture.ledger.packets == 2 * len(packets)
    assert capture.ledger.total(Category.DUPLICATE) == capture.ledger.unique > 0
    assert capture.ledger.discrepancies() == []

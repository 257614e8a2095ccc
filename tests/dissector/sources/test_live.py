"""Packets of live interfaces, all of them or counted: real sockets, in a network of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from support import network
from support.network import ethernet, tcp

from dissector.segments import SegmentDecoder, Skipped
from dissector.sources import live, ring
from dissector.sources.errors import CaptureError
from dissector.sources.live import LiveReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.packets import Packet

SEGMENTS = [ethernet(tcp(9092, bytes([each]) * 1400)) for each in range(250)]
RING = 4  # blocks: some 1,400 of these


@pytest.fixture
def _network() -> Iterator[None]:
    with network.namespace():
        yield


@pytest.fixture
def _cable(_network: None) -> None:
    network.pair()


class Sink:
    """Keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[tuple[Packet, str | None]] = []
        self.flushed = 0

    def write(self, packet: Packet, interface: str | None = None) -> None:
        self.written.append((packet, interface))

    def flush(self) -> None:
        self.flushed = len(self.written)


def take_all(reader: LiveReader) -> list[Packet]:
    """Stop, and return what was captured until then."""
    reader.stop()
    try:
        return list(reader)
    finally:
        reader.close()


def waits_for(condition: object, seconds: float = 5) -> bool:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.usefixtures("_network")
class TestLoopback:
    """What a host says to itself."""

    def test_each_packet_comes_once_and_whole(self) -> None:
        """Loopback shows each packet twice, and its frames are of up to 64 KiB."""
        content = os.urandom(3_000_000)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            reader = LiveReader("lo").start()
            with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as server:
                sending = threading.Thread(target=client.sendall, args=(content,))
                sending.start()
                received = 0
                while received < len(content):
                    received += len(server.recv(1 << 20))
                sending.join()
            packets = take_all(reader)
        assert reader.captured == len(packets)
        assert all(packet.wire_length == len(packet.data) for packet in packets)
        assert max(packet.wire_length for packet in packets) > 0xFFFF
        decoder = SegmentDecoder()
        segments = [segment for packet in packets if not isinstance(segment := decoder.decode(packet), Skipped)]
        # What is sent while the machine is busy may be captured in another order, or be sent again in other pieces.
        first = segments[0].sequence + 1  # the SYN's
        found = bytearray(len(content))
        for segment in segments:
            at = (segment.sequence - first) & 0xFFFFFFFF
            if segment.payload:
                found[at : at + len(segment.payload)] = segment.payload
        assert found == content
        assert sum(len(segment.payload) for segment in segments) < 1.5 * len(content)

    def test_times_are_the_kernels_and_numbers_count(self) -> None:
        before = time.time_ns()
        reader = LiveReader("lo").start()
        with network.Broker() as broker, broker.client() as client:
            client.ask()
        packets = take_all(reader)
        times = [packet.timestamp for packet in packets]
        assert before < times[0] <= times[-1] < time.time_ns()
        assert times == sorted(times)
        assert [packet.number for packet in packets] == list(range(1, len(packets) + 1))
        assert {packet.digits for packet in packets} == {9}

    def test_packets_come_at_once(self) -> None:
        reader = LiveReader("lo").start()
        with network.Broker() as broker, broker.client():
            assert list(reader.take(2) or ())
        reader.close()

    def test_it_ends_by_itself(self) -> None:
        reader = LiveReader("lo", duration=0.2)
        began = time.monotonic()
        assert list(reader.start()) == []
        assert 0.2 <= time.monotonic() - began < 2
        reader.close()

    def test_nothing_to_take_is_no_end(self) -> None:
        reader = LiveReader("lo").start()
        assert (reader.take(0), reader.take(0.01)) == ((), ())
        reader.stop()
        assert reader.take(5) is None
        assert reader.take(0) is None
        reader.close()

    def test_a_listener_hears_of_packets_and_of_the_end(self) -> None:
        heard = threading.Event()
        reader = LiveReader("lo")
        reader.listen(heard.set)
        reader.start()
        with network.Broker() as broker, broker.client():
            assert heard.wait(5)
        heard.clear()
        reader.stop()
        assert heard.wait(5)
        reader.close()

    def test_closing_ends_the_thread_and_may_be_repeated(self) -> None:
        reader = LiveReader("lo").start()
        assert "capture" in [thread.name for thread in threading.enumerate()]
        reader.close()
        assert "capture" not in [thread.name for thread in threading.enumerate()]
        reader.close()
        reader.stop()
        LiveReader("lo").close()

    def test_threads_take_turns_as_before_when_the_last_of_several_has_ended(self) -> None:
        usual = sys.getswitchinterval()
        readers = [LiveReader("lo").start() for _ in range(2)]
        assert waits_for(lambda: sys.getswitchinterval() < usual)
        for reader in readers:
            assert sys.getswitchinterval() < usual
            reader.close()
        assert sys.getswitchinterval() == usual


@pytest.mark.usefixtures("_cable")
class TestInterfaces:
    """One, several, or all there are."""

    @pytest.mark.parametrize(
        ("names", "seen"),
        [
            (["right"], ["right"]),
            (["right", "right"], ["right"]),
            (["right", "left"], ["left", "right"]),
            (["any"], ["left", "lo", "right"]),
            ([], ["left", "lo", "right"]),
            (["lo", "right"], ["lo", "right"]),
        ],
        ids=str,
    )
    def test_only_what_is_watched_is_captured(self, names: list[str], seen: list[str]) -> None:
        sink = Sink()
        reader = LiveReader(*names).start(sink)
        network.send("left", SEGMENTS[0])
        with network.Broker() as broker, broker.client():
            pass
        packets = take_all(reader)
        assert sorted({name for _, name in sink.written}) == seen
        assert [packet for packet, _ in sink.written] == packets
        assert sink.flushed == len(packets)
        over_the_cable = [packet for packet, name in sink.written if name in ("left", "right")]
        assert [packet.data for packet in over_the_cable] == [SEGMENTS[0]] * len({*seen} - {"lo"})

    def test_any_has_interfaces_that_come_later(self) -> None:
        reader = LiveReader("any").start()
        network.ip("link add late type veth peer name later")
        network.ip("link set late arp off up")
        network.ip("link set later arp off up")
        network.send("late", SEGMENTS[1])
        assert SEGMENTS[1] in [packet.data for packet in take_all(reader)]

    def test_one_that_is_not_there_is_answered_with_those_that_are(self) -> None:
        with pytest.raises(CaptureError, match=r"no interface eth7; there are lo \(127.0.0.1.*right, left, and any$"):
            LiveReader("left", "eth7")

    def test_one_that_goes_away_ends_the_capture_after_its_packets(self) -> None:
        reader = LiveReader("right").start()
        network.send("left", SEGMENTS[0])
        network.ip("link del left")
        assert list(reader.take(5)) != []
        with pytest.raises(CaptureError, match=r"^right: there is no such interface any more$"):
            list(reader)
        reader.close()

    def test_the_others_stay(self) -> None:
        reader = LiveReader("right", "lo").start()
        network.ip("link del left")
        assert waits_for(lambda: reader.gone)
        assert reader.gone == ["right"]
        with network.Broker() as broker, broker.client():
            pass
        assert take_all(reader)

    def test_one_that_is_down_comes_back(self) -> None:
        reader = LiveReader("right").start()
        network.ip("link set right down")
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.2, "waiting for it is no work"
        network.ip("link set right up")

        def is_back() -> bool:
            network.send("left", SEGMENTS[0])  # again: the cable may take a moment
            return reader.captured > 0

        assert waits_for(is_back)
        assert SEGMENTS[0] in [packet.data for packet in take_all(reader)]


@pytest.mark.usefixtures("_cable")
class TestDrops:
    """What is captured and what is dropped is what there was."""

    def test_by_the_kernel(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody empties the ring while it fills."""
        monkeypatch.setattr(live, "Ring", lambda *given, **named: ring.Ring(*given, blocks=RING, **named))
        reader = LiveReader("right")
        for _ in range(10):
            network.send("left", *SEGMENTS)
        packets = take_all(reader.start())
        assert reader.dropped_by_kernel > 0
        assert len(packets) + reader.dropped_by_kernel == 10 * len(SEGMENTS)
        assert reader.dropped_by_us == 0

    def test_by_us(self) -> None:
        """Nobody empties the queue; the file has everything all the same, under the same numbers."""
        sink = Sink()
        reader = LiveReader("right", max_waiting=300_000).start(sink)
        for _ in range(10):
            network.send("left", *SEGMENTS)
        assert waits_for(lambda: reader.captured == 10 * len(SEGMENTS))
        packets = take_all(reader)
        assert reader.dropped_by_us > 0
        assert len(packets) + reader.dropped_by_us == len(sink.written) == 10 * len(SEGMENTS)
        assert reader.dropped_by_kernel == 0
        assert reader.waiting == 0
        written = {packet.number: packet for packet, _ in sink.written}
        assert all(written[packet.number] == packet for packet in packets)

    def test_after_a_drop_it_goes_on(self) -> None:
        reader = LiveReader("right", max_waiting=100_000).start()
        network.send("left", *SEGMENTS)
        network.send("left", *SEGMENTS)
        assert waits_for(lambda: reader.captured == 2 * len(SEGMENTS))
        while reader.take(0):
            pass
        network.send("left", SEGMENTS[7])
        assert [packet.data for packets in reader.take(5) for packet in packets] == [SEGMENTS[7]]
        reader.close()


@pytest.mark.usefixtures("_cable")
def test_a_file_that_cannot_be_written_ends_the_capture() -> None:
    class Full(Sink):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    reader = LiveReader("right").start(Full(), name="today.pcapng")
    network.send("left", SEGMENTS[0])
    with pytest.raises(CaptureError, match=r"^today.pcapng: No space left on device$"):
        list(reader)
    reader.close()


def test_without_permission_it_says_what_to_do() -> None:
    program = "from dissector.sources.live import LiveReader; LiveReader('lo', 'any', expression='tcp port 9092')"
    command = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-all", sys.executable, "-c", program]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert "no permission to capture on lo, any. One of these helps:\n  sudo " in said
    assert f"sudo setcap cap_net_raw+ep {os.path.realpath(sys.executable)}" in said
    assert "sudo tcpdump -i lo -U -s 0 -w - 'tcp port 9092' | kafka-dissect decode -" in said


def test_elsewhere_than_on_linux_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CaptureError, match=r"Linux only.*sudo tcpdump -i en0 .*\| kafka-dissect decode -$"):
        LiveReader("en0")

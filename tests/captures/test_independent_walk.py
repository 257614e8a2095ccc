"""The independent walk is right about the captures, as far as tshark and their own logic can tell."""

import shutil
import subprocess
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HIGHEST_API_KEY = 95


TCP = ("tcp.stream", "tcp.len")
KAFKA = ("frame.number", "kafka.api_key", "kafka.api_version", "kafka.correlation_id", "kafka.client_id")


@pytest.fixture(scope="session")
def told(capture: Path, keylog: Path | None, provenance: dict[str, Any]) -> list[list[str]]:
    """What tshark tells of the capture's packets, its servers' ports taken for Kafka's: fields of TCP, then Kafka's."""
    if not (program := shutil.which("tshark")):
        pytest.skip("tshark is not installed")
    layer = "tls" if "keylog" in provenance else "tcp"
    options = [option for port in provenance["ports"] for option in ("-d", f"{layer}.port=={port},kafka")]
    if keylog is not None:
        options += ["-o", f"tls.keylog_file:{keylog}"]
    options += [option for name in (*TCP, *KAFKA) for option in ("-e", name)]
    command = [program, "-r", capture, "-T", "fields", *options]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in said.splitlines()]


def test_it_finds_the_connections_and_payload_that_tshark_finds(
    capture: Path, independent_walk: Callable[[Path], Any], told: list[list[str]]
) -> None:
    walked = independent_walk(capture)
    assert len(walked.connections) == len({stream for stream, *_ in told})
    assert walked.payload_bytes == sum(int(length) for _, length, *_ in told)


def test_it_finds_each_request_header_that_tshark_finds(
    capture: Path, independent_walk: Callable[[Path], Any], told: list[list[str]]
) -> None:
    """It misses some messages, and invents none but of bare SASL tokens."""
    walked = {
        (frame.packet_number, frame.api_key, frame.api_version, frame.correlation_id, frame.client_id or "")
        for frame in independent_walk(capture).frames
        if frame.api_key is not None
    }
    rows = [row[len(TCP) :] for row in told]
    single = [row for row in rows if row[2] and "," not in "".join(row[:4])]
    found = {(*map(int, numbers), client) for *numbers, client in single if int(numbers[1]) < HIGHEST_API_KEY}
    assert len(found) > len(walked) / 2
    assert found <= walked


def test_every_byte_said_is_in_a_frame_or_before_a_hang_up(
    capture: Path, independent_walk: Callable[[Path], Any]
) -> None:
    walked = independent_walk(capture)
    framed = sum(4 + frame.size for frame in walked.frames)
    assert framed + walked.unframed_bytes == walked.said_bytes


def test_a_frame_is_cut_short_only_where_its_connection_ends(
    capture: Path, independent_walk: Callable[[Path], Any]
) -> None:
    for connection in independent_walk(capture).connections:
        for stream in connection.streams.values():
            assert not stream.pending
            assert connection.closed or not stream.buffer


def test_the_servers_are_at_the_captured_ports(
    capture: Path, provenance: dict[str, Any], independent_walk: Callable[[Path], Any]
) -> None:
    assert {frame.server[1] for frame in independent_walk(capture).frames} <= set(provenance["ports"])


def test_responses_answer_requests_of_their_connection_in_order(
    capture: Path, independent_walk: Callable[[Path], Any]
) -> None:
    """Only requests that get no answer (acks=0, or cut short by a close) may be passed over."""
    waiting: dict[int, deque[Any]] = defaultdict(deque)
    for frame in independent_walk(capture).frames:
        if frame.side == "request":
            waiting[frame.connection].append(frame)
            continue
        queue = waiting[frame.connection]
        while queue[0].correlation_id not in (frame.correlation_id, None):
            assert queue.popleft().api_key == 0, "only Produce can go without an answer"
        queue.popleft()


def test_the_clients_of_the_provenance_are_on_the_wire(
    capture: Path, provenance: dict[str, Any], independent_walk: Callable[[Path], Any]
) -> None:
    seen = Counter(frame.client_id for frame in independent_walk(capture).frames if frame.side == "request")
    assert set(provenance["clients"]) - {"mock-host"} <= set(seen)

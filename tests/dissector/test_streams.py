"""One direction of a connection: against tshark on real captures, and in linear time (more in test_reassembly)."""

import random
import shutil
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest

from dissector.events import Data, Gap
from dissector.reassembly import Limits, Reassembler
from dissector.segments import SYN, Endpoint, Segment, SegmentDecoder
from dissector.sources import CaptureReader

CAPTURES = Path(__file__).parents[2] / "captures"
A, B = Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2)


def streams(path):
    """Each direction's bytes, and how many are missing, in the order of connections."""
    decoder, reassembler = SegmentDecoder(), Reassembler()
    events = []
    with CaptureReader(path) as reader:
        for packet in reader:
            segment = decoder.decode(packet)
            if isinstance(segment, Segment):
                events += reassembler.feed(segment)
    events += reassembler.flush()
    parts, lost = defaultdict(list), 0
    for event in events:
        if isinstance(event, Data):
            parts[event.connection.id, event.source].append(event.payload)
        elif isinstance(event, Gap):
            lost += event.length
    return {key: b"".join(payloads) for key, payloads in parts.items()}, lost, reassembler.connections


def followed(path, connections):
    """The same from tshark's "Follow TCP stream"."""
    command = ["tshark", "-r", path, "-q"]
    for number in range(connections):
        command += ["-z", f"follow,tcp,raw,{number}"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    parts = defaultdict(list)
    nodes = {}
    for line in lines:
        if line.startswith("Filter: tcp.stream eq "):
            number = int(line.rsplit(" ", 1)[1])
        elif line.startswith("Node "):
            host, port = line.split(": ", 1)[1].rsplit(":", 1)
            nodes[line[5]] = Endpoint(host.strip("[]"), int(port))
        elif line and line[0] in "\t0123456789abcdef":
            parts[number, nodes["1" if line[0] == "\t" else "0"]].append(bytes.fromhex(line))
    return {key: b"".join(payloads) for key, payloads in parts.items()}


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.glob("*.pcap*")))
def test_real_streams_are_those_that_tshark_follows(name):
    path = CAPTURES / name
    ours, lost, connections = streams(path)
    assert ours
    assert lost == 0
    assert ours == followed(path, connections)


@pytest.mark.parametrize("kind", ["reversed", "shuffled", "every other"])
def test_outstanding_segments_cost_linear_time(kind):
    """Eight times as many segments out of order take about eight times as long, not sixty-four times."""

    def seconds(count):
        order = list(range(count))
        if kind == "reversed":
            order.reverse()
        elif kind == "shuffled":
            random.Random(7).shuffle(order)  # noqa: S311 - any order that is always the same
        else:
            order = order[1::2] + order[::2]
        unlimited = 1 << 40
        reassembler = Reassembler(Limits(unlimited, unlimited, unlimited, 0, unlimited))
        reassembler.feed(Segment(1, 0, 6, A, B, 0, 0, SYN, b"", 0))
        segments = [Segment(2, 0, 6, A, B, 1 + index, 0, 0, b"x", 0) for index in order]
        start = time.process_time()
        delivered = sum(len(reassembler.feed(segment)) for segment in segments)
        assert delivered == count
        return time.process_time() - start

    seconds(1_000)
    assert seconds(40_000) < 25 * seconds(5_000)


def test_overlapping_segments_cost_linear_time():
    """One large segment over many small ones that came before: each is taken up and cut once."""
    count = 20_000
    reassembler = Reassembler(Limits(1 << 40, 1 << 40, 1 << 40, 0, 1 << 40))
    reassembler.feed(Segment(1, 0, 6, A, B, 0, 0, SYN, b"", 0))
    for index in range(count):
        reassembler.feed(Segment(2, 0, 6, A, B, 3 + 3 * index, 0, 0, b"b", 0))
    start = time.process_time()
    events = reassembler.feed(Segment(3, 0, 6, A, B, 1, 0, 0, b"a" * 3 * count, 0))
    assert time.process_time() - start < 5
    payload = b"".join(event.payload for event in events if isinstance(event, Data))
    assert payload == b"aab" * count

"""The contract for bad input, through the whole pipeline.

A hostile or broken capture ends in a clear error for the message, and the next message decodes. Nothing crashes, hangs,
or takes memory beyond its limits. The bounds here are generous: several times what a slow machine needs.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import cramjam
import crc32c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.frames import make_request, make_response
from support.packets import SYN, Wire

from dissector.capture import open_capture
from dissector.engine import Dissection
from dissector.sources.errors import CaptureError
from dissector.views import jsonl
from dissector.views.text import TextView
from dissector.views.tree import TreeView
from structs import registry
from structs.records import Record, build_messages, compression, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dissector.packets import Packet

PRODUCE, FETCH, METADATA, API_VERSIONS, ENVELOPE = 0, 1, 3, 18, 58
SECONDS: Final = 20  # of processor time, for a child process
MEMORY: Final = 300 << 20  # what a child may take
RAW_IP: Final = 101
PCAP_HEADER: Final = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, RAW_IP)
GOOD: Final = make_request(METADATA, 9, {"topics": [{"name": "orders"}]}, correlation_id=7)
GOOD_RESPONSE: Final = make_response(METADATA, 9, {"cluster_id": "good"}, correlation_id=7)


# What goes in


def say_large(wire: Wire, side: str, frame: bytes) -> None:
    """Capture a frame in segments of a size that packets have."""
    stream = struct.pack(">i", len(frame)) + frame
    for at in range(0, len(stream), 16_000):
        wire.capture(side, stream[at : at + 16_000])


def around(*bad: bytes) -> Wire:
    """Return a conversation: requests that are bad, then one that is good, with its response."""
    wire = Wire().open()
    for frame in bad:
        say_large(wire, "client", frame)
    return wire.say("client", GOOD).say("server", GOOD_RESPONSE).close()


def pcap(packets: Iterable[Packet]) -> bytes:
    """Return packets as a capture file."""
    return PCAP_HEADER + b"".join(
        struct.pack("<IIII", 1_700_000_000, packet.number % 1_000_000, len(packet.data), packet.wire_length)
        + packet.data
        for packet in packets
    )


def header(api_key: int, version: int, *, tags: bytes = b"") -> bytes:
    """Return a request's header; `tags` is the tagged section of flexible versions."""
    return struct.pack(">hhi", api_key, version, 1) + b"\0\x04test" + tags


def produce(records: bytes) -> bytes:
    """Return a Produce request with this `records` field, that wants no response."""
    partition = {"index": 0, "records": records}
    body = {"acks": 0, "timeout_ms": 1, "topic_data": [{"name": "orders", "partition_data": [partition]}]}
    return make_request(PRODUCE, 7, body)


def batch(data: bytes, codec: str, count: int) -> bytes:
    """Return a record batch around bytes that are compressed already."""
    attributes = compression.NAMES.index(codec)
    fields = {"batch_length": 49 + len(data), "attributes": attributes, "records_count": count}
    checked = (layout.RECORD_BATCH_HEADER.build(fields) + data)[21:]
    return layout.RECORD_BATCH_HEADER.build({**fields, "crc": crc32c.crc32c(checked)}) + data


@cache
def zeros(codec: str) -> bytes:
    """Return 136 MiB of nothing, compressed: above the limit."""
    return squeezed(codec, bytes(136 << 20))


def squeezed(codec: str, data: bytes) -> bytes:
    """Compress as hostile writers do: snappy in one block."""
    return bytes(cramjam.snappy.compress_raw(data)) if codec == "snappy" else compression.compress(codec, data)


# What comes out


def dissect(packets: Iterable[Packet]) -> list[dict[str, Any]]:
    """Return what all three formats make of packets: the objects of JSON Lines. Nothing unprintable comes out."""
    dissection = Dissection()
    text, tree = TextView(), TreeView()
    found = []
    for exchange in (*each(dissection, packets), *dissection.finish()):
        line = jsonl.line(exchange)
        assert line.isascii()
        assert "\n" not in line
        assert all(line.isprintable() for line in (*text.lines(exchange), *tree.lines(exchange)))
        found.append(json.loads(line))
    assert dissection.ledger.discrepancies() == []
    return found


def each(dissection: Dissection, packets: Iterable[Packet]) -> Iterator[Any]:
    for packet in packets:
        yield from dissection.feed(packet)


def bad_and_good(*bad: bytes) -> list[dict[str, Any]]:
    """Return the bad requests as JSON; the good one behind them is decoded."""
    *requests, good = dissect(around(*bad).packets)
    assert good["outcome"] == "answered"
    assert good["request"]["error"] is None
    assert [topic["name"] for topic in good["request"]["body"]["topics"]] == ["orders"]
    assert good["response"]["body"]["cluster_id"] == "good"
    return [exchange["request"] for exchange in requests]


def error_of(bad: bytes) -> dict[str, Any]:
    """Return the error that a bad request ends in."""
    (request,) = bad_and_good(bad)
    error: dict[str, Any] = request["error"]
    assert error is not None
    assert 0 <= error["offset"] <= len(bad)
    return error


@dataclass
class Run:
    """How a run of the command line ended."""

    code: int
    out: str
    err: str
    seconds: float  # of processor time
    memory: int  # bytes, at its peak


# What the child costs, from its own mouth: after a fork the parent's memory counts as the child's.
CHILD: Final = f"""
import atexit, re, resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
def cost():
    peak = re.search("VmHWM:\\\\s+(\\\\d+)", Path("/proc/self/status").read_text())[1]
    print("cost", time.process_time(), peak, file=sys.stderr)
atexit.register(cost)
from dissector.cli import main
main()
"""


def run(*arguments: str | Path, stdin: bytes = b"") -> Run:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", CHILD, *map(str, arguments)]
    ended = subprocess.run(command, input=stdin, capture_output=True, check=False)
    *err, cost = ended.stderr.decode().splitlines()
    assert cost.startswith("cost "), ended.stderr.decode()
    assert "Traceback" not in err
    _, seconds, peak = cost.split()
    return Run(ended.returncode, ended.stdout.decode(), "\n".join(err), float(seconds), int(peak) << 10)


# Lengths, counts, nesting


BAD_BODIES: Final = {
    "a string longer than the rest": header(METADATA, 1) + struct.pack(">ih", 1, 32_767),
    "a string of a negative length": header(METADATA, 1) + struct.pack(">ih", 1, -2),
    "more topics than there can be": header(METADATA, 1) + struct.pack(">i", 0x7FFFFFFF),
    "a compact count beyond any memory": header(METADATA, 9, tags=b"\0") + b"\xff\xff\xff\xff\x0f",
    "a varint of six bytes": header(METADATA, 9, tags=b"\0") + b"\x80\x80\x80\x80\x80\x01",
    "a varint of 36 bits": header(METADATA, 9, tags=b"\0") + b"\xff\xff\xff\xff\x7f",
    "a varint without end": header(METADATA, 9, tags=b"\0") + b"\x80" * 60_000,
    "four billion tags in the header": header(METADATA, 9, tags=b"\xff\xff\xff\xff\x0f"),
    "four billion tags in the body": header(METADATA, 9, tags=b"\0") + b"\x01\x01\0\0" + b"\xff\xff\xff\xff\x0f",
    "a tag of four gigabytes": header(METADATA, 9, tags=b"\0") + b"\x01\x01\0\0" + b"\x01\x07\xff\xff\xff\xff\x0f",
    "records of two gigabytes": header(PRODUCE, 3) + b"\xff\xff\0\0\0\0\0\0" + b"\0\0\0\x01\0\x01t"
    b"\0\0\0\x01\0\0\0\0\x7f\xff\xff\xff",
    "nothing behind the header": header(METADATA, 1),
}


@pytest.mark.parametrize("bad", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_cannot_be(bad: bytes) -> None:
    """It ends in an error that says what and where; the next message decodes."""
    error = error_of(bad)
    assert error["kind"] in ("truncated", "malformed")
    assert error["message"]


def test_many_tags_cost_no_more_than_their_bytes() -> None:
    """A section that holds as many unknown tags as it says is read, however many; out of order they are warned of."""
    tags = b"".join(b"\x80\x80" + bytes((number & 0x7F | 0x80, number >> 7 & 0x7F)) + b"\0" for number in range(16_000))
    bad = header(METADATA, 9, tags=b"\0") + b"\x01\x01\0\0" + b"\x80\x7d" + tags
    (request,) = bad_and_good(bad)
    assert len(request["warnings"]) <= 1001 + 1


@pytest.mark.parametrize("depth", [2, 6, 200])
def test_envelopes_inside_one_another(depth: int) -> None:
    """Some are opened; a limit ends that, not the stack."""
    inner = make_request(METADATA, 9, {"topics": None})
    for _ in range(depth):
        inner = make_request(ENVELOPE, 0, {"request_data": inner, "request_principal": b"", "client_host_address": b""})
    (request,) = bad_and_good(inner)
    assert request["error"] is None
    assert depth < 5 or any(warning["kind"] == "limit" for warning in request["warnings"])


def test_compressed_messages_inside_one_another() -> None:
    """Kafka writes one level; more are refused with an error of the batch."""
    data = build_messages([Record(0, 0, None, b"x")], magic=1)
    for _ in range(50):
        data = wrapped(data)
    (request,) = bad_and_good(produce(data))
    assert "limit" in [warning["kind"] for warning in request["warnings"]]


def wrapped(messages: bytes) -> bytes:
    """Return a message of magic 1 that holds compressed messages."""
    fields = {"magic": 1, "attributes": 1, "value": compression.compress("gzip", messages), "timestamp": 0}
    size = len(layout.MESSAGES[1].build(fields)) - 12
    return bytes(layout.MESSAGES[1].build({**fields, "message_size": size}))


@settings(max_examples=60)
@given(st.integers(0, 92), st.integers(0, 18), st.binary(max_size=200))
def test_random_bytes_behind_a_valid_header(api_key: int, version: int, body: bytes) -> None:
    """Whatever they come out as, the next message decodes."""
    bad_and_good(header(api_key, version, tags=b"\0") + body)


@settings(max_examples=40)
@given(st.binary(min_size=1, max_size=300), st.integers(0, 100))
def test_random_bytes_behind_a_valid_stream(junk: bytes, kept: int) -> None:
    """What came before them is decoded, and the ledger counts them."""
    wire = Wire().open().say("client", GOOD).say("server", GOOD_RESPONSE)
    wire.capture("client", junk)
    wire.capture("server", junk[:kept] or b"\xff")
    first, *_ = dissect(wire.close().packets)
    assert first["response"]["body"]["cluster_id"] == "good"


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"\0\0\0\1", b"\2", b"\1\0"])
def test_the_same_byte_in_every_field(filler: bytes) -> None:
    """Of every message at every version: nulls where none may be, counts of one, times and codes that cannot be."""
    for api in registry.apis():
        for version in api.versions.each():
            request = header(api.key, version, tags=b"\0" if version in api.flexible else b"") + filler * 60
            response = struct.pack(">i", 1) + filler * 60
            wire = Wire().open().say("client", request).say("server", response)
            assert dissect(wire.close().packets)


HOSTILE: Final = "\x1b]0;owned\x07\x1b[2J\u202e\u2066\x00\r\n\u2028\x9b31m"


@pytest.mark.parametrize("name", [HOSTILE, "\\x1b", "\ud7ff\ue000", "a" * 30_000, "\U0001f4a9\u0301"])
def test_hostile_names_reach_no_terminal(name: str) -> None:
    """In client ids, topics and errors, through every format (`dissect` holds each line to be printable)."""
    request = make_request(METADATA, 9, {"topics": [{"name": name}]}, client_id=name)
    topic = {"name": name, "error_code": 3, "partitions": []}
    response = make_response(METADATA, 9, {"cluster_id": name, "topics": [topic]})
    wire = Wire().open().say("client", request).say("server", response)
    (exchange,) = dissect(wire.close().packets)
    assert exchange["client_id"] == name
    assert exchange["response"]["body"]["topics"][0]["name"] == name


def test_names_that_are_not_text() -> None:
    """Bytes that are no UTF-8 stay bytes."""
    request = struct.pack(">hhi", METADATA, 1, 1) + b"\0\x02\xff\x1b" + b"\0\0\0\x01\0\x03\x9b\x1b\xff"
    (shown,) = bad_and_good(request)
    assert shown["body"]["topics"][0]["name"] == {"hex": "9b1bff"}


# Cost


@pytest.mark.parametrize("form", ["text", "tree", "jsonl"])
@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_decompression_bomb(tmp_path: Path, codec: str, form: str) -> None:
    """It ends in an error of its batch within the bounds, and what follows decodes."""
    path = tmp_path / "bomb.pcap"
    path.write_bytes(pcap(around(produce(batch(zeros(codec), codec, 10))).packets))
    ended = run("decode", "--format", form, "--quiet", path)
    assert ended.code == 0
    assert ended.seconds < 6
    assert ended.memory < MEMORY
    assert "Metadata" in ended.out
    if form == "jsonl":
        hostile, good = map(json.loads, ended.out.splitlines())
        assert any("134217728" in warning["message"] for warning in hostile["request"]["warnings"])
        assert good["response"]["body"]["cluster_id"] == "good"


@pytest.mark.parametrize("form", ["tree", "jsonl"])
def test_a_million_compressed_records(tmp_path: Path, form: str) -> None:
    """A few kilobytes that are well-formed, and would be hundreds of megabytes of records: a limit refuses them."""
    thousand = b"".join(
        layout.RECORD.build({"attributes": 0, "timestamp_delta": 0, "offset_delta": number, "value": b"v" * 100})
        for number in range(1000)
    )
    path = tmp_path / "many.pcap"
    hostile = batch(squeezed("zstd", thousand * 1000), "zstd", 1_000_000)
    path.write_bytes(pcap(around(produce(hostile * 3)).packets))
    ended = run("decode", "--format", form, "--quiet", path)
    assert ended.code == 0
    assert ended.seconds < 6
    assert ended.memory < MEMORY
    assert "1000000 records, the limit is 250000" in ended.out


def test_a_stream_of_one_byte_segments() -> None:
    """They come out as the same frames, at a cost that their number explains."""
    stream = b"".join(struct.pack(">i", len(frame)) + frame for frame in [GOOD] * 300)
    wire = Wire().open()
    for byte in stream:
        wire.capture("client", bytes((byte,)))
    started = time.process_time()
    exchanges = dissect(wire.close().packets)
    assert len(exchanges) == 300
    assert all(exchange["request"]["error"] is None for exchange in exchanges)
    assert time.process_time() - started < 10


def test_a_stream_of_tiny_frames() -> None:
    """Frames without a single byte in them, that nobody answers: four times as many cost some four times as much."""
    few, many = (seconds_for_empty_frames(number) for number in (20_000, 80_000))
    assert many < 10 * few
    assert many < 15


def seconds_for_empty_frames(number: int) -> float:
    wire = Wire().open()
    for _ in range(number // 4000):
        wire.capture("client", bytes(16_000))
    dissection = Dissection()
    started = time.process_time()
    count = sum(1 for _ in each(dissection, wire.packets)) + sum(1 for _ in dissection.finish())
    assert count == number
    assert dissection.ledger.discrepancies() == []
    return time.process_time() - started


def test_many_tiny_frames_cost_linear_time() -> None:
    """Requests that nobody answers, and responses that nobody asked for."""
    number = 20_000
    wire = Wire().open()
    requests = b"".join(struct.pack(">ihhih", 10, API_VERSIONS, 0, index, -1) for index in range(number))
    responses = b"".join(struct.pack(">ii", 4, -1 - index) for index in range(number))
    for side, stream in (("client", requests), ("server", responses)):
        for at in range(0, len(stream), 14_000):
            wire.capture(side, stream[at : at + 14_000])
    dissection = Dissection()
    started = time.process_time()
    count = 0
    for _ in each(dissection, wire.packets):
        count += 1
        assert time.process_time() - started < 20, f"only {count} exchanges so far"
    count += sum(1 for _ in dissection.finish())
    assert count == 2 * number
    assert dissection.ledger.discrepancies() == []


def test_many_connections() -> None:
    """Each with a SYN and one packet: the oldest are let go."""
    dissection = Dissection()
    number = 0
    for port in range(20_000):
        wire = Wire(client_port=port + 1)
        wire.capture("client", flags=SYN)
        wire.sequence["client"] += 1
        wire.say("client", GOOD)
        for packet in wire.packets:
            number += 1
            list(dissection.feed(packet._replace(number=number)))
    list(dissection.finish())
    assert dissection.ledger.discrepancies() == []
    assert dissection.ledger.exchanges.total() == 20_000


# Broken files


GOOD_FILE: Final = pcap(Wire().open().say("client", GOOD).say("server", GOOD_RESPONSE).close().packets)
BLOCK: Final = struct.Struct("<II")
SECTION: Final = BLOCK.pack(0x0A0D0D0A, 28) + struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + struct.pack("<I", 28)


def block(kind: int, body: bytes, *, size: int | None = None) -> bytes:
    """Return a block of a pcapng file; `size` is what it claims."""
    body += bytes(-len(body) % 4)
    size = len(body) + 12 if size is None else size
    return BLOCK.pack(kind, size) + body + struct.pack("<I", size)


def interface(*options: bytes) -> bytes:
    return block(1, struct.pack("<HHI", RAW_IP, 0, 0) + b"".join(options))


def enhanced(data: bytes, *, time: int = 0, number: int = 0, captured: int | None = None) -> bytes:
    size = len(data) if captured is None else captured
    return block(6, struct.pack("<5I", number, time >> 32, time & 0xFFFFFFFF, size, len(data)) + data)


PACKETS: Final = [packet.data for packet in around().packets]
GOOD_NG: Final = SECTION + interface() + b"".join(map(enhanced, PACKETS))

BROKEN: Final = {
    "cut in a packet": (GOOD_FILE + GOOD_FILE[24:60], "cut short in packet 8"),
    "cut in a packet's header": (GOOD_FILE + GOOD_FILE[24:30], "cut short in packet 8"),
    "a packet of four gigabytes": (GOOD_FILE + b"\xff" * 16, "packet 8 claims 4294967295 bytes"),
    "gzip cut": (gzip.compress(GOOD_FILE)[:-9], "gzip data cut short"),
    "gzip with a wrong checksum": (gzip.compress(GOOD_FILE)[:-5] + b"\0" * 5, "broken gzip data"),
    "junk behind gzip": (gzip.compress(GOOD_FILE) + b"junk", "broken gzip data"),
    "a block of no size": (GOOD_NG + block(6, b"", size=0), "block claims 0 bytes"),
    "a block of an odd size": (GOOD_NG + block(6, b"", size=13), "block claims 13 bytes"),
    "a block of four gigabytes": (GOOD_NG + block(6, b"", size=0xFFFFFFFC), "block claims 4294967292 bytes"),
    "a block that is cut": (GOOD_NG + enhanced(b"data")[:-8], "cut short in a block"),
    "a block with two sizes": (GOOD_NG + enhanced(b"data")[:-4] + b"\x20\0\0\0", "two lengths of a block differ"),
    "a packet longer than its block": (GOOD_NG + enhanced(b"data", captured=999), "packet 8 claims 999 bytes"),
    "a packet of no interface": (GOOD_NG + enhanced(b"data", number=9), "from interface 9, which is not described"),
    "an interface too short": (GOOD_NG + block(1, b"1234"), "interface description too short"),
    "a section of no byte order": (GOOD_NG + block(0x0A0D0D0A, b"junk"), "section header without a byte order"),
}
NO_CAPTURES: Final = {
    "empty": (b"", "not a capture: empty"),
    "short": (b"\xd4", "not a capture: too short"),
    "text": (b"not a capture, whatever it is called", "not a pcap or pcapng capture"),
    "a header that is cut": (PCAP_HEADER[:20], "cut short in the file header"),
    "gzip of nothing": (gzip.compress(b""), "not a capture: empty"),
    "gzip that is none": (b"\x1f\x8b junk that is no gzip", "broken gzip data"),
}


@pytest.mark.parametrize(("data", "what"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file(tmp_path: Path, data: bytes, what: str) -> None:
    """One line says what and where, after everything before it was decoded; the exit code is 1."""
    path = tmp_path / "broken.pcap"
    path.write_bytes(data)
    ended = run("decode", "--format", "jsonl", "--quiet", path)
    assert ended.code == 1
    (line,) = ended.err.splitlines()
    assert line.startswith(f"kafka-dissect: error: {path}: ")
    assert what in line
    assert "(at byte " in line
    (exchange,) = map(json.loads, ended.out.splitlines())
    assert exchange["response"]["body"]["cluster_id"] == "good"


@pytest.mark.parametrize(("data", "what"), NO_CAPTURES.values(), ids=NO_CAPTURES)
def test_no_capture(data: bytes, what: str) -> None:
    """One line says so, on standard input as well; the exit code is 1."""
    ended = run("decode", "--quiet", "-", stdin=data)
    assert (ended.code, ended.out) == (1, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("kafka-dissect: error: standard input: ")
    assert what in line


@pytest.mark.parametrize("data", [GOOD_FILE, GOOD_NG, gzip.compress(GOOD_FILE)], ids=["pcap", "pcapng", "gzip"])
def test_files_cut_anywhere(data: bytes) -> None:
    """What is whole before the cut is decoded; there is an error unless the cut is between two packets."""
    seen = set()
    for cut in range(len(data)):
        error, found = read(data[:cut])
        seen.add(len(found))
        assert error is None or error.isprintable()
        assert error is not None or cut not in (0, 1, len(data) - 1)
    assert seen == {0, 1}
    assert read(data)[0] is None


def read(data: bytes) -> tuple[str | None, list[dict[str, Any]]]:
    """Return the error in which a capture file ends, and the exchanges before it."""
    found = []
    with open_capture(io.BytesIO(data)) as capture:
        try:
            found.extend(json.loads(jsonl.line(exchange)) for exchange in capture)
        except CaptureError as error:
            return str(error), found
    return None, found


@pytest.mark.parametrize("resolution", [0, 6, 9, 12, 127, 0x80, 0x8A, 0xFF])
@pytest.mark.parametrize("offset", [0, -(1 << 63), (1 << 63) - 1])
@pytest.mark.parametrize("time", [0, 1, (1 << 64) - 1])
def test_absurd_times(resolution: int, offset: int, time: int) -> None:
    """Whatever clock a pcapng file claims, its exchanges have timestamps in every format."""
    options = struct.pack("<HHB3x", 9, 1, resolution) + struct.pack("<HHq", 14, 8, offset)
    data = SECTION + interface(options) + b"".join(enhanced(packet, time=time) for packet in PACKETS)
    with open_capture(io.BytesIO(data)) as capture:
        (exchange,) = capture
    assert json.loads(jsonl.line(exchange))["request"]["timestamp"].endswith("Z")
    assert all(line.isprintable() for line in (*TextView().lines(exchange), *TreeView().lines(exchange)))


def test_times_that_run_backwards() -> None:
    """Captures of several machines do that; a latency is then negative, and said to be."""
    packets = around().packets
    turned = [packet._replace(timestamp=-packet.timestamp) for packet in packets]
    (exchange,) = dissect(turned)
    assert exchange["latency_ms"] < 0

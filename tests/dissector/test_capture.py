"""Captures as the one-pass way in: lazily, in order, with files closed and breaks said at the end."""

from __future__ import annotations

import io
import re
import shutil
import struct
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import make_request
from support.packets import Wire

import dissector
from dissector.sources import tshark
from structs.records import Limits

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

CAPTURES = Path(__file__).parents[2] / "captures"
ORDERS = CAPTURES / "orders.pcapng"


def test_public_names() -> None:
    """What users may rely on."""
    assert sorted(dissector.__all__) == [
        "Capture",
        "CaptureError",
        "Exchange",
        "Ledger",
        "LiveCapture",
        "LoadedCapture",
        "Message",
        "Outcome",
        "USUAL_PORTS",
        "load",
        "open_capture",
        "sniff",
    ]


def test_it_reads_as_it_looks() -> None:
    with dissector.open_capture(ORDERS) as capture:
        created = next(exchange for exchange in capture if exchange.api_name == "CreateTopics")
    assert created.request.body["topics"][0]["name"] == "orders"


def test_exchanges_come_before_the_capture_was_read_whole() -> None:
    with dissector.open_capture(CAPTURES / "groups.pcap") as capture:
        next(iter(capture))
        assert capture.ledger.packets < 20


def test_it_is_iterated_once() -> None:
    """A loop over what is over would look like a capture without exchanges."""
    with dissector.open_capture(ORDERS) as capture:
        assert any(True for _ in capture)
        with pytest.raises(ValueError, match=r"iterated before: dissector\.load"):
            list(capture)
    with pytest.raises(ValueError, match="closed"):
        list(capture)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"filter": "api == Fetch"}, "there is no option 'filter' of captures, but: where, keylog, "),
        ({"ports": 9092}, "ports are several, such as ports={9092}, not 9092"),
        ({"decode_as": 9092}, "decode_as are several, such as decode_as={9092}, not 9092"),
    ],
)
def test_options_that_are_none_are_refused_in_their_own_words(options: dict[str, Any], said: str) -> None:
    for way_in in (dissector.open_capture, dissector.load):
        with pytest.raises(TypeError, match=re.escape(said)):
            way_in(ORDERS, **options)


def test_opening_another_capture_takes_next_to_no_memory() -> None:
    dissector.open_capture(io.BytesIO()).close()
    tracemalloc.start()
    try:
        dissector.open_capture(io.BytesIO()).close()
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_break_comes_after_everything_before_it() -> None:
    """The exchanges up to the break, those still open settled, then the error that names the place."""
    whole = ORDERS.read_bytes()
    found = []
    with dissector.open_capture(io.BytesIO(whole[: len(whole) // 2])) as capture, pytest.raises(dissector.CaptureError):
        found.extend(capture)
    assert len(found) > 50
    assert capture.ledger.discrepancies() == []


def test_files_in_order_are_one_capture(tmp_path: Path) -> None:
    """A connection goes on across files, as tcpdump's ring of files has it."""
    data = (CAPTURES / "mock.pcap").read_bytes()
    header, cut = data[:24], 24
    while cut < len(data) // 2:
        cut += 16 + int.from_bytes(data[cut + 8 : cut + 12], "little")
    first, second = tmp_path / "0.pcap", tmp_path / "1.pcap"
    first.write_bytes(data[:cut])
    second.write_bytes(header + data[cut:])
    with dissector.open_capture(first, second) as capture:
        halves = [summary(exchange) for exchange in capture]
    with dissector.open_capture(CAPTURES / "mock.pcap") as capture:
        assert halves == [summary(exchange) for exchange in capture]


def summary(exchange: dissector.Exchange) -> tuple:
    packets = [message and message.packet_number for message in (exchange.request, exchange.response)]
    return exchange.api_name, exchange.correlation_id, exchange.outcome, *packets


def test_record_limits_reach_the_records() -> None:
    """A batch over the limit is a reported error; what does not concern records decodes as ever."""
    limits = Limits(compressed_records=1)
    with dissector.open_capture(ORDERS, record_limits=limits) as capture:
        produced = [exchange.request.body for exchange in capture if exchange.api_name == "Produce"]
    batches = [
        batch
        for body in produced
        for topic in body["topic_data"]
        for partition in topic["partition_data"]
        for batch in partition["records"]
    ]
    refused = [batch for batch in batches if batch.error is not None]
    assert refused
    assert {batch.error.kind for batch in refused} == {"limit"}
    assert all(batch.records_count > 1 for batch in refused)


@pytest.mark.parametrize("where", [5, ["api == Fetch"], True])
@pytest.mark.parametrize("take", [dissector.open_capture, dissector.load])
def test_what_is_no_filter_is_said_at_once(take: Callable[..., object], where: Any) -> None:
    """Before anything was opened: neither the first exchange nor the file matters."""
    with pytest.raises(TypeError, match="where has to be a filter, such as 'api == Produce', or a function"):
        take("there is no such file", where=where)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
class TestWhatIsStarted:
    """Programs end with the context, also where it is left before the capture's end and somebody still has it."""

    @pytest.fixture
    def started(self, monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen]:
        """The programs that were started."""
        processes: list[subprocess.Popen] = []
        start = tshark._unprivileged

        def note(*arguments: Any) -> subprocess.Popen:
            processes.append(start(*arguments))
            return processes[-1]

        monkeypatch.setattr(tshark, "_unprivileged", note)
        return processes

    def test_for_link_types(self, started: list[subprocess.Popen]) -> None:
        """OpenBSD's pflog, which is read by tshark: its header, then IP."""
        header = struct.pack(">BBBB16s41s3x", 61, 2, 0, 0, b"em0", b"")
        wire = Wire().open().say("client", make_request(18, 0, {})).say("server", struct.pack(">ihi", 1, 35, 0)).close()
        data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 117)
        for packet in wire.packets:
            inner = header + packet.data
            data += struct.pack("<IIII", 0, 0, len(inner), len(inner)) + inner
        with dissector.open_capture(io.BytesIO(data), decode_as=(9092,)) as capture:
            assert next(iter(capture)).api_name == "ApiVersions"
            assert [process.poll() for process in started] == [None]
        assert [process.poll() is None for process in started] == [False]

    def test_for_tls(self, started: list[subprocess.Popen]) -> None:
        with dissector.open_capture(CAPTURES / "tls-1.3.pcapng") as capture:
            next(iter(capture))
            assert [process.poll() for process in started] == [None]
        assert [process.poll() is None for process in started] == [False]

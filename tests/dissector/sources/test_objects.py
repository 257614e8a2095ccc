"""Captures of pyshark and packets of scapy give what the file that they are of gives."""

from __future__ import annotations

import asyncio
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scapy.layers.inet import IP, TCP
from scapy.utils import PcapReader, rdpcap

import dissector
from dissector.segments import Segment, SegmentDecoder
from dissector.sources.files import CaptureReader
from dissector.sources.objects import ScapyPackets, TsharkPackets
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAPTURES = Path(__file__).parents[3] / "captures"
ORDERS, TLS = CAPTURES / "orders.pcapng", CAPTURES / "tls-1.2.pcap"

pyshark = pytest.importorskip("pyshark")
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def lines(*given: Any, **options: Any) -> list[str]:
    with dissector.open_capture(*given, **options) as capture:
        found = [jsonl.line(exchange) for exchange in capture]
    assert capture.ledger.discrepancies() == []
    return found


def shark(kind: str, *arguments: Any, **settings: Any) -> Any:
    """Return a capture of pyshark; it asks for its event loop in a way that Python warns of from 3.12 on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(pyshark, kind)(*arguments, **settings)


@pytest.fixture(autouse=True)
def _event_loop() -> Iterator[None]:
    """Close the event loop that pyshark's captures take for theirs and leave open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@needs_tshark
def test_a_file_of_pyshark_is_that_file() -> None:
    assert lines(shark("FileCapture", ORDERS)) == lines(ORDERS)


@needs_tshark
def test_its_key_log_is_used() -> None:
    keylog = TLS.with_suffix(".keys.log")
    capture = shark("FileCapture", TLS, override_prefs={"tls.keylog_file": str(keylog)})
    assert lines(capture) == lines(TLS, keylog=keylog) != []


@needs_tshark
def test_its_display_filter_counts() -> None:
    with CaptureReader(ORDERS) as reader:
        packets = list(reader)
    source = TsharkPackets(["-r", str(ORDERS), "-Y", "frame.number <= 100"])
    assert list(source) == packets[:100]
    source.close()
    some = lines(shark("FileCapture", ORDERS, display_filter="frame.number <= 100"))
    assert 0 < len(some) < len(lines(ORDERS))


@needs_tshark
def test_what_tshark_complains_of_is_said() -> None:
    with pytest.raises(dissector.CaptureError, match=r"tshark: .*no_such_field"):
        lines(shark("FileCapture", ORDERS, display_filter="no_such_field"))
    with pytest.raises(dissector.CaptureError, match=r"tshark: .*"):
        lines(shark("LiveCapture", ["no-such-interface"]))


def test_other_captures_of_pyshark_cannot_be_read() -> None:
    with pytest.raises(dissector.CaptureError, match="InMemCapture: only files and interfaces"):
        lines(shark("InMemCapture"))


@pytest.mark.parametrize("read", [rdpcap, PcapReader])
def test_packets_of_scapy_are_those_of_their_file(read: Callable[[str], Any]) -> None:
    path = CAPTURES / "mock.pcap"
    packets = read(str(path))
    assert lines(packets) == lines(path)
    getattr(packets, "close", lambda: None)()


def test_packets_made_by_hand_are_ip() -> None:
    packet = IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=2) / b"data"
    packet.time = 1.5
    (found,) = ScapyPackets([packet])
    assert (found.number, found.timestamp, found.digits, found.data) == (1, 1_500_000_000, 6, bytes(packet))
    assert isinstance(SegmentDecoder().decode(found), Segment)


def test_what_is_no_packet_is_named() -> None:
    with pytest.raises(dissector.CaptureError, match="element 1 is no packet of scapy, but int"):
        lines([1])

"""Link types that only tshark knows give the same segments as those known here."""

from __future__ import annotations

import shutil
import struct
from typing import TYPE_CHECKING

import pytest
from support.packets import Wire

from dissector.segments import Segment, SegmentDecoder, Skipped
from dissector.sources import tshark
from dissector.sources.links import TsharkLinks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.packets import Packet

PFLOG = 117
NO_LINK = 147  # for private use: nobody knows what is in it

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


@pytest.fixture
def links() -> Iterator[TsharkLinks]:
    links = TsharkLinks()
    yield links
    links.close()


def logged(packet: Packet) -> Packet:
    """Return a packet as OpenBSD's packet filter logs it: IP behind 64 bytes that say which rule it met."""
    data = struct.pack(">BBBB16s41s3x", 61, 2, 0, 0, b"em0", b"") + packet.data
    return packet._replace(link_type=PFLOG, data=data, wire_length=len(data))


@needs_tshark
def test_segments_are_those_of_the_packets_inside(links: TsharkLinks) -> None:
    wire = Wire().open().say("client", b"a request").say("server", b"a response" * 1000).close()
    decoder, truth = SegmentDecoder(links), SegmentDecoder()
    for packet in wire.packets:
        assert decoder.decode(logged(packet)) == truth.decode(packet)
    assert decoder.segments == len(wire.packets)


@needs_tshark
def test_what_the_snap_length_cut_off_is_missing(links: TsharkLinks) -> None:
    wire = Wire().say("client", b"x" * 100)
    whole = logged(wire.packets[0])
    segment = SegmentDecoder(links).decode(whole._replace(data=whole.data[:-30]))
    assert isinstance(segment, Segment)
    assert (len(segment.payload), segment.missing) == (74, 30)


@needs_tshark
def test_what_tshark_does_not_know_is_counted(links: TsharkLinks) -> None:
    decoder = SegmentDecoder(links)
    packet = Wire().say("client", b"x").packets[0]._replace(link_type=NO_LINK)
    assert isinstance(decoder.decode(packet), Skipped)
    assert dict(decoder.skipped) == {"link type 147 without TCP": 1}


def test_without_tshark_it_is_said_that_it_would_help(links: TsharkLinks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tshark, "find", lambda: None)
    decoder = SegmentDecoder(links)
    decoder.decode(logged(Wire().say("client", b"x").packets[0]))
    assert dict(decoder.skipped) == {"link type 117 (tshark, which may read it, is not installed)": 1}


def test_nobody_is_asked_about_what_is_known() -> None:
    def never(packet: Packet) -> Segment | str:
        raise AssertionError

    decoder = SegmentDecoder(never)
    assert isinstance(decoder.decode(Wire().say("client", b"x").packets[0]), Segment)

"""Captures cut to 96 bytes of each packet still tell what was asked, by whom, how much, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dissector.engine import Dissection
from dissector.segments import SegmentDecoder, Skipped
from dissector.sources.files import CaptureReader

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.exchanges import Exchange
    from dissector.packets import Packet

PLAINTEXT_ONLY = True
SNAP_LENGTH = 96
PRODUCE = 0


@pytest.fixture(scope="module")
def packets(capture: Path) -> list[Packet]:
    with CaptureReader(capture) as reader:
        return list(reader)


def dissect(packets: list[Packet]) -> list[Exchange]:
    dissection = Dissection()
    found = [exchange for packet in packets for exchange in dissection.feed(packet)] + list(dissection.finish())
    assert dissection.ledger.discrepancies() == []
    return found


def test_headers_sizes_and_latency_are_right(packets: list[Packet]) -> None:
    """Of every exchange on connections where no message begins behind another one, in the part that is cut off.

    IPv6 leaves room for API and version only: then whether a Produce is answered at all is cut off, too, and it is
    paired only if it is alone. Long client ids are cut off.
    """
    cut = [packet._replace(data=packet.data[:SNAP_LENGTH]) for packet in packets]
    exchanges = dissect(packets)
    tight = {exchange.connection for exchange in exchanges if not starts_alone(exchange, cut)}
    whole = {
        known(exchange): exchange
        for exchange in exchanges
        if exchange.connection not in tight and exchange.outcome == "answered"
        if exchange.api_key != PRODUCE or ":" not in exchange.connection.client.host
    }
    found = {known(exchange): exchange for exchange in dissect(cut)}
    assert whole
    assert whole.keys() <= found.keys()
    for key, exchange in whole.items():
        same = found[key]
        assert (same.api_key, same.api_version, same.latency) == (
            exchange.api_key,
            exchange.api_version,
            exchange.latency,
        )
        request = same.request
        if request is not None and not request.is_token and request.error is None:
            assert same.client_id == exchange.client_id
        assert same.client_id in (None, exchange.client_id)
        if same.correlation_id is not None and not (request is not None and request.is_token):
            assert same.correlation_id == exchange.correlation_id


def known(exchange: Exchange) -> tuple[Any, ...]:
    """Return the packets and sizes of an exchange's messages: what tells it from the others."""
    return tuple(
        (message.packet_number, message.frame.first_packet, message.frame.offset, message.size)
        for message in (exchange.request, exchange.response)
        if message is not None
    )


def starts_alone(exchange: Exchange, cut: list[Packet]) -> bool:
    """Say whether the messages begin where packets do, so that something of them is left."""
    decoder = SegmentDecoder()
    for message in (exchange.request, exchange.response):
        if message is not None:
            segment = decoder.decode(cut[message.frame.first_packet - 1])
            if isinstance(segment, Skipped) or int.from_bytes(segment.payload[:4], "big") != message.size:
                return False
    return True

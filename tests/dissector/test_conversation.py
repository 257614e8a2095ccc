"""Connections that speak Kafka, of which not everything was captured."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest
from support.frames import make_request, make_response
from support.packets import Wire
from support.protocols import STREAMS, cut

from dissector.engine import Dissection
from dissector.exchanges import Outcome
from dissector.ledger import Category
from structs import registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger

METADATA, HEARTBEAT, API_VERSIONS = 3, 12, 18
BROKERS = {"brokers": [{"node_id": 1, "host": "broker-1", "port": 9092}], "controller_id": 1}


def dissect(wire: Wire) -> tuple[list[Exchange], Ledger]:
    dissection = Dissection()
    exchanges = [exchange for packet in wire.packets for exchange in dissection.feed(packet)]
    exchanges += dissection.finish()
    assert dissection.ledger.discrepancies() == []
    return exchanges, dissection.ledger


class TestResponsesAlone:
    """A capture of what a server sends, that begins in the middle: what is said is all there is to go by."""

    def said(self, payloads: Iterable[bytes]) -> tuple[list[Exchange], Ledger]:
        wire = Wire()
        for payload in payloads:
            wire.capture("server", payload)
        return dissect(wire)

    def framed(self, *bodies: bytes) -> list[bytes]:
        return [struct.pack(">i", len(body)) + body for body in bodies]

    def responses(self, *numbers: int) -> list[bytes]:
        return self.framed(*(make_response(METADATA, 1, BROKERS, correlation_id=number) for number in numbers))

    def test_a_row_of_responses(self) -> None:
        """From the first whole one on; what stands before them is not framed."""
        found, ledger = self.said([b"the end of a response", *self.responses(7, 8, 12, 13)])
        assert [(item.correlation_id, item.api_name, item.outcome) for item in found] == [
            (number, "Metadata", Outcome.ORPHAN_RESPONSE) for number in (7, 8, 12, 13)
        ]
        assert ledger.total(Category.UNDECODED) == len(b"the end of a response")

    def test_small_responses_speak_less_for_themselves(self) -> None:
        """Several APIs have a throttle time and an error code: it takes five of those, and that nothing follows."""
        heartbeats = self.framed(*(make_response(HEARTBEAT, 1, {}, correlation_id=number) for number in range(1, 6)))
        assert len(self.said(heartbeats)[0]) == 5
        assert self.said(heartbeats[:4])[0] == []
        assert self.said([*heartbeats, b"\xff" * 8])[0] == []

    @pytest.mark.parametrize("numbers", [(7, 7, 7, 7), (9, 8, 7, 6), (1, 10_000, 20_000, 30_000)])
    def test_ids_must_rise(self, numbers: tuple[int, ...]) -> None:
        """Two that do are too few."""
        assert self.said(self.responses(*numbers))[0] == []

    def test_two_are_too_few(self) -> None:
        assert self.said(self.responses(1, 2))[0] == []

    def test_zookeeper(self) -> None:
        """Its replies have a length and a rising number as well (ReplyHeader: xid, zxid, err), and then a Stat."""
        source = random.Random(1)  # noqa: S311
        stat = [struct.pack(">qqqqiiiqiiq", *(source.randrange(1 << 31) for _ in range(11))) for _ in range(40)]
        replies = [struct.pack(">iqi", xid, (5 << 32) + xid, 0) + stat[xid] for xid in range(40)]
        assert self.said(self.framed(*replies))[0] == []
        pings = [struct.pack(">iqi", -2, (5 << 32) + xid, 0) for xid in range(40)]
        assert self.said(self.framed(*pings))[0] == []

    def test_tables_of_small_numbers(self) -> None:
        """Numbers that rise behind numbers that could be lengths."""
        for size in range(4, 40, 4):
            row = b"".join(
                struct.pack(">ii", size, number) + bytes(range(number, number + size - 4)) for number in range(100)
            )
            assert self.said([row[start : start + 1000] for start in range(0, len(row), 1000)])[0] == []

    def test_random_bytes(self) -> None:
        """Also behind lengths that are right."""
        source = random.Random(2)  # noqa: S311
        for _ in range(50):
            assert self.said(source.randbytes(source.randrange(1, 1500)) for _ in range(5))[0] == []
            bodies = [struct.pack(">i", number) + source.randbytes(source.randrange(2, 60)) for number in range(8)]
            assert self.said(self.framed(*bodies))[0] == []

    @pytest.mark.parametrize("name", STREAMS)
    def test_other_protocols(self, name: str) -> None:
        """On a port of Kafka's, entered at any byte."""
        for wire in cut(name, port=9092):
            assert dissect(wire)[0] == []


class TestHoles:
    """A hole is waited for, in its direction; the other direction goes on meanwhile."""

    def test_responses_wait_for_requests_behind_a_hole(self) -> None:
        """More responses than are waited for otherwise, since their requests are there."""
        wire = Wire().open()
        requests = [make_request(METADATA, 1, {"topics": []}, correlation_id=number) for number in range(300)]
        wire.say("client", requests[0])
        wire.lose("client", 4 + len(requests[1]))
        wire.capture("client", b"".join(struct.pack(">i", len(request)) + request for request in requests[2:]))
        for number in range(300):
            wire.say("server", make_response(METADATA, 1, BROKERS, correlation_id=number))
        found, _ = dissect(wire)
        assert [item.correlation_id for item in found if item.outcome is Outcome.ANSWERED] == [0, *range(2, 300)]
        (orphan,) = (item for item in found if item.outcome is not Outcome.ANSWERED)
        assert (orphan.correlation_id, orphan.outcome_reason) == (1, "lost_in_capture")

    def test_boundaries_of_responses_wait_for_requests(self) -> None:
        """Holes in both directions at once: a response is found by its request, which comes later."""
        wire = Wire().open()
        for number in range(200):
            request = make_request(METADATA, 1, {"topics": []}, correlation_id=number)
            response = make_response(METADATA, 1, BROKERS, correlation_id=number)
            if number in (20, 120):
                wire.lose("client", 4 + len(request))
            else:
                wire.say("client", request)
            if number in (50, 150):
                wire.lose("server", 4 + len(response))
            else:
                wire.say("server", response)
        found, _ = dissect(wire)
        answered = [item.correlation_id for item in found if item.outcome is Outcome.ANSWERED]
        assert answered == [number for number in range(200) if number not in (20, 50, 120, 150)]

    def test_responses_inside_of_segments(self) -> None:
        """The segment behind a hole begins in the middle of a response; others follow in it."""
        wire = Wire().open()
        for number in range(10):
            wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
        stream = b"".join(
            struct.pack(">i", len(body)) + body
            for body in (make_response(METADATA, 1, BROKERS, correlation_id=number) for number in range(10))
        )
        wire.capture("server", stream[:50])
        wire.lose("server", 30)
        wire.capture("server", stream[80:])
        found, _ = dissect(wire)
        answered = [item.correlation_id for item in found if item.outcome is Outcome.ANSWERED]
        assert set(range(4, 10)) <= set(answered)
        assert all(item.response.error is None for item in found if item.correlation_id in range(4, 10))

    @pytest.mark.parametrize("answers", [True, False])
    def test_responses_of_versions_that_nobody_knows(self, answers: bool) -> None:
        """A client newer than the grammars asks while boundaries of responses are looked for (KIP-511)."""
        newest = registry.message(API_VERSIONS, "request").api.versions.highest
        assert newest is not None
        body = {"client_software_name": "client", "client_software_version": "9"}
        asked = bytearray(make_request(API_VERSIONS, newest, body))
        asked[2:4] = struct.pack(">h", newest + 1)
        if answers:
            keys = [{"api_key": METADATA, "min_version": 0, "max_version": 1}]
            answer = make_response(API_VERSIONS, newest, {"api_keys": keys})
        else:
            answer = make_response(API_VERSIONS, 0, {"error_code": 35})
        wire = Wire().open()
        wire.say("client", bytes(asked))
        wire.lose("server", 40)
        wire.capture("server", b"the end of a response" + struct.pack(">i", len(answer)) + answer)
        for number in range(2, 10):
            wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
            wire.say("server", make_response(METADATA, 1, BROKERS, correlation_id=number))
        found, _ = dissect(wire)
        answered = [item.correlation_id for item in found if item.outcome is Outcome.ANSWERED]
        assert set(range(2, 10)) <= set(answered)

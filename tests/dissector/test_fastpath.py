"""The fast path leads where the slow one does."""

from __future__ import annotations

import random
import struct
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import make_frame, make_request, make_response
from support.packets import Wire

from dissector import fastpath
from dissector.correlation import Correlator
from dissector.engine import Dissection
from dissector.exchanges import Exchange, Outcome
from dissector.framing import Frame, Framer, Hole
from dissector.inference import Trials
from dissector.ledger import Ledger
from dissector.messages import Message
from dissector.packets import Packets
from dissector.segments import Endpoint
from dissector.streams import Held, Limits, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.fastpath import Sink
    from dissector.framing import FrameFields

PRODUCE, METADATA, CONTROLLED_SHUTDOWN, HEARTBEAT, API_VERSIONS = 0, 3, 7, 12, 18
VERSIONS = [
    (PRODUCE, 3),
    (PRODUCE, 9),
    (METADATA, 1),
    (METADATA, 12),
    (HEARTBEAT, 0),
    (API_VERSIONS, 3),
    (CONTROLLED_SHUTDOWN, 0),
]
CLIENTS = [b"\0\4test", b"\0\4tess", b"\0\2\xff\xfe", b"\0\0", b"\xff\xff", b"\xff\xfe", b""]
TAILS = [bytes(4), b"\xff\xff\0\0", b"\0", b"\0\0", b"\1\5\1x", b"\0\0\xff\xff\0\0", b"\0\xff\xff\0\1\0\0", b"\7", b""]


class Talk:
    """Two ends that mostly do what ends do, and sometimes anything.

    Frames are cut, have holes and are lost; their bytes come in segments that begin and end anywhere. Only with
    `is_fast` may segments take the fast path, and only with `is_sparing` are pairs taken before they are exchanges.
    """

    def __init__(self, seed: int, correlator: Correlator, *, is_fast: bool, is_sparing: bool = False) -> None:
        self.random, self.spares = random.Random(seed), random.Random(seed)  # noqa: S311 (no secrets)
        self.oddity = self.random.choice([0, 0.05, 0.3])
        self.answers_produce = self.random.random() < 0.5
        self.depth = self.random.choice([1, 4, 100])
        self.next_id = self.random.choice([0, 1, 2**31 - 20])
        self.waiting: deque[bytes] = deque()
        self.versions = self.random.sample(VERSIONS, 3)
        self.correlator = correlator
        self.is_fast = is_fast
        self.said: list[Any] = []
        self.spared = 0
        if is_sparing:
            correlator.take_pair = self.take_pair
        self.taken = 0  # segments
        self.slow = 0  # of which so many took the slow path, all of them or in part
        self.streams = {
            side: Stream(None, Endpoint("a", 1), Endpoint("b", 2), Limits(), Held()) for side in ("request", "response")
        }
        self.sinks = {side: self.sink(side, stream) for side, stream in self.streams.items()}

    def sink(self, side: str, stream: Stream) -> Sink:
        """Return what takes the segments of a side."""
        framer = Framer()
        correlate = getattr(self.correlator, side)

        def otherwise(
            stream: Stream, offset: int, payload: bytes, packet_number: int, timestamp: int, digits: int
        ) -> list[Exchange]:
            self.slow += 1
            frames = framer.cut(stream, offset, payload, packet_number, timestamp, digits)
            return [exchange for frame in frames for exchange in correlate(frame)]

        if self.is_fast:
            return {"request": fastpath.requests, "response": fastpath.responses}[side](
                stream, framer, self.correlator, otherwise
            )
        return partial(otherwise, stream)

    def request(self) -> bytes:
        key, version = self.choose(self.versions, VERSIONS)
        number = struct.pack(">i", self.next_id if self.is_usual() else self.random.randrange(6))
        self.next_id = self.next_id + 1 if self.next_id < 2**31 - 1 else 0
        data = (
            struct.pack(">hh", key, version)
            + number
            + self.choose(CLIENTS[:1], CLIENTS)
            + self.choose(TAILS[:1], TAILS)
            + self.choose([b""], [bytes(300), bytes(1000)])
        )
        if key != PRODUCE or self.answers_produce:
            self.waiting.append(number)
        return data if self.is_usual() else data[: self.random.randrange(14)]

    def response(self) -> bytes:
        number = self.waiting.popleft() if self.waiting and self.is_usual() else bytes(3) + self.random.randbytes(1)
        data = number + self.choose(TAILS[:1], TAILS) + self.choose([b""], [bytes(300), bytes(1000)])
        return data if self.is_usual() else data[: self.random.randrange(6)]

    def is_usual(self) -> bool:
        return self.random.random() >= self.oddity

    def choose(self, usual: Sequence[Any], odd: Sequence[Any]) -> Any:
        return self.random.choice(usual if self.is_usual() else odd)

    def over(self) -> list[Any]:
        """Return what becomes of a number of frames."""
        said, correlator = self.said, self.correlator
        unsent = {"request": b"", "response": b""}
        for packet in range(1, 120):
            if self.random.random() < self.oddity / 10:
                correlator.lost(self.random.choice(["request", "response"]))
            if self.random.random() < self.oddity / 10:
                said.append(correlator.distance(self.next_id - 2))
            is_request = len(self.waiting) < self.depth and (not self.waiting or self.random.random() < 0.6)
            side = "request" if (is_request if self.is_usual() else self.random.random() < 0.5) else "response"
            data = self.request() if side == "request" else self.response()
            if not self.is_usual():
                hole = Hole(len(data), 2, "snap length")
                frame = make_frame(data, packet=packet)._replace(
                    size=len(data) + 5, missing=(hole,), rest=((len(data) + 2, b"end"),)
                )
                said += getattr(correlator, side)(frame)
            else:
                unsent[side] += struct.pack(">i", len(data)) + data
                if self.random.random() < 0.7:
                    cut = len(unsent[side]) if self.is_usual() else self.random.randint(0, len(unsent[side]))
                    segment, unsent[side] = unsent[side][:cut], unsent[side][cut:]
                    said += self.take(side, segment, packet)
            said += [correlator.held_bytes, correlator.oldest]
        for side, rest in unsent.items():
            said += self.take(side, rest, 120)
        said += correlator.close("capture_ended")
        return [told(each) if isinstance(each, Exchange) else each for each in said]

    def take_pair(self, request: Message, answer: FrameFields) -> bool:
        """Take some of the pairs, as the exchanges that they would be."""
        if self.spares.random() < 0.2:
            return False
        head = request.head.answer
        response = Message(Frame(*answer), head, struct.unpack_from(">i", answer[2])[0])
        self.said.append(Exchange(None, request, response, Outcome.ANSWERED, None, {}))
        self.spared += 1
        return True

    def take(self, side: str, segment: bytes, packet: int) -> Sequence[Exchange]:
        if not segment:
            return ()
        self.taken += 1
        return self.sinks[side](self.streams[side].advance(segment, 0), segment, packet, packet * 1000, 6)


def test_the_fast_path_leads_where_the_slow_one_does() -> None:
    """The same exchanges with the same headers and bodies, and the same ledger, whatever is sent and lost."""
    fast = spared = 0
    for seed in range(160):
        results = []
        for is_fast, is_sparing in ((True, True), (True, False), (False, False)):
            ledger = Ledger()
            patience, pending, size = [(3, 2, 1000), (64, 100, 1000), (5, 4, 150), (64, 1000, 1 << 20)][seed % 4]
            correlator = Correlator(
                None,
                ledger,
                response_patience=patience,
                max_pending=pending,
                max_pending_bytes=size,
                trials=Trials(0),  # they cost more than all the rest
            )
            talk = Talk(seed, correlator, is_fast=is_fast, is_sparing=is_sparing)
            results.append((talk.over(), ledger.as_dict(is_complete=False)))
            fast += talk.taken - talk.slow
            spared += talk.spared
        assert results[0] == results[1] == results[2], seed
    assert fast > 6000  # segments that took no other
    assert spared > 1000


def test_a_response_that_ends_before_its_correlation_id_does_has_none() -> None:
    """Though with the bytes behind it there would be the one that is waited for."""
    wire = Wire().open()
    for number in (1, 0):
        wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
        wire.say("server", make_response(METADATA, 1, {}, correlation_id=number))
    *before, last = wire.packets
    dissection = Dissection()
    for packet in before:
        dissection.feed(packet)
    headers = len(last.data) - 4 - len(make_response(METADATA, 1, {}))
    data = last.data[:headers] + bytes.fromhex("00000002 0000 00000005 00000009 ff")
    length = struct.pack(">H", len(data))
    given = last._replace(data=data[:2] + length + data[4:], wire_length=len(data))
    settled = [*dissection.feed(given), *dissection.finish()]
    responses = [exchange.response for exchange in settled]
    assert [response and (response.size, response.correlation_id) for response in responses] == [(2, None), (5, 9)]
    assert dissection.ledger.discrepancies() == []


@pytest.mark.parametrize(("acks", "slow"), [(1, 1), (-1, 1), (0, 20)])
def test_produce_is_usual_once_one_asks_for_an_answer(acks: int, slow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Producers send several before the first is answered; those with acks=0 are not answered, which is seen late."""
    taken = []
    take = Correlator.request
    monkeypatch.setattr(Correlator, "request", lambda correlator, frame: taken.append(frame) or take(correlator, frame))
    wire = Wire().open()
    body = {"acks": acks, "timeout_ms": 0, "topic_data": []}
    for number in range(20):
        wire.say("client", make_request(PRODUCE, 3, body, correlation_id=number))
    for number in range(20 if acks else 0):
        wire.say("server", make_response(PRODUCE, 3, {}, correlation_id=number))
    dissection = Dissection()
    settled = [*dissection.read(map(Packets.of, wire.packets)), *dissection.finish()]
    assert {exchange.outcome for exchange in settled} == {"answered" if acks else "no_response_expected"}
    assert (len(settled), len(taken)) == (20, slow)


def told(exchange: Exchange) -> tuple:
    """Return all there is to say about an exchange; headers are held to their bytes."""
    said: list[Any] = [exchange.outcome, exchange.outcome_reason, exchange.mechanism]
    for message in (exchange.request, exchange.response):
        if message is None:
            said.append(None)
            continue
        if message.header is not None:
            fields = message.header.value or {}
            assert message.correlation_id == fields.get("correlation_id")
            assert message.client_id == fields.get("client_id")
            assert (message.head.start is None) == (message.header.error is not None)
            assert message.head.start in (None, message.header.stop)
        said += [message.frame, message.api_key, message.api_version, message.header, message.body, message.error]
        said.append(message.warnings)
    return tuple(said)

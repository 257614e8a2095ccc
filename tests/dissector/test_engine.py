"""From packets to exchanges, and to a ledger that says what became of every byte."""

from __future__ import annotations

import pytest
from support.frames import make_request, make_response
from support.packets import RST, Wire

from dissector.engine import Dissection
from dissector.exchanges import Exchange, Outcome
from dissector.ledger import Category, Entry, Ledger
from dissector.packets import Packets
from dissector.streams import Limits

METADATA, API_VERSIONS = 3, 18


def dissect(*wires: Wire, **options: object) -> tuple[list[Exchange], Ledger]:
    dissection = Dissection(**options)
    exchanges = []
    packets = [packet for wire in wires for packet in wire.packets]
    for number, packet in enumerate(packets, 1):
        exchanges += dissection.feed(packet._replace(number=number))
    exchanges += dissection.finish()
    assert dissection.ledger.discrepancies() == []
    return exchanges, dissection.ledger


def exchange(wire: Wire, correlation_id: int = 1) -> Wire:
    wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=correlation_id))
    return wire.say("server", make_response(METADATA, 1, {}, correlation_id=correlation_id))


def entries(ledger: Ledger) -> dict[Entry, int]:
    return {entry: size for entry, size in ledger.entries.items() if size}


def test_a_connection_from_its_handshake_to_its_end() -> None:
    """Frames are numbered by the packet that completes them; the exchange knows its ends."""
    (found,), ledger = dissect(exchange(Wire().open()).close())
    assert (found.connection.client.host, found.connection.client.port) == ("10.0.0.1", 40_000)
    assert (found.connection.server.host, found.connection.server.port) == ("10.0.0.2", 9092)
    assert (found.request.packet_number, found.response.packet_number, found.latency) == (4, 5, 1_000_000)
    assert ledger.exchanges == {(Outcome.ANSWERED, None): 1}
    assert (ledger.packets, ledger.connections, ledger.lost) == (7, 1, 0)


def test_the_server_is_told_by_its_port_where_the_handshake_is_missing() -> None:
    """Two frames in a row are evidence enough to begin in the middle."""
    wire = Wire()
    for correlation_id in (1, 2, 3):
        exchange(wire, correlation_id)
    found, _ = dissect(wire)
    assert [(item.correlation_id, item.outcome) for item in found][-2:] == [(2, "answered"), (3, "answered")]
    assert found[-1].connection.server.port == 9092


class TestPorts:
    """Kafka is recognised on any port; ports that are named are the only ones that are looked at."""

    def test_any_port(self) -> None:
        found, ledger = dissect(exchange(Wire(server_port=5432).open()))
        assert [item.outcome for item in found] == ["answered"]
        assert ledger.total(Category.NOT_KAFKA) == 0

    def test_what_gives_no_evidence_is_not_kafka(self) -> None:
        """The ledger says which port the bytes went to."""
        wire = Wire(server_port=5432).open()
        wire.capture("client", b"something else entirely")
        wire.capture("server", b"and its answer")
        found, ledger = dissect(wire)
        assert found == []
        assert entries(ledger) == {Entry(Category.NOT_KAFKA, "port 5432"): ledger.captured}

    def test_named_ports_are_the_only_ones(self) -> None:
        wires = exchange(Wire(server_port=5432).open()), exchange(Wire(server_port=9092).open())
        found, ledger = dissect(*wires, ports=[5432])
        assert [item.connection.server.port for item in found] == [5432]
        assert entries(ledger)[Entry(Category.NOT_KAFKA, "port 9092")] == ledger.captured / 2

    def test_a_port_to_decode_as_kafka_needs_no_evidence(self) -> None:
        """A request of a version that nobody knows is none."""
        wire = Wire(server_port=5432).open()
        wire.say("client", make_request(METADATA, 1, {"topics": []})[:2] + b"\0\x63\0\0\0\1\xff\xff\0")
        assert dissect(wire)[0] == []
        found, _ = dissect(wire, decode_as=[5432])
        assert [(item.api_name, item.api_version) for item in found] == [("Metadata", 99)]

    def test_a_server_that_was_recognised_is_remembered(self) -> None:
        """Other connections to it need no evidence: here one of which only the responses were captured."""
        known = exchange(Wire(client_port=40_000, server_port=5432).open())
        other = Wire(client_port=40_001, server_port=5432).open()
        other.packets.clear()
        for number in (1, 2, 3):
            brokers = [{"host": "broker-1", "port": 5432}]
            other.say("server", make_response(METADATA, 1, {"brokers": brokers}, correlation_id=number))
        found, ledger = dissect(known, other)
        assert [(item.connection.client.port, item.api_name) for item in found] == [
            (40_000, "Metadata"),
            *[(40_001, "Metadata")] * 3,
        ]
        assert ledger.total(Category.NOT_KAFKA) == 0
        assert dissect(other)[1].total(Category.NOT_KAFKA) > 0

    def test_a_connection_waits_for_its_server_to_be_recognised(self) -> None:
        """What was held of it is decoded then."""
        undecided = Wire(client_port=40_001, server_port=5432).open()
        undecided.capture("client", b"\0\0\0\x20\0\3")  # the beginning of a request
        known = exchange(Wire(client_port=40_000, server_port=5432).open())
        _, ledger = dissect(undecided, known)
        assert ledger.total(Category.NOT_KAFKA) == 0

    def test_undecided_connections_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dissector.engine.MAX_UNDECIDED_BYTES", 10)
        wire = Wire(server_port=5432).open()
        wire.capture("client", make_request(METADATA, 1, {})[:14])
        _, ledger = dissect(exchange(wire))
        assert entries(ledger) == {Entry(Category.NOT_KAFKA, "port 5432"): ledger.captured}


@pytest.mark.parametrize(
    ("start", "protocol"),
    [(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"), (b"GET /metrics HTTP/1.1\r\n\r\n", "HTTP")],
)
def test_other_protocols_on_the_port_are_named(start: bytes, protocol: str) -> None:
    wire = Wire().open()
    wire.capture("client", start)
    wire.capture("server", b"\x16\x03\x03\x00\x7a")
    wire.capture("client", b"more of it")
    found, ledger = dissect(wire)
    assert found == []
    assert entries(ledger) == {Entry(Category.NOT_KAFKA, f"{protocol} on port 9092"): ledger.captured}


def test_a_hole_in_a_message_costs_that_message_only() -> None:
    """Its length says where the next one begins."""
    wire = Wire().open()
    wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=1))
    response = make_response(METADATA, 1, {"brokers": [{"host": "x" * 100}] * 20}, correlation_id=1)
    whole = len(response).to_bytes(4, "big") + response
    wire.capture("server", whole[:500])
    wire.lose("server", 1000)
    wire.capture("server", whole[1500:])
    exchange(wire, 2)
    (first, second), ledger = dissect(wire.close())
    assert first.response.error.kind == "lost_in_capture"
    assert len(first.response.body["brokers"]) == 5
    assert (second.outcome, second.response.error) == (Outcome.ANSWERED, None)
    assert ledger.lost == 1000


@pytest.mark.parametrize(
    ("end", "reason"), [("close", "connection_closed"), ("reset", "connection_reset"), (None, "capture_ended")]
)
def test_a_request_says_why_it_stayed_unanswered(end: str | None, reason: str) -> None:
    wire = Wire().open()
    wire.say("client", make_request(METADATA, 1, {"topics": []}))
    if end == "close":
        wire.close()
    elif end == "reset":
        wire.capture("server", flags=RST)
    (found,), _ = dissect(wire)
    assert (found.outcome, found.outcome_reason) == (Outcome.UNANSWERED, reason)


def test_topic_names_are_those_known_when_an_exchange_settled() -> None:
    """What is learned later does not change it."""
    topic_id = "abcdefghijklmnopqrstuA"
    wire = exchange(Wire().open(), 1)
    wire.say("client", make_request(METADATA, 12, {}, correlation_id=2))
    wire.say("server", make_response(METADATA, 12, {"topics": [{"name": "a", "topic_id": topic_id}]}, correlation_id=2))
    (before, after), _ = dissect(wire)
    assert topic_id not in before.topic_names
    assert after.topic_names[topic_id] == "a"


def test_an_implausible_length_is_no_frame() -> None:
    """Its bytes are accounted for, and what was said before stays."""
    wire = exchange(Wire().open())
    wire.capture("client", b"\xff\xff\xff\xf0" + b"x" * 50)
    found, ledger = dissect(wire.close())
    assert [item.outcome for item in found] == ["answered"]
    assert ledger.total(Category.UNDECODED) == 54


def test_retransmissions_that_differ_are_counted() -> None:
    """The first bytes count; the ledger says where to look."""
    wire = exchange(Wire().open())
    wire.sequence["client"] -= 4
    wire.capture("client", b"EVIL")
    found, ledger = dissect(wire)
    assert [item.outcome for item in found] == ["answered"]
    assert (ledger.conflicts, ledger.conflict_examples) == (1, [6])
    assert ledger.total(Category.DUPLICATE) == 4


def test_losses_are_counted_by_cause() -> None:
    wire = exchange(Wire().open())
    wire.say("client", make_request(METADATA, 1, {"topics": [{"name": "x" * 100}]}, correlation_id=2))
    wire.packets[-1] = wire.packets[-1]._replace(data=wire.packets[-1].data[:80])
    _, ledger = dissect(wire)
    assert ledger.losses == {"snap length": ledger.lost}
    assert ledger.loss_examples == {"snap length": [6]}


def test_patience_with_missing_segments_is_an_argument() -> None:
    """With little of it, what follows a hole settles soon; with more, it waits for the hole to be filled."""
    wire = Wire().open().lose("client", 30)
    for correlation_id in range(2, 8):
        exchange(wire, correlation_id)
    settled = {}
    for packets in (2, 1000):
        dissection = Dissection(stream_limits=Limits(wait_packets=packets, acknowledged_packets=packets))
        settled[packets] = sum(len(list(dissection.feed(packet))) for packet in wire.packets)
    assert settled[2] > settled[1000] == 0


class TestTime:
    """Captures without an end: what waits does so in the capture's own time, and only where that is asked for."""

    SECOND = 1_000_000_000

    def later(self, wire: Wire, seconds: float) -> Wire:
        """Let the packets from here on come later."""
        wire.late += int(seconds * self.SECOND)
        return wire

    def test_files_wait_for_their_end(self) -> None:
        """However long a response takes."""
        wire = Wire().open()
        wire.say("client", make_request(METADATA, 1, {"topics": []}))
        self.later(wire, 1e6).say("server", make_response(METADATA, 1, {}))
        ((found,), _) = dissect(wire)
        assert (found.outcome, found.latency) == (Outcome.ANSWERED, 1_000_000_001_000_000)

    def test_requests_expire_while_others_talk(self) -> None:
        silent = Wire().open()
        silent.say("client", make_request(METADATA, 1, {"topics": []}))
        talking = Wire(client_port=40_001).open()
        exchange(self.later(talking, 100))
        (expired, answered), _ = dissect(silent, talking, response_timeout=60, idle_timeout=600)
        assert (expired.outcome, expired.outcome_reason) == (Outcome.UNANSWERED, "no_response_in_time")
        assert answered.outcome is Outcome.ANSWERED

    def test_a_response_after_its_request_expired(self) -> None:
        """It stays alone, and does not answer the next request, of the same id."""
        wire = Wire().open()
        wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=0))
        self.later(wire, 100).say("client", make_request(METADATA, 0, {"topics": []}, correlation_id=0))
        wire.say("server", make_response(METADATA, 1, {}, correlation_id=0))
        wire.say("server", make_response(METADATA, 0, {}, correlation_id=0))
        found, _ = dissect(wire, response_timeout=60)
        assert [(item.outcome, item.outcome_reason, item.api_version) for item in found] == [
            (Outcome.UNANSWERED, "no_response_in_time", 1),
            (Outcome.ORPHAN_RESPONSE, "request_given_up", 1),
            (Outcome.ANSWERED, None, 0),
        ]

    def test_idle_connections_are_forgotten(self) -> None:
        """With what they held; traffic on the same ports is a new connection, entered in its middle."""
        wire = exchange(Wire().open())
        wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=2))
        self.later(wire, 1000)
        for number in (3, 4, 5):
            exchange(wire, number)
        found, ledger = dissect(wire, idle_timeout=600)
        assert [(item.correlation_id, item.outcome, item.outcome_reason) for item in found[:2]] == [
            (1, Outcome.ANSWERED, None),
            (2, Outcome.UNANSWERED, "connection_idle"),
        ]
        assert [item.correlation_id for item in found[2:]] == [3, 4, 5]
        assert ledger.connections == 2

    def test_time_passes_without_packets(self) -> None:
        dissection = Dissection(response_timeout=60)
        wire = Wire().open().say("client", make_request(METADATA, 1, {"topics": []}))
        for packet in wire.packets:
            assert list(dissection.feed(packet)) == []
        assert list(dissection.expire(60 * self.SECOND)) == []
        (expired,) = dissection.expire(61 * self.SECOND)
        assert expired.outcome_reason == "no_response_in_time"

    def test_a_hole_and_an_end_do_not_wait_for_packets(self) -> None:
        """Live, nobody knows when the next packet of a connection comes."""
        dissection = Dissection(response_timeout=60)
        wire = exchange(Wire().open()).lose("client", 10)
        wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=2)).close()
        for packet in wire.packets:
            list(dissection.feed(packet))
        (ended,) = dissection.expire(10 * self.SECOND)
        assert ended.outcome_reason == "connection_closed"
        assert dissection.ledger.lost == 10

    def test_a_hole_hides_for_two_seconds_what_a_slow_connection_says_after_it(self) -> None:
        """Its packets are far too few to tell by their number that something was lost."""
        dissection = Dissection(stream_limits=Limits(wait_seconds=2))
        wire = exchange(Wire().open()).lose("server", 10)
        for number in range(2, 8):
            exchange(wire, number)
        settled = {}
        for packet in wire.packets:
            second = max(0, packet.number // 2 - 2)  # a request and its response in each
            for item in dissection.feed(packet._replace(timestamp=packet.timestamp + second * self.SECOND)):
                settled[item.correlation_id] = packet.number
        assert settled == {1: 5, 2: 10, 3: 10, 4: 11, 5: 13, 6: 15, 7: 17}
        assert list(dissection.finish()) == []
        assert dissection.ledger.lost == 10
        assert dissection.ledger.discrepancies() == []

    def test_a_clock_that_is_set_back_ends_no_connection(self) -> None:
        dissection = Dissection(idle_timeout=60)
        wire = Wire().open()
        for number in range(4):
            exchange(wire, number)
        for packet in wire.packets:
            seconds = packet.number + (3600 if packet.number < 6 else 0)
            list(dissection.feed(packet._replace(timestamp=packet.timestamp + seconds * self.SECOND)))
        assert list(dissection.finish()) == []
        assert dissection.ledger.connections == 1

    def test_clocks_that_are_set_back(self) -> None:
        """Nothing expires for that."""
        dissection = Dissection(response_timeout=60)
        for packet in Wire().open().say("client", make_request(METADATA, 1, {"topics": []})).packets:
            assert list(dissection.feed(packet)) == []
        assert list(dissection.expire(-(10**18))) == []

    def test_what_comes_after_a_clock_was_set_back(self) -> None:
        """It has not waited for as long as the clock was set back by."""
        wire = exchange(self.later(Wire(), 10_000).open())
        self.later(wire, -3600).say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=2))
        self.later(wire, 10).say("server", make_response(METADATA, 1, {}, correlation_id=2))
        found, _ = dissect(wire, response_timeout=60, idle_timeout=600)
        assert [item.outcome for item in found] == [Outcome.ANSWERED] * 2

    def test_packets_out_of_the_order_of_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two clocks that differ by seconds do not make time pass with every packet."""
        calls = []
        expire = Dissection.expire
        monkeypatch.setattr(Dissection, "expire", lambda dissection, now: calls.append(now) or expire(dissection, now))
        wire = self.later(Wire(), 10_000).open()
        for number in range(50):
            self.later(wire, -5).say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
            self.later(wire, 5).say("server", make_response(METADATA, 1, {}, correlation_id=number))
        found, _ = dissect(wire, response_timeout=60, idle_timeout=600)
        assert [item.outcome for item in found] == [Outcome.ANSWERED] * 50
        assert len(calls) == 1


class TestMemory:
    """What all connections hold together is bounded."""

    def test_the_oldest_requests_give_way(self) -> None:
        """Of many connections, none of which holds much."""
        dissection = Dissection(held_bytes=1 << 20)
        settled = []
        wires = [Wire(client_port=port).open() for port in range(20_000, 20_040)]
        for wire in wires:
            for number in range(20):
                wire.say("client", make_request(METADATA, 1, {"topics": [{"name": "x" * 4000}]}, correlation_id=number))
            for packet in wire.packets:
                settled += dissection.feed(packet)
        given_up = [item for item in settled if item.outcome_reason == "too_many_pending"]
        assert settled == given_up
        assert 500 < len(given_up) < 700  # of 800; about 200 fit
        assert {item.connection.first.port for item in settled} <= set(range(20_000, 20_040))
        assert settled[0].connection.first.port == 20_000
        settled += dissection.finish()
        assert len(settled) == 800
        assert dissection.ledger.discrepancies() == []

    def test_frames_in_progress_give_way(self) -> None:
        dissection = Dissection(held_bytes=1 << 20)
        wire = Wire().open()
        frame = make_request(METADATA, 1, {"topics": [{"name": "x" * 30_000}] * 100})
        content = len(frame).to_bytes(4, "big") + frame
        for start in range(0, len(content), 30_000):
            wire.capture("client", content[start : start + 30_000])
        found = [item for packet in wire.packets for item in dissection.feed(packet)] + list(dissection.finish())
        assert [(item.api_name, item.request.error.kind) for item in found] == [("Metadata", "incomplete")]
        assert dissection.ledger.discrepancies() == []

    def test_what_blocks_share_is_not_counted_for_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Packets of two kinds in turn come one by one, out of one buffer."""
        looked = []
        monkeypatch.setattr(Dissection, "_shrink", lambda _: looked.append(None) or ())
        buffer = bytes(1 << 20)
        blocks = [Packets(buffer, 6, 1, [(number, 0, 100, 160, 60)]) for number in range(1, 1001)]
        assert list(Dissection().read(blocks)) == []
        assert looked == []

"""What begins like Kafka, and what does not; whether a connection on any port speaks it, and how often that errs."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import make_request, make_response
from support.packets import Wire
from support.protocols import STREAMS, conversation, cut

from dissector import engine, recognition
from dissector.engine import Dissection
from dissector.ledger import Category
from dissector.recognition import MAX_REQUEST_SIZE, is_plausible_request, request_plausibility
from dissector.sources.files import CaptureReader
from structs import registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from dissector.packets import Packet

CAPTURES = Path(__file__).parents[2] / "captures"
PORT = 5432
PRODUCE, METADATA, SASL_HANDSHAKE, API_VERSIONS = 0, 3, 17, 18


def dissect(packets: Iterable[Packet]) -> tuple[list[Exchange], Ledger]:
    dissection = Dissection()
    exchanges = [exchange for packet in packets for exchange in dissection.feed(packet)] + list(dissection.finish())
    assert dissection.ledger.discrepancies() == []
    return exchanges, dissection.ledger


def causes(ledger: Ledger) -> set[str]:
    return {entry.cause for entry, size in ledger.entries.items() if entry.category is Category.NOT_KAFKA and size}


def is_kafka(wire: Wire) -> bool:
    _, ledger = dissect(wire.packets)
    assert ledger.total(Category.NOT_KAFKA) in (0, ledger.captured)
    return ledger.captured > 0 and not ledger.total(Category.NOT_KAFKA)


@pytest.fixture(scope="module", params=sorted(path.name for path in CAPTURES.glob("*.pcap*") if "tls" not in path.name))
def packets(request: pytest.FixtureRequest) -> list[Packet]:
    with CaptureReader(CAPTURES / request.param) as reader:
        return list(reader)


def test_every_request_that_kafka_has_is_plausible() -> None:
    """Every API and version, with a client id, without one, and with an empty one."""
    for api in registry.apis():
        for version in api.versions.each():
            for client_id in ("consumer-1", None, ""):
                data = make_request(api.key, version, {}, client_id=client_id)
                assert is_plausible_request(data), (api, version, client_id)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\3\0\1",
        struct.pack(">hhih", 3, 14, 1, -1),  # a version that Metadata does not have
        struct.pack(">hhih", 500, 0, 1, -1),  # an API that Kafka does not have
        struct.pack(">hhih4s", 3, 1, 1, 400, b"test"),  # a client id longer than the frame
        struct.pack(">hhih4s", 3, 1, 1, 4, b"\xff\xfe\xfd\xfc"),  # a client id that is no text
        struct.pack(">hhih4s", 3, 1, 1, 4, b"\0\0\0\0"),
        b"n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL",
        b"\0alice\0secret",
        b"\x60\x82\x02\x01\x06\x09*\x86H",
    ],
)
def test_what_is_no_request(data: bytes) -> None:
    assert not is_plausible_request(data)


def test_a_size_that_no_broker_takes_is_implausible() -> None:
    data = make_request(3, 1, {})
    assert request_plausibility(MAX_REQUEST_SIZE, data)
    assert not request_plausibility(MAX_REQUEST_SIZE + 1, data)


@given(st.binary(max_size=64))
def test_it_never_raises(data: bytes) -> None:
    assert request_plausibility(len(data), data) in (0, 1, 2)


class TestKnownStart:
    """The handshake says who is the client; what it says first must be a request."""

    def test_one_whole_request_of_a_client_that_names_itself(self) -> None:
        assert is_kafka(Wire(server_port=PORT).open().say("client", make_request(METADATA, 1, {"topics": []})))

    def test_one_without_a_name_is_not_enough(self) -> None:
        request = make_request(METADATA, 1, {"topics": []}, client_id=None)
        assert not is_kafka(Wire(server_port=PORT).open().say("client", request))

    def test_one_without_a_name_and_its_response(self) -> None:
        wire = Wire(server_port=PORT).open().say("client", make_request(METADATA, 1, {"topics": []}, client_id=None))
        assert is_kafka(wire.say("server", make_response(METADATA, 1, {})))

    def test_a_response_with_another_id_says_nothing(self) -> None:
        wire = Wire(server_port=PORT).open().say("client", make_request(METADATA, 1, {"topics": []}, client_id=None))
        assert not is_kafka(wire.say("server", make_response(METADATA, 1, {}, correlation_id=2)))

    @pytest.mark.parametrize("behind", [b"\0", b"\1\2\3"])
    def test_bytes_behind_the_body_are_no_evidence(self, behind: bytes) -> None:
        assert not is_kafka(
            Wire(server_port=PORT).open().say("client", make_request(METADATA, 1, {"topics": []}) + behind)
        )

    def test_zeros_are_no_evidence(self) -> None:
        """They read as a Produce without topics, and as its response."""
        wire = Wire(server_port=PORT).open()
        for _ in range(10):
            wire.say("client", bytes(20)).say("server", bytes(8))
        assert not is_kafka(wire)

    def test_cut_packets(self) -> None:
        """The headers of request and response, and that the one answers the other."""
        wire = Wire(server_port=PORT).open()
        wire.say("client", make_request(METADATA, 1, {"topics": [{"name": "x" * 500}]}, correlation_id=77))
        wire.say("server", make_response(METADATA, 1, {"brokers": [{"host": "x" * 500}]}, correlation_id=77))
        wire.packets = [packet._replace(data=packet.data[:80]) for packet in wire.packets]
        assert is_kafka(wire)
        wire.packets.pop()
        assert not is_kafka(wire)

    def test_a_client_newer_than_the_grammars(self) -> None:
        """It begins with a version of ApiVersions that nobody knows, and goes on with one that the broker has."""
        wire = Wire(server_port=PORT).open()
        newest = registry.api(API_VERSIONS).versions.highest + 1
        wire.say("client", struct.pack(">hhih4sB", API_VERSIONS, newest, 1, 4, b"test", 0) + b"\1\1\0")
        wire.say("server", make_response(API_VERSIONS, 0, {"error_code": 35}))
        wire.say("client", make_request(API_VERSIONS, 3, {"client_software_name": "x"}, correlation_id=2))
        exchanges, _ = dissect(wire.packets)
        assert [exchange.api_version for exchange in exchanges] == [newest, 3]

    def test_a_request_in_pieces(self) -> None:
        wire = Wire(server_port=PORT).open()
        data = make_request(METADATA, 1, {"topics": []})
        for byte in struct.pack(">i", len(data)) + data:
            wire.capture("client", bytes([byte]))
        assert is_kafka(wire)

    def test_what_is_held_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recognition.Recogniser.__init__, "__kwdefaults__", {"max_held": 100})
        wire = Wire(server_port=PORT).open()
        wire.say("client", make_request(METADATA, 1, {"topics": [{"name": "x" * 200}]})[:-1])
        assert not is_kafka(wire.say("client", make_request(METADATA, 1, {"topics": []})))

    def test_gssapi_of_0_9_is_named(self) -> None:
        wire = Wire(server_port=PORT).open().say("client", b"\x60\x82\1\0" + bytes(20))
        assert causes(dissect(wire.packets)[1]) == {"GSSAPI on port 5432"}


class TestLateStart:
    """Without the handshake, requests are searched for in both directions: they tell who is the client."""

    @pytest.mark.parametrize(("client_port", "server_port"), [(40_000, PORT), (1_000, 50_000)])
    def test_a_chain_of_requests(self, client_port: int, server_port: int) -> None:
        """Ports say nothing."""
        wire = Wire(client_port=client_port, server_port=server_port)
        for number in range(1, 5):
            wire.say("server", make_response(METADATA, 1, {}, correlation_id=number - 1))
            wire.say("client", make_request(METADATA, 1, {"topics": []}, correlation_id=number))
        exchanges, _ = dissect(wire.packets)
        assert {exchange.connection.server.port for exchange in exchanges} == {server_port}
        assert [exchange.outcome for exchange in exchanges].count("answered") == 3

    def test_one_request_is_not_enough(self) -> None:
        """A chain needs a second boundary; here what follows is none."""
        wire = Wire(server_port=PORT).say("client", make_request(METADATA, 1, {"topics": []}))
        wire.capture("client", b"\xff\xff\xff\xff")
        assert not is_kafka(wire)


class TestOthers:
    """How often it errs: never, on what follows."""

    @pytest.mark.parametrize("name", STREAMS)
    def test_other_protocols_are_named(self, name: str) -> None:
        """With the handshake, by the first bytes of either end."""
        exchanges, ledger = dissect(conversation(name, port=PORT).packets)
        assert exchanges == []
        assert causes(ledger) == {f"{name} on port {PORT}"}

    @pytest.mark.parametrize("name", STREAMS)
    def test_other_protocols_are_named_on_kafkas_ports(self, name: str) -> None:
        _, ledger = dissect(conversation(name, port=9092).packets)
        assert causes(ledger) == {f"{name} on port 9092"}

    @pytest.mark.parametrize("name", STREAMS)
    def test_other_protocols_entered_at_any_byte_are_not_kafka(self, name: str) -> None:
        assert not is_kafka(conversation(name, port=PORT, is_late=True))
        assert not any(map(is_kafka, cut(name, port=PORT)))

    def test_random_bytes_are_not_kafka(self) -> None:
        """Both directions, with the handshake and without; a tenth of the bytes are zeros."""
        chance = random.Random(1)  # noqa: S311
        for number in range(2_000):
            wire = Wire(server_port=PORT)
            if number % 2:
                wire.open()
            for side in ("client", "server", "client"):
                data = bytes(chance.getrandbits(8) if chance.random() < 0.9 else 0 for _ in range(64))
                wire.capture(side, data)
            assert not is_kafka(wire)

    def test_random_bodies_behind_a_plausible_start_are_not_kafka(self) -> None:
        """A size that fits, an API and a version that exist, and a client id without a name."""
        chance = random.Random(2)  # noqa: S311
        for _ in range(2_000):
            api = chance.choice(registry.apis())
            version = chance.choice(list(api.versions.each()))
            start = struct.pack(">hhih", api.key, version, chance.getrandbits(31), chance.choice((-1, 0)))
            wire = Wire(server_port=PORT).open()
            for _ in range(2):
                wire.say("client", start + chance.randbytes(chance.randrange(4, 64)))
                wire.say("server", start[4:8] + chance.randbytes(chance.randrange(4, 64)))
            assert not is_kafka(wire)


class TestCaptures:
    """The sample captures, without any port that is taken for granted."""

    @pytest.fixture(autouse=True)
    def no_usual_ports(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engine, "USUAL_PORTS", frozenset())

    def test_every_connection_is_recognised(self, packets: list[Packet]) -> None:
        _, ledger = dissect(packets)
        assert ledger.total(Category.NOT_KAFKA) == 0
        assert ledger.exchanges

    @pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
    def test_no_end_is_mistaken_after_a_late_start(self, packets: list[Packet], share: float) -> None:
        """Whatever is recognised in the rest of a capture has the server that it has in the whole."""
        whole, _ = dissect(packets)
        servers = {exchange.connection.server for exchange in whole}
        rest, _ = dissect(packets[int(len(packets) * share) :])
        assert {exchange.connection.server for exchange in rest} <= servers

    def test_frames_shifted_by_some_bytes_are_not_kafka(self, packets: list[Packet]) -> None:
        """Real streams whose first bytes are missing, taken for whole ones."""
        exchanges, _ = dissect(packets)
        requests = [exchange.request.frame.data for exchange in exchanges if exchange.request and exchange.api_key]
        for request in requests[:60]:
            framed = struct.pack(">i", len(request)) + request
            for shift in (1, 2, 3, 4, 5, 8):
                wire = Wire(server_port=PORT).open()
                wire.capture("client", framed[shift:] + framed)
                assert not is_kafka(wire)

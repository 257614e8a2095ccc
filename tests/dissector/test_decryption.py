"""Connections in TLS: real conversations, encrypted anew, come out as they were; what is lost is lost, and no more."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.encrypted import TLS_1_2, TLS_1_3, Tunnel, encrypted
from support.frames import make_request
from support.packets import SYN, Wire

from dissector import decryption, plaintext
from dissector.decryption import Decryption, DecryptionError
from dissector.engine import Dissection
from dissector.keylog import KeyLog
from dissector.ledger import Category, Entry
from dissector.plaintext import Plain
from dissector.sources.files import CaptureReader
from dissector.sources.tls import TsharkDecrypter

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from dissector.packets import Packet

CAPTURES = Path(__file__).parents[2] / "captures"
VERSIONS = {
    "1.3": (TLS_1_3, None),
    "1.2, AES-GCM": (TLS_1_2, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    "1.2, ChaCha20": (TLS_1_2, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    "1.2, AES-CBC": (TLS_1_2, "ECDHE-ECDSA-AES128-SHA"),
}
API_VERSIONS = 18
SYN_BYTE = 33  # where flags stand behind an IPv4 header

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


@pytest.fixture(scope="module")
def plain() -> list[Packet]:
    with CaptureReader(CAPTURES / "mock.pcap") as reader:
        return list(reader)


def decrypted(packets: Iterable[Packet], keylog: bytes) -> tuple[list[Exchange], Ledger]:
    """Return the exchanges of packets that are numbered anew, and the ledger, which must balance."""
    secrets = KeyLog()
    secrets.add(keylog)
    return dissected(packets, Decryption(secrets, TsharkDecrypter()))


def dissected(packets: Iterable[Packet], decryption: Decryption | None) -> tuple[list[Exchange], Ledger]:
    dissection = Dissection(decryption=decryption)
    exchanges: list[Exchange] = []
    for number, packet in enumerate(packets, 1):
        exchanges += dissection.feed(packet._replace(number=number))
    exchanges += dissection.finish()
    assert dissection.ledger.discrepancies() == []
    return exchanges, dissection.ledger


def said(exchanges: Iterable[Exchange]) -> Counter[tuple[str, bytes]]:
    """Return the messages of exchanges that are whole."""
    return Counter(
        (message.side, bytes(message.frame.data))
        for exchange in exchanges
        for message in (exchange.request, exchange.response)
        if message is not None and not message.frame.missing
    )


def conversations(exchanges: Iterable[Exchange]) -> Counter[tuple]:
    """Return exchanges without what encryption changes: packets and ports."""
    return Counter(
        (exchange.api_name, str(exchange.outcome), *(one and bytes(one.frame.data) for one in (request, response)))
        for exchange in exchanges
        for request, response in [(exchange.request, exchange.response)]
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_exchanges_are_those_of_the_same_traffic_in_plaintext(plain: list[Packet], version: str) -> None:
    packets, keylog = encrypted(plain, *VERSIONS[version], segment=1400)
    exchanges, ledger = decrypted(packets, keylog)
    truth, before = dissected(plain, None)
    assert conversations(exchanges) == conversations(truth)
    for category in (Category.DECODED, Category.NOT_ASKED_FOR, Category.UNDECODED):
        assert ledger.total(category) == before.total(category)
    assert ledger.total(Category.ENCRYPTED) == 0


def test_a_message_is_complete_with_the_packet_that_completes_its_record() -> None:
    tunnel, wire = Tunnel(), Wire().open()
    for side, data in tunnel.handshake:
        wire.capture(side, data)
    text = frame(1)
    record = tunnel.say("client", text)
    for at in range(0, len(record), 10):
        wire.capture("client", record[at : at + 10])
    (exchange,), _ = decrypted(wire.packets, tunnel.keylog)
    assert exchange.request.packet_number == len(wire.packets)
    assert exchange.request.frame.timestamp == wire.packets[-1].timestamp
    assert exchange.request.frame.data == text[4:]


def frame(correlation_id: int, client_id: str = "tester") -> bytes:
    data = make_request(API_VERSIONS, 0, {}, correlation_id=correlation_id, client_id=client_id)
    return len(data).to_bytes(4, "big") + data


class TestLoss:
    """What is not in the capture."""

    def talk(self, version: ssl.TLSVersion, ciphers: str | None, texts: list[bytes]) -> tuple[Wire, list[bytes], bytes]:
        """Return a connection with its handshake captured, the records of these texts, and the key log."""
        tunnel, wire = Tunnel(version, ciphers), Wire().open()
        for side, data in tunnel.handshake:
            wire.capture(side, data)
        return wire, [tunnel.say("client", text) for text in texts], tunnel.keylog

    @pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
    def test_bytes_lost_inside_of_a_record_are_lost_in_its_message_and_nowhere_else(
        self, version: ssl.TLSVersion
    ) -> None:
        texts = [frame(1), frame(2, "x" * 200), frame(3)]
        wire, records, keylog = self.talk(version, None, texts)
        start = records[1].index(records[1][-60:]) - 40  # forty bytes before the last sixty
        wire.capture("client", records[0])
        wire.capture("client", records[1][:start])
        wire.lose("client", 20)
        wire.capture("client", records[1][start + 20 :])
        wire.capture("client", records[2])
        wire.close()
        exchanges, ledger = decrypted(wire.packets, keylog)
        first, second, third = (exchange.request.frame for exchange in exchanges)
        assert (first.data, third.data) == (texts[0][4:], texts[2][4:])
        (hole,) = second.missing
        assert hole.length == 20
        assert second.data == texts[1][4 : 4 + hole.offset]
        assert second.rest == ((hole.offset + 20, texts[1][4 + hole.offset + 20 :]),)
        assert ledger.total(Category.ENCRYPTED) == 0

    @pytest.mark.parametrize("lost", [1, 2, 20])
    def test_tls_1_3_goes_on_when_two_records_agree_on_how_many_were_lost(self, lost: int) -> None:
        """Keys are random: in 1 of 256 tries a wrong count fits a record, which costs it; nothing is invented then."""
        texts = [frame(number) for number in range(lost + 4)]
        expected = Counter(("request", text[4:]) for text in (texts[0], *texts[1 + lost :]))
        for _ in range(5):
            wire, records, keylog = self.talk(TLS_1_3, None, texts)
            wire.capture("client", records[0])
            wire.lose("client", sum(map(len, records[1 : 1 + lost])))
            for record in records[1 + lost :]:
                wire.capture("client", record)
            wire.close()
            exchanges, ledger = decrypted(wire.packets, keylog)
            assert said(exchanges) <= expected
            if not ledger.total(Category.ENCRYPTED):
                break
        assert said(exchanges) == expected

    @pytest.mark.parametrize("version", ["1.3", "1.2, ChaCha20"])
    def test_a_direction_ends_where_nobody_can_tell_how_many_were_lost(self, version: str) -> None:
        wire, records, keylog = self.talk(*VERSIONS[version], [frame(1), frame(2), frame(3)])
        wire.capture("client", records[0])
        wire.lose("client", len(records[1]))
        wire.capture("client", records[2])
        wire.close()
        exchanges, ledger = decrypted(wire.packets, keylog)
        assert said(exchanges) == {("request", frame(1)[4:]): 1}
        assert ledger.entries[Entry(Category.ENCRYPTED, plaintext.BYTES_LOST)] == len(records[2])

    def test_tls_1_2_goes_on_with_the_next_record(self) -> None:
        wire, records, keylog = self.talk(TLS_1_2, None, [frame(number) for number in range(5)])
        wire.capture("client", records[0])
        wire.lose("client", len(records[1]) + 7)
        wire.capture("client", records[2][7:])  # which is lost with it
        wire.capture("client", records[3])
        wire.capture("client", records[4])
        exchanges, _ = decrypted(wire.packets, keylog)
        assert said(exchanges) == {("request", frame(number)[4:]): 1 for number in (0, 3, 4)}

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("share", [0.01, 0.1])
    def test_nothing_is_invented_when_packets_are_lost(self, plain: list[Packet], version: str, share: float) -> None:
        source = random.Random(version + str(share))  # noqa: S311
        packets, keylog = encrypted(plain, *VERSIONS[version], segment=300)
        whole = said(decrypted(packets, keylog)[0])
        kept = [packet for packet in packets if source.random() > share]
        found = said(decrypted(kept, keylog)[0])
        assert found
        assert found <= whole

    def test_order_and_repetition_of_packets_do_not_matter(self, plain: list[Packet]) -> None:
        source = random.Random(1)  # noqa: S311
        packets, keylog = encrypted(plain, segment=300)
        starts = [packet for packet in packets if packet.data[SYN_BYTE] & SYN]  # they tell connections apart
        mixed = []
        for packet in packets:
            if not packet.data[SYN_BYTE] & SYN:
                mixed.insert(max(0, len(mixed) - source.choice((0, 0, 0, 1))), packet)
                mixed += [packet] * (source.random() < 0.1)
        mixed = starts + mixed
        assert said(decrypted(mixed, keylog)[0]) == said(decrypted(packets, keylog)[0])

    def test_a_connection_without_its_handshake_is_named(self) -> None:
        wire, records, keylog = self.talk(TLS_1_3, None, [frame(1)])
        wire.packets.clear()
        wire.capture("client", records[0])
        exchanges, ledger = decrypted(wire.packets, keylog)
        assert exchanges == []
        assert ledger.entries[Entry(Category.NOT_KAFKA, "TLS on port 9092")] == len(records[0])
        assert ledger.decrypts


class TestSecrets:
    """Key logs that lack something, or come late."""

    def packets(self, tunnel: Tunnel) -> Iterator[Packet]:
        wire = Wire().open()
        for side, data in tunnel.handshake:
            wire.capture(side, data)
        wire.capture("client", tunnel.say("client", frame(1)))
        yield from wire.packets

    def test_those_of_another_connection_are_none(self) -> None:
        exchanges, ledger = decrypted(self.packets(Tunnel()), Tunnel().keylog)
        assert exchanges == []
        assert {entry: size for entry, size in ledger.entries.items() if size} == {
            Entry(Category.ENCRYPTED, decryption.NO_SECRETS): ledger.captured
        }

    def test_all_four_of_tls_1_3_are_needed(self) -> None:
        tunnel = Tunnel()
        some = b"\n".join(line for line in tunnel.keylog.split(b"\n") if b"SERVER_TRAFFIC" not in line)
        _, ledger = decrypted(self.packets(tunnel), some)
        assert ledger.entries[Entry(Category.ENCRYPTED, decryption.SOME_SECRETS)] == ledger.captured

    def test_a_connection_waits_for_them(self, tmp_path: Path) -> None:
        """They may be written down after the packets were captured."""
        tunnel = Tunnel()
        file = tmp_path / "keys.log"
        file.touch()
        dissection = Dissection(decryption=Decryption(KeyLog(file), TsharkDecrypter()))
        *before, last = self.packets(tunnel)
        assert [exchange for packet in before for exchange in dissection.feed(packet)] == []
        file.write_bytes(tunnel.keylog)
        exchanges = [*dissection.feed(last), *dissection.finish()]
        assert [exchange.api_name for exchange in exchanges] == ["ApiVersions"]

    def test_what_waits_for_them_counts_with_what_it_costs(self) -> None:
        """Segments of a byte each take hundreds of times their size."""
        wire, tunnel = Wire().open(), Tunnel()
        for side, data in tunnel.handshake[:2]:
            wire.capture(side, data)
        for _ in range(2000):
            wire.capture("client", b"x")
        secrets = KeyLog()
        secrets.add(Tunnel().keylog)
        decryption = Decryption(secrets, TsharkDecrypter())
        dissection = Dissection(decryption=decryption)
        most = 0
        for packet in wire.packets:
            dissection.feed(packet)
            most = max(most, decryption.waiting_bytes)
        assert 200_000 < most < 300_000
        assert decryption.waiting_bytes == 0

    def test_without_any_nothing_is_started(self) -> None:
        class Never:
            def open(self, secrets: bytes) -> decryption.Session:
                raise AssertionError

            def close(self) -> None:
                pass

        _, ledger = dissected(self.packets(Tunnel()), Decryption(KeyLog(), Never()))
        assert ledger.entries[Entry(Category.NOT_KAFKA, "TLS on port 9092")] == ledger.captured
        assert not ledger.decrypts


class TestFailure:
    """A decrypter that is not there, or fails: the rest goes on."""

    class Failing:
        """Decrypts the handshake, and then no more; or nothing at all."""

        def __init__(self, after: int | None) -> None:
            self.left = after

        def open(self, secrets: bytes) -> TestFailure.Failing:
            if self.left is None:
                raise DecryptionError("not there")
            return self

        def decrypt(self, record: bytes, *, from_client: bool) -> Plain:
            self.left -= 1
            if self.left < 0:
                raise DecryptionError("broken")
            return Plain(22, None)

        def close(self) -> None:
            pass

    @pytest.mark.parametrize(("after", "cause"), [(None, "not there"), (0, "broken"), (2, "broken")])
    def test_it_is_said(self, after: int | None, cause: str) -> None:
        tunnel = Tunnel()
        secrets = KeyLog()
        secrets.add(tunnel.keylog)
        exchanges, ledger = dissected(TestSecrets().packets(tunnel), Decryption(secrets, self.Failing(after)))
        assert exchanges == []
        assert ledger.entries[Entry(Category.ENCRYPTED, cause)] > 0
        assert ledger.accounted == ledger.captured

    def test_what_only_begins_like_tls_is_let_through(self) -> None:
        tunnel = Tunnel()
        secrets = KeyLog()
        secrets.add(tunnel.keylog)
        wire = Wire().open()
        wire.capture("client", b"\x16")
        wire.capture("client", b"\x07and so on")
        _, ledger = dissected(wire.packets, Decryption(secrets, TsharkDecrypter()))
        assert ledger.total(Category.ENCRYPTED) == 0
        assert ledger.total(Category.TLS) == 0


def test_a_hello_may_take_several_packets_and_come_after_its_answer() -> None:
    """As those of clients with post-quantum keys do; captures are reordered across directions."""
    tunnel, wire = Tunnel(), Wire().open()
    (_, client_hello), (_, answer), *rest = tunnel.handshake
    for at in range(0, len(client_hello), 100):
        wire.capture("client", client_hello[at : at + 100])
    wire.capture("server", answer)
    for side, data in rest:
        wire.capture(side, data)
    wire.capture("client", tunnel.say("client", frame(1)))
    number = next(number for number, packet in enumerate(wire.packets) if answer in packet.data)
    wire.packets.insert(number - 1, wire.packets.pop(number))  # before the last part of what it answers
    (exchange,), _ = decrypted(wire.packets, tunnel.keylog)
    assert exchange.api_name == "ApiVersions"


@pytest.fixture(scope="module")
def captured() -> tuple[list[Packet], bytes]:
    first, first_keylog = encrypted(beginning("mock.pcap"), TLS_1_3, segment=200)
    second, second_keylog = encrypted(beginning("codecs.pcap"), TLS_1_2, segment=200)
    return first + second, first_keylog + second_keylog


class TestAnything:
    """Whatever stands in records, and whatever the decrypter makes of it, every byte is accounted for."""

    class Wild:
        """Says anything of a record, as its bytes tell."""

        def open(self, secrets: bytes) -> TestAnything.Wild:
            return self

        def decrypt(self, record: bytes, *, from_client: bool) -> Plain:
            kind = (20, 21, 22, 23, 23, 23, 99)[record[-1] % 7]
            text = record[5 : max(5, len(record) - record[-1] % 40)]
            return Plain(kind, text if record[-1] % 3 else None)

        def close(self) -> None:
            pass

    @given(st.integers(), st.sampled_from([0, 0.02, 0.2]), st.sampled_from([0, 0.02, 0.2]), st.sampled_from([0, 150]))
    @settings(max_examples=30)
    def test_the_ledger_balances(
        self, captured: tuple[list[Packet], bytes], seed: int, lost: float, broken: float, snap: int
    ) -> None:
        source = random.Random(seed)  # noqa: S311
        packets = []
        for packet in captured[0]:
            data = bytearray(packet.data)
            if source.random() < broken and len(data) > 40:
                data[source.randrange(40, len(data))] ^= 1 << source.randrange(8)
            if source.random() >= lost:
                packets.append(packet._replace(data=bytes(data[:snap] if snap else data)))
        secrets = KeyLog()
        secrets.add(captured[1])
        dissected(packets, Decryption(secrets, self.Wild()))


def beginning(name: str) -> list[Packet]:
    """Return the first packets of a capture."""
    with CaptureReader(CAPTURES / name) as reader:
        return list(reader)[:80]

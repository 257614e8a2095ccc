"""The ledger says where every byte went, and what to do where there is no Kafka."""

from __future__ import annotations

from typing import Any

import pytest

from dissector.exchanges import Outcome
from dissector.ledger import Category, Ledger
from dissector.views import ledger


@pytest.fixture
def books() -> Ledger:
    """A ledger of a capture in which something of everything happened."""
    books = Ledger(packets=1000, connections=12, captured=10_000, span=10_700, unique=9_900, lost=800, recognises=False)
    books.packets_skipped.update({"ARP": 10, "UDP": 2})
    books.book(Category.DECODED, 9_000)
    books.book(Category.UNDECODED, 600, "truncated", 17)
    books.book(Category.UNDECODED, 200, "length prefix lost", 18)
    books.book(Category.DUPLICATE, 100)
    books.book(Category.NOT_KAFKA, 100, "port 8080", 3)
    books.lose(500, "snap length", 4)
    books.lose(300, "not captured", 5)
    books.contradict(6)
    books.exchanges.update({(Outcome.ANSWERED, None): 40, (Outcome.NO_RESPONSE_EXPECTED, "acks_0"): 2})
    return books


def text(books: Ledger, **options: Any) -> str:
    return "\n".join(ledger.lines(books, **options))


def test_a_ledger_to_the_letter(books: Ledger) -> None:
    assert (
        text(books)
        == """\
ledger
  1000 packets, 12 TCP connections; 12 packets without TCP: 10 ARP, 2 UDP
  42 exchanges: 40 answered, 2 no response expected (acks=0)
  10000 bytes of TCP payload captured
     9000   90.0 %  decoded
      800    8.0 %  undecoded: truncated 600 (packet 17); length prefix lost 200 (packet 18)
      100    1.0 %  duplicate
      100    1.0 %  not Kafka: port 8080 (packet 3)
  streams span 10700 bytes = 9900 captured + 800 lost: snap length 500 (packet 4); not captured 300 (packet 5)
  1 retransmission with other bytes than were seen first, which count (packet 6)
  other ports were not looked at: without --port, Kafka is recognised on any"""
    )


def test_one_is_not_several() -> None:
    books = Ledger(packets=3, connections=1)
    books.packets_skipped["ARP"] = 1
    books.exchanges[Outcome.ORPHAN_RESPONSE, "lost_in_capture"] = 1
    assert "  3 packets, 1 TCP connection; 1 packet without TCP: 1 ARP" in text(books)
    assert "  1 exchange: 1 orphan response (lost in capture)" in text(books)
    books.exchanges[Outcome.ORPHAN_RESPONSE, "lost_in_capture"] = 2
    assert "  2 exchanges: 2 orphan responses (lost in capture)" in text(books)


def test_a_balance_that_does_not_hold_is_said(books: Ledger) -> None:
    """Never a sum that is quietly wrong, unless reading was interrupted: then that is said."""
    books.captured += 7
    assert "does not balance: 10007 bytes captured, 10000 accounted for" in text(books)
    assert "does not balance" not in text(books, is_interrupted=True)
    assert "interrupted: what was still open is not counted" in text(books, is_interrupted=True)


def test_many_causes_are_counted(books: Ledger) -> None:
    for number in range(20):
        books.book(Category.HEADER_ONLY, 1, f"cause {number}")
    assert "; +12 more causes" in text(books)


def test_colour_only_where_it_is_wanted(books: Ledger) -> None:
    assert "\x1b[33mundecoded" in text(books, color=True)
    assert "\x1b" not in text(books)


class TestAdvice:
    """Where nothing was found, the next step is said."""

    @staticmethod
    def advice(books: Ledger) -> str:
        return "\n".join(ledger.advice(books))

    def test_nothing_captured(self) -> None:
        assert "no packets" in self.advice(Ledger())

    def test_no_tcp(self) -> None:
        assert "no TCP payload" in self.advice(Ledger(packets=3))

    def test_other_ports(self) -> None:
        """The ports that carried traffic, the most likely first, with the option to type."""
        books = Ledger(packets=3, captured=300)
        books.book(Category.NOT_KAFKA, 100, "port 8080", 1)
        books.book(Category.NOT_KAFKA, 200, "port 19093", 2)
        assert "traffic on port 19093 (200 B), 8080 (100 B)" in self.advice(books)
        assert "--decode-as 19093" in self.advice(books)
        books.recognises = False
        assert "--port 19093" in self.advice(books)

    def test_encrypted(self) -> None:
        books = Ledger(packets=3, captured=100)
        books.book(Category.NOT_KAFKA, 100, "TLS on port 9093", 1)
        assert self.advice(books).startswith("TLS on port 9093: if it is a broker's, --keylog FILE decrypts it")

    def test_another_protocol(self) -> None:
        books = Ledger(packets=3, captured=100)
        books.book(Category.NOT_KAFKA, 100, "HTTP on port 8080", 1)
        assert "HTTP on port 8080: not Kafka" in self.advice(books)

    def test_another_protocol_on_a_port_of_kafka(self) -> None:
        """Beside Kafka elsewhere, only those are worth a line."""
        books = Ledger(packets=3, captured=300)
        books.exchanges[Outcome.ANSWERED, None] = 1
        for port in (443, 9093):
            books.book(Category.NOT_KAFKA, 100, f"TLS on port {port}", 1)
        assert "TLS on port 9093:" in self.advice(books)
        assert "443" not in self.advice(books)

    def test_no_frames(self) -> None:
        books = Ledger(packets=3, captured=100)
        books.book(Category.UNDECODED, 100, "no frame boundary known", 1)
        assert "does not read as requests and responses" in self.advice(books)

    def test_none_is_needed(self) -> None:
        books = Ledger(packets=3, captured=100)
        books.exchanges[Outcome.ANSWERED, None] = 1
        assert self.advice(books) == ""


def test_a_live_capture_says_what_it_dropped() -> None:
    """None as well: it is what everybody asks of a live capture."""
    live = Ledger(packets=5, dropped_by_kernel=0, dropped_by_us=0)
    assert "\n  5 packets, 0 TCP connections\n  no packets dropped\n" in text(live)
    live.dropped_by_kernel = 1
    assert "\n  1 packet dropped: 1 by the kernel\n" in text(live)
    live.dropped_by_us = 20
    assert "\n  21 packets dropped: 1 by the kernel, 20 by us, too slow to read them\n" in text(live)
    assert "dropped" not in text(Ledger(packets=5)), "nothing was live"


def test_lines_that_are_too_long_go_on_in_the_next(books: Ledger) -> None:
    whole = text(books)
    folded = text(books, columns=50)
    assert max(map(len, folded.splitlines())) == 50
    assert "\n  42 exchanges: 40 answered, 2 no response\n    expected (acks=0)\n" in folded
    assert folded.split() == whole.split()
    assert text(books, columns=500) == whole
    assert text(books, columns=50, color=True).split() != folded.split()

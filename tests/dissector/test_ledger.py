"""Bytes are booked once, and a balance that does not hold is said."""

from dissector.ledger import EXAMPLES, Category, Entry, Ledger


def test_bytes_add_up_per_category_and_cause() -> None:
    ledger = Ledger(captured=35)
    ledger.book(Category.UNDECODED, 10, "truncated", 7)
    ledger.book(Category.UNDECODED, 5, "trailing_bytes", 8)
    ledger.book(Category.DECODED, 20)
    assert (ledger.total(Category.UNDECODED), ledger.accounted) == (15, 35)
    assert ledger.discrepancies() == []


def test_examples_are_kept_for_what_was_not_decoded() -> None:
    """The first few packets, each once."""
    ledger = Ledger()
    for packet in (3, 3, 4, 5, 6, 7):
        ledger.book(Category.UNDECODED, 1, "truncated", packet)
        ledger.book(Category.DECODED, 1, "", packet)
    assert ledger.examples == {Entry(Category.UNDECODED, "truncated"): [3, 4, 5]}
    assert EXAMPLES == 3


def test_examples_are_the_first_packets_whenever_they_are_booked() -> None:
    """How many exchanges are read before their bodies are looked at makes no difference."""
    ledger = Ledger()
    for packet in (40, 8, 275, 12, 8, 41, 28):
        ledger.book(Category.UNDECODED, 1, "truncated", packet)
    assert ledger.examples == {Entry(Category.UNDECODED, "truncated"): [8, 12, 28]}


def test_discrepancies_are_said() -> None:
    ledger = Ledger(captured=10, span=8, unique=7)
    ledger.book(Category.DECODED, 9)
    ledger.lose(2, "snap length", 1)
    assert ledger.discrepancies() == [
        "10 bytes captured, 9 accounted for",
        "streams span 8 bytes, 7 captured and 0 lost",
        "0 bytes lost, 2 of them for a reason",
    ]


def test_as_json_it_says_the_same() -> None:
    """Every total with its cause and the packets to look at."""
    ledger = Ledger(packets=9, connections=1, captured=15, span=14, unique=12, lost=2)
    ledger.packets_skipped["ARP"] = 3
    ledger.book(Category.DECODED, 10)
    ledger.book(Category.UNDECODED, 5, "truncated", 7)
    ledger.lose(2, "snap length", 8)
    ledger.contradict(9)
    ledger.exchanges["answered", None] = 4
    assert ledger.as_dict() == {
        "complete": True,
        "error": None,
        "packets": 9,
        "packets_skipped": {"ARP": 3},
        "packets_dropped": None,
        "connections": 1,
        "payload": {
            "captured": 15,
            "entries": [
                {"category": "decoded", "cause": None, "bytes": 10, "packets": []},
                {"category": "undecoded", "cause": "truncated", "bytes": 5, "packets": [7]},
            ],
        },
        "streams": {
            "span": 14,
            "captured": 12,
            "lost": 2,
            "losses": [{"cause": "snap length", "bytes": 2, "packets": [8]}],
        },
        "conflicts": {"count": 1, "packets": [9]},
        "exchanges": [{"outcome": "answered", "reason": None, "count": 4}],
        "discrepancies": [],
    }


def test_bytes_that_are_asked_for_later_move() -> None:
    """What is read of them, and what cannot be, is taken from what nobody asked for."""
    ledger = Ledger(captured=120)
    ledger.ask_later(100)
    ledger.not_asked_for += 20
    assert ledger.entries == {Entry(Category.NOT_ASKED_FOR): 120}
    ledger.read(70)
    ledger.fail(10, "truncated", 7)
    assert ledger.entries == {
        Entry(Category.NOT_ASKED_FOR): 40,
        Entry(Category.DECODED): 70,
        Entry(Category.UNDECODED, "truncated"): 10,
    }
    assert ledger.examples[Entry(Category.UNDECODED, "truncated")] == [7]
    assert ledger.discrepancies() == []


def test_exchanges_are_counted_by_what_came_of_them() -> None:
    """Answered ones by either way."""
    ledger = Ledger()
    ledger.answered += 1
    ledger.settle("answered", None)
    ledger.settle("unanswered", "capture_ended")
    assert ledger.exchanges == {("answered", None): 2, ("unanswered", "capture_ended"): 1}


class TestDeferred:
    """What is booked may wait for its turn, and comes out as if it had not."""

    BOOKED = (
        (Category.UNDECODED, 10, "a", 3),
        (Category.NOT_KAFKA, 5, "b", 4),
        (Category.UNDECODED, 7, "a", 9),
        (Category.UNDECODED, 0, "none", 9),
        (Category.UNDECODED, 1, "a", 3),
        (Category.UNDECODED, 1, "a", 11),
        (Category.UNDECODED, 1, "a", 12),
    )

    def test_nothing_is_there_before_it_is_entered(self) -> None:
        ledger = Ledger()
        bookings = ledger.defer()
        ledger.book(*self.BOOKED[0])
        assert not ledger.entries
        assert bookings == {Entry(Category.UNDECODED, "a"): (10, [3])}

    def test_then_it_is_as_it_would_have_been(self) -> None:
        at_once, later = Ledger(), Ledger()
        bookings = later.defer()
        for booked in self.BOOKED:
            at_once.book(*booked)
            later.book(*booked)
        for entry, (size, packets) in bookings.items():
            later.enter(entry, size, packets)
        assert list(later.entries.items()) == list(at_once.entries.items())
        assert (
            later.examples
            == at_once.examples
            == {
                Entry(Category.UNDECODED, "a"): [3, 9, 11],
                Entry(Category.NOT_KAFKA, "b"): [4],
            }
        )

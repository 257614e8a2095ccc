"""The decode ledger: where every captured byte went, so that nothing is dropped silently.

Two balances hold whenever everything fed has been flushed:
captured TCP payload = the sum over all categories, and
span of the streams = unique bytes captured + bytes lost in capture.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_ENTRIES: Final = 1024
OTHERS: Final = "others"  # the cause of what would be one entry more: a port scan has as many as there are ports
EXAMPLES: Final = 3  # packet numbers kept for each entry whose bytes were not decoded


class Category(StrEnum):
    """What became of captured TCP payload."""

    DECODED = "decoded"
    NOT_ASKED_FOR = "decodable but not asked for"
    HEADER_ONLY = "header only"
    UNDECODED = "undecoded"
    TLS = "TLS around what was decrypted"
    ENCRYPTED = "encrypted"
    DUPLICATE = "duplicate"
    NOT_KAFKA = "not Kafka"

    __hash__ = str.__hash__  # an enumeration's own is slow, and not that of the equal text


_WITH_EXAMPLES: Final = frozenset({Category.HEADER_ONLY, Category.UNDECODED, Category.ENCRYPTED, Category.NOT_KAFKA})


class Entry(NamedTuple):
    """A line of the ledger; `cause` is empty where the category says it all."""

    category: Category
    cause: str = ""


#: Bytes by entry that are not in the ledger yet, each with the first few packets: in the order in which they came.
Bookings = dict[Entry, tuple[int, list[int]]]

_NOT_ASKED_FOR: Final = Entry(Category.NOT_ASKED_FOR)
_DECODED: Final = Entry(Category.DECODED)


class Books(Protocol):
    """What messages enter their bytes in, all of which were decodable but not asked for to begin with."""

    def read(self, size: int) -> None:
        """Take note of bytes that were read."""

    def fail(self, size: int, cause: str, packet: int) -> None:
        """Take note of bytes that could not be read."""


@dataclass(slots=True)
class Ledger:
    """Counts of bytes by what became of them, of packets that carry no TCP, and of exchanges by outcome.

    `recognises` says that Kafka was looked for on any port, `decrypts` that there were secrets of TLS. `losses` has the
    bytes that are not in the capture by cause, `conflicts` the number of retransmissions that differ from the bytes
    first seen, which count.
    `dropped_by_kernel` and `dropped_by_us` count the packets that a live capture did not keep up with, before they
    reached us and after; both are None where nothing was live.

    What nearly all messages and exchanges are is added up apart, by whom it costs least, and entered when somebody
    looks: `not_asked_for` bytes, which can be decoded and nobody asked for yet (or did meanwhile, see `read`), and
    `answered` exchanges.
    """

    packets: int = 0
    packets_skipped: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    captured: int = 0
    span: int = 0
    unique: int = 0
    lost: int = 0
    examples: dict[Entry, list[int]] = field(default_factory=dict)
    recognises: bool = True
    decrypts: bool = False
    losses: Counter[str] = field(default_factory=Counter)
    loss_examples: dict[str, list[int]] = field(default_factory=dict)
    conflicts: int = 0
    conflict_examples: list[int] = field(default_factory=list)
    dropped_by_kernel: int | None = None
    dropped_by_us: int | None = None
    _entries: Counter[Entry] = field(default_factory=Counter, init=False)
    _exchanges: Counter[tuple[str, str | None]] = field(default_factory=Counter, init=False)
    not_asked_for: int = field(default=0, init=False)
    answered: int = field(default=0, init=False)
    _decoded: int = field(default=0, init=False)
    _bookings: Bookings | None = field(default=None, init=False)

    @property
    def entries(self) -> Counter[Entry]:
        """The bytes of each entry."""
        self.not_asked_for -= self._decoded
        if self.not_asked_for:
            self._entries[_NOT_ASKED_FOR] += self.not_asked_for
            self.not_asked_for = 0
        if self._decoded:
            self._entries[_DECODED] += self._decoded
            self._decoded = 0
        return self._entries

    @property
    def exchanges(self) -> Counter[tuple[str, str | None]]:
        """The number of exchanges with each outcome and reason."""
        if self.answered:
            self._exchanges["answered", None] += self.answered
            self.answered = 0
        return self._exchanges

    def settle(self, outcome: str, reason: str | None) -> None:
        """Count an exchange; it is an answered one where there is no reason to give."""
        if reason is None:
            self.answered += 1
        else:
            self._exchanges[outcome, reason] += 1

    def book(self, category: Category, size: int, cause: str = "", packet: int | None = None) -> None:
        """Add bytes to an entry; of those not decoded, the first few packet numbers stay as examples."""
        if not size:
            return
        entry = Entry(category, cause)
        packets = (packet,) if packet is not None and size > 0 and category in _WITH_EXAMPLES else ()
        if self._bookings is None:
            self.enter(entry, size, packets)
        else:
            booked, examples = self._bookings.get(entry, (0, []))
            _note(examples, packets)
            self._bookings[entry] = booked + size, examples

    def defer(self) -> Bookings:
        """Return where all that is booked stands from now on: who takes it out enters it, in its turn."""
        self._bookings = {}
        return self._bookings

    def enter(self, entry: Entry, size: int, packets: Collection[int]) -> None:
        """Add bytes to an entry, with packets as examples."""
        if len(self._entries) >= MAX_ENTRIES and entry not in self._entries:
            entry = Entry(entry.category, OTHERS)
        self._entries[entry] += size
        if packets:
            _note(self.examples.setdefault(entry, []), packets)

    def ask_later(self, size: int) -> None:
        """Add bytes that can be decoded, but are not asked for yet."""
        self.not_asked_for += size

    def read(self, size: int) -> None:
        """Move bytes that were not asked for: they are decoded."""
        self._decoded += size

    def fail(self, size: int, cause: str, packet: int) -> None:
        """Move bytes that were not asked for: they cannot be decoded."""
        self.not_asked_for -= size
        self.book(Category.UNDECODED, size, cause, packet)

    def lose(self, size: int, cause: str, packet: int) -> None:
        """Count bytes of a stream that are not in the capture, given up with this packet."""
        self.losses[cause] += size
        _note(self.loss_examples.setdefault(cause, []), (packet,))

    def contradict(self, packet: int) -> None:
        """Count a retransmission that differs from the bytes first seen, which count."""
        self.conflicts += 1
        _note(self.conflict_examples, (packet,))

    def total(self, category: Category) -> int:
        """Return the bytes of a category, whatever their cause."""
        return sum(size for entry, size in self.entries.items() if entry.category == category)

    @property
    def accounted(self) -> int:
        """The bytes of all categories together."""
        return sum(self.entries.values())

    def as_dict(self, *, is_complete: bool = True, error: str | None = None) -> dict[str, Any]:
        """Return the ledger as JSON-ready values; `is_complete` says that everything fed was flushed.

        `complete`; `error` with which the capture broke off; `packets`, `packets_skipped` (count by reason),
        `packets_dropped` (null, or of a live capture `by_kernel` and `by_us`), `connections`; `payload`: `captured`
        bytes, and `entries` that add up to them, each with `category`, `cause`, `bytes` and `packets` (numbers, as
        examples); `streams`: `span`, `captured` and `lost` bytes, and `losses` with `cause`, `bytes`, `packets`;
        `conflicts`: `count` and `packets`; `exchanges` with `outcome`, `reason`, `count`; `discrepancies`: which
        balance does not hold, in words.
        """
        return {
            "complete": is_complete,
            "error": error,
            "packets": self.packets,
            "packets_skipped": dict(self.packets_skipped.most_common()),
            "packets_dropped": None
            if self.dropped_by_kernel is None
            else {"by_kernel": self.dropped_by_kernel, "by_us": self.dropped_by_us},
            "connections": self.connections,
            "payload": {
                "captured": self.captured,
                "entries": [
                    {
                        "category": entry.category.value,
                        "cause": entry.cause or None,
                        "bytes": size,
                        "packets": self.examples.get(entry, []),
                    }
                    for entry, size in self.entries.most_common()
                    if size
                ],
            },
            "streams": {
                "span": self.span,
                "captured": self.unique,
                "lost": self.lost,
                "losses": [
                    {"cause": cause, "bytes": size, "packets": self.loss_examples.get(cause, [])}
                    for cause, size in self.losses.most_common()
                ],
            },
            "conflicts": {"count": self.conflicts, "packets": self.conflict_examples},
            "exchanges": [
                {"outcome": str(outcome), "reason": reason, "count": count}
                for (outcome, reason), count in self.exchanges.most_common()
            ],
            "discrepancies": self.discrepancies() if is_complete else [],
        }

    def discrepancies(self) -> list[str]:
        """Say in words which balance does not hold; an empty list when both do."""
        found = []
        if self.accounted != self.captured:
            found.append(f"{self.captured} bytes captured, {self.accounted} accounted for")
        if self.unique + self.lost != self.span:
            found.append(f"streams span {self.span} bytes, {self.unique} captured and {self.lost} lost")
        if sum(self.losses.values()) != self.lost:
            found.append(f"{self.lost} bytes lost, {sum(self.losses.values())} of them for a reason")
        return found


def _note(examples: list[int], packets: Iterable[int]) -> None:
    """Keep the first few packets; they may come in any order, since bodies are looked at after others were framed."""
    for packet in packets:
        if (len(examples) < EXAMPLES or packet < examples[-1]) and packet not in examples:
            insort(examples, packet)
            del examples[EXAMPLES:]

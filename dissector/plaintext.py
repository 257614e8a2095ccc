"""What the records of one direction of a TLS connection hold, in the place of the records. Sans-I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dissector import tls
from dissector.events import Data, Gap
from dissector.ledger import Category
from dissector.tls import Records

if TYPE_CHECKING:
    from dissector.events import Event
    from dissector.streams import Stream
    from dissector.tls import Record, Torn

#: What became of bytes of TLS that are no plaintext.
HANDSHAKE: Final = "handshakes and alerts"
RECORDS: Final = "records' headers and tags"

#: Why bytes were not decrypted.
BYTES_LOST: Final = "bytes lost before"
TYPE_LOST: Final = "end of the record lost"
FAILED: Final = "decryption failed"

#: The length of a gap of which only this is known, that it goes beyond any message.
UNKNOWN_LENGTH: Final = 1 << 40

#: How many records of TLS 1.3 may be lost in one place.
MAX_TRIES: Final = 256

_TAG: Final = 16
_NONCE: Final = 8
_TLS13_EXTRA: Final = _TAG + 1  # the content type stands behind the plaintext


class Sealed(NamedTuple):
    """Captured bytes of TLS that are no plaintext, or were not decrypted."""

    category: Category
    length: int
    cause: str
    packet_number: int


class Plain(NamedTuple):
    """What a record holds: its content type (in TLS 1.3 the inner one), and its plaintext, None if not decrypted."""

    kind: int
    data: bytes | None


class Direction:
    """One direction of an encrypted connection."""

    def __init__(self, stream: Stream, *, from_client: bool) -> None:
        self.records = Records()
        self.from_client = from_client
        self.failure: str | None = None
        #: Whether it has said that it encrypts from now on (TLS 1.2), and whether that was lost.
        self.has_cipher = self.needs_cipher = False
        #: While it is looked for how many records were lost (TLS 1.3): how often that was tried, and what was found.
        self.tries: int | None = None
        self.found: tuple[Record, Plain] | None = None
        self._stream = stream
        self._offset = 0

    def lose(self, torn: Torn, suite: int, given: list[Event | Sealed]) -> None:
        """Go on, if that is possible, where records were lost, and nobody knows how many."""
        self.drop(given)
        self.give_gap(UNKNOWN_LENGTH, torn.cause, torn.packet_number, given)
        if torn.cause == tls.NOT_TLS or suite in _CHACHA20:
            self.failure = BYTES_LOST if torn.cause == tls.LOST else torn.cause
        elif tls.is_tls13(suite):
            self.tries = 0
        else:
            self.needs_cipher = not self.has_cipher

    def is_confirmed(self, record: Record, plain: Plain, suite: int, given: list[Event | Sealed]) -> bool:
        """Say whether the record after the one that was found is right as well; then give both."""
        if self.found is None or not is_right(record, plain, {tls.ALERT, tls.HANDSHAKE, tls.APPLICATION}):
            self.drop(given)
            return False
        found, self.found, self.tries = self.found, None, None
        self.give(*found, suite, given)
        self.give(record, plain, suite, given)
        return True

    def drop(self, given: list[Event | Sealed]) -> None:
        """Give up a record that was found and not confirmed."""
        if self.found is not None:
            self.refuse(self.found[0], BYTES_LOST, given)
            self.found = None

    def refuse(self, record: Record, cause: str, given: list[Event | Sealed]) -> None:
        """Say why a record was not decrypted."""
        given.append(Sealed(Category.ENCRYPTED, record.captured, cause, record.event.packet_number))

    def give(self, record: Record, plain: Plain, suite: int, given: list[Event | Sealed]) -> None:
        """Give what is in a record, and account for the rest of it."""
        number = record.event.packet_number
        captured = record.captured
        if record.kind != tls.APPLICATION:
            self.has_cipher |= record.kind == tls.CHANGE_CIPHER
            given.append(Sealed(Category.TLS, captured, HANDSHAKE, number))
            return
        text, holes = _plaintext(record, plain, suite)
        if text is None and plain.kind == tls.APPLICATION and not holes:
            self.failure = FAILED
            given.append(Sealed(Category.ENCRYPTED, captured, FAILED, number))
            if self._offset:
                self.give_gap(UNKNOWN_LENGTH, FAILED, number, given)
            return
        if text is None and not holes:
            given.append(Sealed(Category.TLS, captured, HANDSHAKE, number))
            return
        size = 0
        at = 0
        for start, stop, cause in holes:
            if text is not None and start > at:
                size += self._give_data(text[at:start], record.event, given)
            self.give_gap(stop - start, cause, number, given)
            at = stop
        if text is not None and at < len(text):
            size += self._give_data(text[at:], record.event, given)
        if text is None:
            given.append(Sealed(Category.ENCRYPTED, captured, TYPE_LOST, number))
        else:
            given.append(Sealed(Category.TLS, captured - size, RECORDS, number))

    def give_gap(self, length: int, cause: str, packet_number: int, given: list[Event | Sealed]) -> None:
        """Give a hole in the plaintext."""
        given.append(Gap(self._stream, self._offset, length, cause, packet_number))
        self._offset += length

    def _give_data(self, text: bytes, event: Data, given: list[Event | Sealed]) -> int:
        given.append(event._replace(offset=self._offset, payload=text))
        self._offset += len(text)
        return len(text)


def _plaintext(record: Record, plain: Plain, suite: int) -> tuple[bytes | None, list[tls.Hole]]:
    """Return the plaintext of a record of application data, and what of it was lost; None where that is all of it.

    Nothing at all is returned where there is no plaintext: it was not decrypted, or is no application data.
    """
    size = len(record.data) - tls.HEADER
    if not record.holes:
        if plain.kind != tls.APPLICATION:
            return None, []
        if plain.data is None and size <= _TLS13_EXTRA:
            return b"", []  # a record without content
        return plain.data, []
    first, cause = record.holes[0].start, record.holes[0].cause
    if tls.is_tls13(suite):
        end = size - _TLS13_EXTRA
        inner = tls.HEADER + end
        if any(hole.start <= inner < hole.stop for hole in record.holes):
            # Its type is lost: all but a few records are application data without padding.
            return None, [tls.Hole(0, max(end, 0), cause)]
        if plain.kind != tls.APPLICATION or plain.data is None:
            return None, []
        return plain.data, _shifted(record.holes, tls.HEADER, len(plain.data))
    extra = size - len(plain.data or b"")
    if plain.data is None:
        return None, [tls.Hole(0, UNKNOWN_LENGTH, cause)]
    if extra == _TAG:
        return plain.data, _shifted(record.holes, tls.HEADER, len(plain.data))
    if extra == _TAG + _NONCE and first >= tls.HEADER + _NONCE:
        return plain.data, _shifted(record.holes, tls.HEADER + _NONCE, len(plain.data))
    if extra == _TAG + _NONCE:
        return None, [tls.Hole(0, len(plain.data), cause)]
    return None, [tls.Hole(0, UNKNOWN_LENGTH, cause)]  # a block cipher: its padding tells the length, or told it


def _shifted(holes: tuple[tls.Hole, ...], by: int, size: int) -> list[tls.Hole]:
    """Return where holes of a record are in its plaintext, of `size` bytes, that begins `by` bytes into the record."""
    moved = [tls.Hole(max(0, start - by), min(size, stop - by), cause) for start, stop, cause in holes]
    return [hole for hole in moved if hole.start < hole.stop]


#: ECDHE and DHE with ChaCha20-Poly1305 (RFC 7905): the nonce counts records, as in TLS 1.3.
_CHACHA20: Final = range(0xCCA8, 0xCCAF)


def is_right(record: Record, plain: Plain, kinds: set[int]) -> bool:
    """Say whether a record of TLS 1.3 can hold what was decrypted: its type, and so its length, stand at its end."""
    if plain.kind not in kinds:
        return False
    return plain.kind != tls.APPLICATION or len(plain.data or b"") == len(record.data) - tls.HEADER - _TLS13_EXTRA

"""What records hold, given what was decrypted of them: plaintext, gaps where they have holes, all accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector import plaintext, tls
from dissector.events import Data, Gap
from dissector.ledger import Category
from dissector.plaintext import UNKNOWN_LENGTH, Direction, Plain, Sealed
from dissector.tls import Hole, Record

if TYPE_CHECKING:
    from dissector.events import Event
    from dissector.reassembly import Stream

STREAM: Stream = None  # type: ignore[assignment] # nobody asks for it here
EVENT = Data(STREAM, 0, b"", 7, 7, 6)
GCM_1_3, GCM_1_2, CHACHA20, CBC = 0x1301, 0xC02F, 0xCCA9, 0xC013
TEXT = bytes(range(40))


def given(size: int, plain: Plain, suite: int, *holes: tuple[int, int]) -> list[Event | Sealed]:
    """Return what comes of a record of application data with so many bytes behind its header."""
    data = bytes((tls.APPLICATION, 3, 3)) + size.to_bytes(2, "big") + bytes(size)
    record = Record(data, tuple(Hole(5 + start, 5 + stop, "lost") for start, stop in holes), EVENT)
    found: list[Event | Sealed] = []
    Direction(STREAM, from_client=True).give(record, plain, suite, found)
    captured = sum(len(each.payload) if isinstance(each, Data) else 0 for each in found)
    assert captured + sum(each.length for each in found if isinstance(each, Sealed)) == record.captured
    return found


def shown(found: list[Event | Sealed]) -> list[bytes | int]:
    """Return plaintext, and lengths of gaps, in order; each follows the one before."""
    at = 0
    pieces: list[bytes | int] = []
    for each in found:
        if isinstance(each, Data | Gap):
            assert each.offset == at
            pieces.append(each.payload if isinstance(each, Data) else each.length)
            at += len(each.payload) if isinstance(each, Data) else each.length
    return pieces


# How much a record is longer than its plaintext, and where in it that begins.
@pytest.mark.parametrize(("suite", "extra", "start"), [(GCM_1_3, 17, 0), (GCM_1_2, 24, 8), (CHACHA20, 16, 0)])
class TestStreamCiphers:
    def test_a_whole_record(self, suite: int, extra: int, start: int) -> None:
        assert shown(given(40 + extra, Plain(23, TEXT), suite)) == [TEXT]

    def test_holes_are_where_they_are_in_the_record(self, suite: int, extra: int, start: int) -> None:
        holes = [(start + 3, start + 5), (start + 30, start + 40)]
        assert shown(given(40 + extra, Plain(23, TEXT), suite, *holes)) == [TEXT[:3], 2, TEXT[5:30], 10]

    def test_a_lost_tag_loses_nothing(self, suite: int, extra: int, start: int) -> None:
        size = 40 + extra
        assert shown(given(size, Plain(23, TEXT), suite, (size - 10, size))) == [TEXT]

    def test_what_is_not_decrypted_is_said(self, suite: int, extra: int, start: int) -> None:
        (sealed,) = given(40 + extra, Plain(23, None), suite)
        assert (sealed.category, sealed.cause) == (Category.ENCRYPTED, plaintext.FAILED)


def test_with_its_inner_type_a_record_of_tls_1_3_is_lost_but_its_length_is_known() -> None:
    found = given(57, Plain(99, None), GCM_1_3, (30, 57))
    assert shown(found) == [40]
    assert [each.cause for each in found if isinstance(each, Sealed)] == [plaintext.TYPE_LOST]


def test_with_its_nonce_a_record_is_lost_but_its_length_is_known() -> None:
    assert shown(given(64, Plain(23, TEXT), GCM_1_2, (0, 4))) == [40]


def test_of_a_block_cipher_nothing_is_known_where_something_is_lost() -> None:
    assert shown(given(80, Plain(23, TEXT), CBC, (20, 30))) == [UNKNOWN_LENGTH]


def test_what_is_no_application_data_inside_is_a_handshake() -> None:
    for kind in (tls.HANDSHAKE, tls.ALERT):
        (sealed,) = given(57, Plain(kind, None), GCM_1_3)
        assert (sealed.category, sealed.cause) == (Category.TLS, plaintext.HANDSHAKE)


def test_a_record_may_be_empty() -> None:
    (sealed,) = given(17, Plain(23, None), GCM_1_3)
    assert (sealed.category, sealed.cause) == (Category.TLS, plaintext.RECORDS)

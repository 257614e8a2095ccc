"""TLS records out of streams, whole, cut anywhere, and with holes; what hellos tell."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from support.encrypted import TLS_1_2, TLS_1_3, Tunnel

from dissector import tls
from dissector.events import Data, Gap
from dissector.reassembly import Limits, Stream
from dissector.streams import Held
from dissector.tls import Record, Records, Torn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.reassembly import Connection

connection: Connection = None  # type: ignore[assignment] # nobody asks for it here
STREAM = Stream(connection, ("client", 1), ("server", 2), Limits(), Held())  # type: ignore[arg-type] # endpoints


def record(content: bytes, kind: int = tls.APPLICATION) -> bytes:
    return bytes((kind, 3, 3)) + len(content).to_bytes(2, "big") + content


def events(pieces: Iterable[bytes | int]) -> list[Data | Gap]:
    """Return pieces of a stream as events, each in a packet of its own; a number is a gap of that many bytes."""
    found: list[Data | Gap] = []
    offset = 0
    for number, piece in enumerate(pieces, 1):
        size = piece if isinstance(piece, int) else len(piece)
        if isinstance(piece, int):
            found.append(Gap(STREAM, offset, size, "lost", number))
        else:
            found.append(Data(STREAM, offset, piece, number, number, 6))
        offset += size
    return found


def fed(*pieces: bytes | int) -> list[Record | Torn]:
    records = Records()
    return [result for event in events(pieces) for result in records.feed(event)] + records.finish()


def contents(results: list[Record | Torn]) -> list[bytes]:
    return [result.data[tls.HEADER :] for result in results if isinstance(result, Record)]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.data())
def test_records_are_found_however_they_are_cut(texts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(record, texts))
    cuts = sorted({0, len(stream), *data.draw(st.lists(st.integers(0, len(stream)), max_size=8))})
    results = fed(*(stream[start:stop] for start, stop in pairwise(cuts)))
    assert contents(results) == texts


def test_a_record_is_that_of_the_last_packet_that_carried_it() -> None:
    whole = record(b"x" * 20)
    (result,) = fed(whole[:3], whole[3:10], whole[10:])
    assert isinstance(result, Record)
    assert result.event.packet_number == 3


def test_bytes_lost_inside_of_a_record_are_a_hole_of_it() -> None:
    first, second = record(b"x" * 20), record(b"y")
    one, other = fed(first[:10], 5, first[15:] + second)
    assert isinstance(one, Record)
    assert one.holes == (tls.Hole(10, 15, "lost"),)
    assert one.captured == len(first) - 5
    assert contents([other]) == [b"y"]


def test_a_hole_may_reach_the_end_of_its_record() -> None:
    first, second = record(b"x" * 20), record(b"y")
    assert contents(fed(first[:10], len(first) - 10, second)) == [b"x" * 5 + bytes(15), b"y"]


@given(st.integers(0, 60), st.integers(1, 60))
def test_every_captured_byte_is_in_a_record_or_torn(start: int, length: int) -> None:
    stream = record(b"a" * 10) + record(b"b" * 10) + record(b"c" * 10) + record(b"d" * 10)
    start, stop = min(start, len(stream) - 1), min(start + length, len(stream))
    results = fed(*[piece for piece in (stream[:start], stop - start, stream[stop:]) if piece])
    counted = sum(result.captured if isinstance(result, Record) else result.length for result in results)
    assert counted == len(stream) - (stop - start)


def test_a_boundary_is_found_again_where_a_chain_of_records_begins() -> None:
    results = fed(record(b"a"), 9, b"\x17\x03\x17\x17\x03\x03\xff", record(b"c" * 9) + record(b"d"))
    assert contents(results) == [b"a", b"c" * 9, b"d"]


def test_a_boundary_is_found_again_where_a_record_fills_a_segment() -> None:
    assert contents(fed(record(b"a"), 9, record(b"c" * 9))) == [b"a", b"c" * 9]


def test_what_is_no_record_is_no_tls() -> None:
    (torn, lost) = fed(b"\x16\x03\x01\xff\xff no record is as long as that")
    assert isinstance(torn, Torn)
    assert torn.cause == lost.cause == tls.NOT_TLS


def test_hellos_tell_version_and_whose_secrets_they_need() -> None:
    for version in (TLS_1_2, TLS_1_3):
        tunnel = Tunnel(version)
        hellos = {}
        for side, data in reversed(tunnel.handshake):
            hellos[side] = fed(data)[0]
        client, server = hellos["client"], hellos["server"]
        assert (tls.hello(client), tls.hello(server)) == (tls.CLIENT_HELLO, tls.SERVER_HELLO)
        assert tls.random(client).hex() in tunnel.keylog.decode()
        assert tls.is_tls13(tls.cipher_suite(server)) == (version == TLS_1_3)


def test_a_hello_with_holes_where_it_matters_is_none() -> None:
    ((_, data), *_) = Tunnel().handshake
    assert tls.hello(fed(data[:20], 3, data[23:])[0]) is None


def test_the_beginning_of_tls_is_known_by_as_much_as_there_is() -> None:
    ((_, data), *_) = Tunnel().handshake
    assert all(tls.is_hello(data[:size]) for size in (1, 2, 5, 100))
    assert not any(tls.is_hello(other) for other in (b"", b"\0\0\0\x10", b"GET / HTTP/1.1", b"\x16\x07"))

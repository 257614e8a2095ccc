"""Packets to views: a conversation on one connection, its frames in the input's hands.

The ledger balances before anybody looks and afterwards. Every exchange becomes a line of ASCII JSON, lines of text and
of a tree without a control character, and nothing of it raises. Looking twice gives the same.
"""

from __future__ import annotations

import json
import struct
from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.engine import Dissection
from dissector.packets import Packet
from dissector.views import jsonl, ledger
from dissector.views.text import TextView
from dissector.views.tree import TreeView
from fuzz import samples
from fuzz.cursor import Cursor, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.exchanges import Exchange

_RAW_IP: Final = 101
_SYN, _ACK, _FIN = 2, 16, 1
_FRAMED, _LOST, _CUT, _AGAIN = 1, 2, 4, 8
ALLOWANCE: Final = 128 << 20  # records may be compressed


def seeds() -> Iterator[bytes]:
    """Yield requests of the captures with their responses: one of each kind, and several on one connection."""
    kinds: dict[tuple[object, ...], bytes] = {}
    for exchange in samples.exchanges():
        parts = b""
        for side, message in enumerate((exchange.request, exchange.response)):
            if message is not None and len(message.frame.data) < 4000:
                parts += bytes((side, _FRAMED)) + sized(bytes(message.frame.data))
        kinds.setdefault((exchange.api_key, exchange.api_version, exchange.outcome), parts)
    few = list(kinds.values())
    for start in range(0, len(few), 4):
        yield b"\0" + b"".join(few[start : start + 4])
        yield b"\1" + b"".join(few[start : start + 4]) + b"\0\x02\x00\x10"
        yield b"\3" + b"".join(few[start + 3 : start + 1 : -1])


def check(data: bytes) -> None:
    """Dissect the conversation of an input."""
    dissection = Dissection()
    exchanges: list[Exchange] = []
    for packet in packets(Cursor(data)):
        exchanges += dissection.feed(packet)
    exchanges += dissection.finish()
    assert dissection.ledger.discrepancies() == []
    text, tree = TextView(), TreeView(show_secrets=True)
    for exchange in exchanges:
        line = jsonl.line(exchange)
        assert line.isascii()
        assert "\n" not in line
        assert set(json.loads(line, parse_constant=_refuse)) >= {"request", "response", "outcome"}
        assert jsonl.line(exchange) == line
        for shown in (*text.lines(exchange), *tree.lines(exchange)):
            assert shown.isprintable(), shown
    assert dissection.ledger.discrepancies() == []
    for shown in ledger.lines(dissection.ledger, color=False, is_interrupted=False, has_advice=True):
        assert shown.isprintable(), shown


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def packets(cursor: Cursor) -> Iterator[Packet]:
    """Yield the packets of a connection: the handshake (or not), then what the input says."""
    mode = cursor.number()
    sequence = [1000, 5000]
    number = 0
    if not mode & 1:
        for number, (side, flags) in enumerate(((0, _SYN), (1, _SYN | _ACK), (0, _ACK)), 1):
            yield _packet(number, side, sequence, flags, b"")
            sequence[side] += flags & _SYN == _SYN
    while cursor:
        side, how = cursor.number() & 1, cursor.number()
        payload = cursor.sized()
        if how & _FRAMED:
            payload = len(payload).to_bytes(4) + payload
        pieces = [payload[at : at + 100] for at in range(0, len(payload), 100)] if mode & 2 else [payload]
        for piece in islice(pieces, 200):
            number += 1
            packet = _packet(number, side, sequence, _ACK, piece)
            if how & _CUT:
                packet = packet._replace(data=packet.data[:96])
            if not how & _LOST:
                yield packet
            if how & _AGAIN:
                yield packet
            sequence[side] += len(piece)
    for side in (0, 1):
        yield _packet(number + 1 + side, side, sequence, _FIN | _ACK, b"")


def _packet(number: int, side: int, sequence: list[int], flags: int, payload: bytes) -> Packet:
    ports = (40_000, 9092)
    tcp = struct.pack(
        ">HHIIBBHHH", ports[side], ports[1 - side], sequence[side], sequence[1 - side], 0x50, flags, 0, 0, 0
    )
    addresses = (b"\x0a\0\0\1", b"\x0a\0\0\2")
    head = struct.pack(">BBHHHBBH", 0x45, 0, 0, 0, 0, 64, 6, 0) + addresses[side] + addresses[1 - side]
    data = head + tcp + payload
    return Packet(number, number * 1_000_000, 6, _RAW_IP, data, len(data))

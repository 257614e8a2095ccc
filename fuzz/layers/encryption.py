"""Connections in TLS, from their hellos on: records in the input's hands, and what a decrypter makes of them as well.

Whatever is in records, lost of them, or said of them, every byte is accounted for, and nothing waits for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dissector.decryption import Decryption, DecryptionError
from dissector.engine import Dissection
from dissector.keylog import KeyLog
from dissector.plaintext import Plain
from dissector.tls import APPLICATION, HANDSHAKE, HEADER
from fuzz import samples
from fuzz.cursor import Cursor, sized
from fuzz.layers.dissection import packets

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANDOM: Final = bytes(range(32))
_SUITES: Final = (0x1301, 0xC02F, 0xCCA8, 0x002F)  # TLS 1.3; AES-GCM, ChaCha20 and AES-CBC of TLS 1.2
_KINDS: Final = (23, 23, 23, 20, 21, 22, 24, 99)
_LABELS: Final = (
    "CLIENT_RANDOM",
    *(f"CLIENT_{secret}" for secret in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")),
    *(f"SERVER_{secret}" for secret in ("HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0")),
)
_RECORD: Final = 1  # what is said is a record: the input's, behind a header that fits
_WHOLE: Final = 16  # and the decrypter gives back all that is in it
ALLOWANCE: Final = 128 << 20  # records of Kafka's may be compressed


def seeds() -> Iterator[bytes]:
    """Yield requests and responses of captures, a record each."""
    for number, body in enumerate(samples.bodies()[:60]):
        frame = len(body.data[:2000]).to_bytes(4) + body.data[:2000]
        yield bytes((number % 4 | 8, 1)) + b"".join(
            bytes((side, _RECORD | _WHOLE)) + sized(frame) for side in (0, 1, 0)
        )
        yield bytes((number % 4 | 8, number & 1)) + b"".join(
            bytes((number & 1, _RECORD | _WHOLE | lost)) + sized(frame[at : at + 300])
            for at, lost in zip(range(0, len(frame), 300), (0, 2, 0, 0, 4, 0, 0), strict=False)
        )


def check(data: bytes) -> None:
    """Dissect the conversation of an input."""
    cursor = Cursor(data)
    mode, known = cursor.number(), cursor.number()
    keylog = KeyLog()
    for label in _LABELS if known & 1 else _LABELS[:2]:
        keylog.add(f"{label} {_RANDOM.hex()} {'ab' * 32}".encode())
    decryption = Decryption(keylog, _Wild())
    dissection = Dissection(decryption=decryption, decode_as=[9092])
    for packet in packets(Cursor(_conversation(mode, cursor))):
        dissection.feed(packet)
    list(dissection.finish())
    assert dissection.ledger.discrepancies() == []
    assert decryption.waiting_bytes == 0


def _conversation(mode: int, cursor: Cursor) -> bytes:
    """Return what is said, hellos first, as the packets of the other layer are written."""
    hellos = _hello(1, b""), _hello(2, _SUITES[mode & 3].to_bytes(2))
    parts = [bytes((mode >> 4,))]
    parts += [bytes((side, 0)) + sized(hello) for side, hello in enumerate(hellos if mode & 8 else ())]
    while cursor:
        side, how, payload = cursor.number(), cursor.number(), cursor.sized()
        if how & _RECORD:
            kind = _KINDS[how >> 5]
            payload = (
                bytes((kind, 3, 3)) + (len(payload) + 17).to_bytes(2) + payload + bytes(16) + bytes((how & _WHOLE,))
            )
        parts.append(bytes((side, how & 14)) + sized(payload))
    return b"".join(parts)


def _hello(kind: int, suite: bytes) -> bytes:
    body = bytes((kind, 0, 0, 40, 3, 3)) + _RANDOM + bytes((0,)) + suite + bytes(3)
    return bytes((HANDSHAKE, 3, 3)) + len(body).to_bytes(2) + body


class _Wild:
    """Gives what is in a record, or anything else, as the record's bytes tell. See `decryption.Decrypter`."""

    def open(self, secrets: bytes) -> _Wild:
        assert secrets
        return self

    def decrypt(self, record: bytes, *, from_client: bool) -> Plain:  # noqa: ARG002 - it says anything
        last = record[-1]
        if last == _WHOLE:
            return Plain(APPLICATION, record[HEADER:-17])
        if last == 255:
            raise DecryptionError("tshark ended")
        text = record[HEADER : max(HEADER, len(record) - last % 40)]
        return Plain(_KINDS[last % 8], text if last % 3 else None)

    def close(self) -> None:
        pass

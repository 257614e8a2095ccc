"""tshark as what decrypts: several after one another, with bounded memory, and failures that are said."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.encrypted import Tunnel

from dissector.decryption import DecryptionError
from dissector.events import Data
from dissector.sources import tls, tshark
from dissector.sources.tls import TsharkDecrypter
from dissector.tls import APPLICATION, Record, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dissector.decryption import Session
    from dissector.reassembly import Stream

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
stream: Stream = None  # type: ignore[assignment] # nobody asks for it here


def start(decrypter: TsharkDecrypter, side: str = "client") -> Callable[[bytes], bytes | None]:
    """Begin a connection; the function that is returned says something and gives what was decrypted of that."""
    tunnel = Tunnel()
    session = decrypter.open(tunnel.keylog)
    for greeter, data in tunnel.handshake:
        decrypt(session, greeter, data)
    return lambda text: decrypt(session, side, tunnel.say(side, text))


def decrypt(session: Session, side: str, data: bytes) -> bytes | None:
    found = None
    for record in Records().feed(Data(stream, 0, data, 1, 0, 6)):
        assert isinstance(record, Record)
        plain = session.decrypt(record.data, from_client=side == "client")
        if plain.kind == APPLICATION:
            found = plain.data
    return found


@pytest.fixture
def decrypter() -> Iterator[TsharkDecrypter]:
    decrypter = TsharkDecrypter()
    yield decrypter
    decrypter.close()


@needs_tshark
def test_connections_do_not_get_into_each_others_way(decrypter: TsharkDecrypter) -> None:
    first, second = start(decrypter), start(decrypter)
    assert [first(b"one"), second(b"two"), first(b"three")] == [b"one", b"two", b"three"]


@needs_tshark
@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.parametrize(
    "text",
    [
        bytes.fromhex(
            "00000011 00000001 00230100 12000000 02000000 00"
        ),  # a response of Kafka's, or SMPP's bind_receiver
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"GET / HTTP/1.1\r\nHost: there\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000 04 00 00000000"),
        b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01",
        b"TSH \x00\x00\x00\x1c\x01\x01\x31\x00" + bytes(16),
    ],
    ids=["SMPP", "HTTP response", "HTTP request", "HTTP/2", "FIX", "MQ"],
)
def test_no_other_protocol_takes_plaintext_for_its_own(decrypter: TsharkDecrypter, side: str, text: bytes) -> None:
    say = start(decrypter, side)
    assert [say(text), say(b"more")] == [text, b"more"]


@needs_tshark
def test_new_connections_go_to_a_new_tshark_when_the_last_has_had_enough() -> None:
    decrypter = TsharkDecrypter(max_process_bytes=30_000)
    first = start(decrypter)
    first(b"x" * 10_000)
    second = start(decrypter)
    first(b"x" * 10_000)
    third = start(decrypter)
    assert len(decrypter._processes) == 2
    assert [first(b"one"), second(b"two"), third(b"three")] == [b"one", b"two", b"three"]
    decrypter.close()


@needs_tshark
def test_those_that_hold_too_much_together_are_ended_the_first_ones_first() -> None:
    decrypter = TsharkDecrypter(max_process_bytes=30_000, max_bytes=70_000)
    first = start(decrypter)
    first(b"x" * 16_000)
    first(b"x" * 16_000)
    second = start(decrypter)
    second(b"x" * 10_000)
    with pytest.raises(DecryptionError, match="more than tshark may hold"):
        first(b"one")
    assert second(b"two") == b"two"
    decrypter.close()


def fake(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "tshark"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(tshark, "find", lambda: str(program))


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'tshark: it cannot be' >&2; exit 2", r"tshark ended \(tshark: it cannot be\)"),
        ("exec sleep 60", "tshark gave no answer for 0 seconds"),
        ("echo '7;22;'; exec sleep 60", "tshark answers something else"),
        ("yes | tr -d '\\n'", "tshark answers without end"),
    ],
)
def test_a_tshark_that_does_not_do_its_work_is_reported(
    script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(tmp_path, script, monkeypatch)
    monkeypatch.setattr(tls.tshark, "ANSWER_SECONDS", 0.3)
    decrypter = TsharkDecrypter()
    with pytest.raises(DecryptionError, match=why):
        start(decrypter)
    decrypter.close()


def test_without_tshark_it_is_said(decrypter: TsharkDecrypter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tshark, "find", lambda: None)
    with pytest.raises(DecryptionError, match="tshark is not installed"):
        decrypter.open(b"")

"""Key logs: which lines count, for which connections, and files that grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector.keylog import Handshake, KeyLog, KeyLogError

if TYPE_CHECKING:
    from pathlib import Path

LABELS = [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
]
RANDOM, OTHER, SESSION = bytes(range(32)), bytes(32), b"\xaa" * 32
TLS_1_2, TLS_1_3 = (Handshake(RANDOM, SESSION, is_tls13=version) for version in (False, True))


def line(label: str, random: bytes = RANDOM, secret: str = "ab" * 48) -> bytes:
    return f"{label} {random.hex()} {secret}\n".encode()


def known(*lines: bytes) -> KeyLog:
    log = KeyLog()
    log.add(b"".join(lines))
    return log


def test_tls_1_3_needs_four_secrets() -> None:
    lines = [line(label) for label in LABELS]
    assert known(*lines).suffices(TLS_1_3)
    for missing in lines:
        some = known(*(each for each in lines if each != missing))
        assert not some.suffices(TLS_1_3)
        assert some.knows(TLS_1_3)


def test_tls_1_2_needs_the_master_secret_by_whatever_name() -> None:
    assert known(line("CLIENT_RANDOM")).suffices(TLS_1_2)
    assert not known(line("CLIENT_RANDOM", OTHER)).suffices(TLS_1_2)
    session = f"RSA Session-ID:{SESSION.hex()} Master-Key:{'cd' * 48}\n".encode()
    assert known(session).suffices(TLS_1_2)
    assert not known(session.replace(b"aa", b"bb")).suffices(TLS_1_2)
    assert known(f"RSA {'01' * 8} {'cd' * 48}\n".encode()).suffices(TLS_1_2)


def test_only_the_lines_of_a_connection_are_given() -> None:
    own = [line(label) for label in LABELS]
    log = known(*own, line("CLIENT_RANDOM", OTHER), b"# a comment\n", b"\xff\xfe\n")
    assert log.lines(TLS_1_3) == b"".join(own)
    assert log.lines(Handshake(b"x" * 32, b"", is_tls13=True)) == b""


@pytest.mark.parametrize(
    "text", [b"", b"# comment", b"CLIENT_RANDOM 00 11", b"client_random " + b"0" * 64, b"x" * 10_000, b"\0" * 100]
)
def test_what_is_no_secret_is_passed_over(text: bytes) -> None:
    assert not known(text)


def test_lines_may_end_as_windows_ends_them() -> None:
    assert known(line("CLIENT_RANDOM").replace(b"\n", b"\r\n")).suffices(TLS_1_2)


class TestFile:
    def test_what_is_appended_counts(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.log"
        path.touch()
        log = KeyLog(path)
        assert log
        text = line("CLIENT_RANDOM")
        for end in (40, len(text) - 1, len(text)):
            path.write_bytes(text[:end])
            log.refresh()
        assert log.lines(TLS_1_2) == text

    def test_a_file_that_is_begun_anew_is_read_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.log"
        path.write_bytes(line("CLIENT_RANDOM", OTHER) * 2)
        log = KeyLog(path)
        path.write_bytes(line("CLIENT_RANDOM"))
        log.refresh()
        assert log.suffices(TLS_1_2)

    def test_a_file_that_goes_away_leaves_what_was_known(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.log"
        path.write_bytes(line("CLIENT_RANDOM"))
        log = KeyLog(path)
        path.unlink()
        log.refresh()
        assert log.suffices(TLS_1_2)

    def test_a_file_that_is_none_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "README.md"
        path.write_text("not a key log\n")
        with pytest.raises(KeyLogError, match=r"README.md: no TLS secrets in it"):
            KeyLog(path)
        with pytest.raises(KeyLogError, match="No such file"):
            KeyLog(tmp_path / "missing.log")

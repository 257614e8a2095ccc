"""`--keylog`: TLS on the command line, and what is said where it cannot be decrypted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from dissector import cli
from dissector.sources import tshark

if TYPE_CHECKING:
    from click.testing import Result

CAPTURES = Path(__file__).parents[3] / "captures"
SEPARATE, KEY_LOG, EMBEDDED = (CAPTURES / name for name in ("tls-1.2.pcap", "tls-1.2.keys.log", "tls-1.3.pcapng"))

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def decode(*arguments: Any) -> Result:
    return CliRunner().invoke(cli.main, ["decode", *map(str, arguments)])


@needs_tshark
def test_it_decrypts() -> None:
    result = decode(SEPARATE, "--keylog", KEY_LOG, "--format", "jsonl")
    assert result.exit_code == cli.FINE
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["client_id"] for line in lines} == {"operator", "audit-consumer"}
    assert "TLS around what was decrypted: handshakes and alerts" in result.stderr
    assert "encrypted" not in result.stderr


@needs_tshark
def test_embedded_secrets_need_no_option() -> None:
    result = decode(EMBEDDED)
    assert result.exit_code == cli.FINE
    assert "Produce" in result.stdout


def test_without_it_the_ledger_says_what_would_help() -> None:
    result = decode(SEPARATE)
    assert result.exit_code == cli.NO_KAFKA
    assert "TLS on port 9093: if it is a broker's, --keylog FILE decrypts it" in result.stderr


@needs_tshark
def test_secrets_of_other_connections_are_said_to_be_none(tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text(f"CLIENT_RANDOM {'00' * 32} {'11' * 48}\n")
    result = decode(SEPARATE, "--keylog", other)
    assert result.exit_code == cli.NO_KAFKA
    assert "encrypted: no secrets of the connection in the key log (packet " in result.stderr
    assert "it must be written by one of the two ends, from before they connect" in result.stderr


@pytest.mark.parametrize(
    ("keylog", "why"), [(CAPTURES / "README.md", "no TLS secrets in it"), (CAPTURES / "no.log", "does not exist")]
)
def test_what_is_no_key_log_is_a_wrong_command_line(keylog: Path, why: str) -> None:
    result = decode(SEPARATE, "--keylog", keylog)
    assert result.exit_code == 2
    assert why in result.stderr


class TestWithoutTshark:
    @pytest.fixture(autouse=True)
    def no_tshark(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tshark, "find", lambda: None)

    def test_a_key_log_is_refused_with_what_to_install(self) -> None:
        result = decode(SEPARATE, "--keylog", KEY_LOG)
        assert result.exit_code == 2
        assert "tshark is not installed: it is what decrypts (apt install tshark" in result.stderr

    def test_embedded_secrets_are_no_reason_to_read_nothing(self) -> None:
        result = decode(EMBEDDED)
        assert result.exit_code == cli.NO_KAFKA
        assert "encrypted: tshark is not installed (packet " in result.stderr
        assert "tshark is not installed: it is what decrypts (apt install tshark" in result.stderr

    def test_captures_in_plaintext_do_not_need_it(self) -> None:
        assert decode(CAPTURES / "mock.pcap").exit_code == cli.FINE

"""Formats that only tshark reads, and what is said where nobody does."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dissector.sources import tshark
from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader

ORDERS = Path(__file__).parents[3] / "captures" / "orders.pcapng"

needs_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None or shutil.which("editcap") is None, reason="tshark and editcap are not installed"
)


@pytest.fixture
def snoop(tmp_path: Path) -> Path:
    """The sample capture in the format of Solaris (RFC 1761)."""
    path = tmp_path / "-orders.snoop"
    subprocess.run(["editcap", "-F", "snoop", ORDERS, path], check=True, capture_output=True)
    return path


@needs_tshark
def test_another_format_gives_the_same_packets(snoop: Path) -> None:
    """Also where the name of the file could be taken for an option."""
    with CaptureReader(snoop) as reader:
        found = [(packet.number, packet.timestamp, packet.data) for packet in reader]
    with CaptureReader(ORDERS) as reader:
        assert found == [(packet.number, packet.timestamp, packet.data) for packet in reader]


@needs_tshark
def test_what_tshark_cannot_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of the kind")
    with CaptureReader(path) as reader, pytest.raises(CaptureError) as raised:
        list(reader)
    assert "not a pcap or pcapng capture (starts with 6e 6f 74 68), nor one that tshark reads" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_tshark_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "orders.snoop"
    path.write_bytes(b"snoop\0\0\0")
    monkeypatch.setattr(tshark, "find", lambda: None)
    with CaptureReader(path) as reader, pytest.raises(CaptureError, match="knows more formats, is not installed"):
        list(reader)


def test_streams_in_other_formats_are_refused() -> None:
    """Some of them need going back and forth."""
    with CaptureReader(io.BytesIO(b"snoop\0\0\0")) as reader, pytest.raises(CaptureError, match="from files only"):
        list(reader)


@pytest.mark.parametrize(
    ("user", "may_change", "identities"),
    [
        (0, True, [{"user": 65534, "group": 65534, "extra_groups": ()}]),
        (0, False, [{"user": 65534, "group": 65534, "extra_groups": ()}, {}]),
        (1000, True, [{}]),
    ],
    ids=["root", "root of little", "others"],
)
def test_where_root_runs_this_tshark_is_run_by_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int, may_change: bool, identities: list[dict[str, object]]
) -> None:
    """Where that can be: in containers, root may not be allowed to."""
    asked = []

    def start(**identity: object) -> str:
        asked.append(identity)
        if identity and not may_change:
            raise PermissionError
        return "running"

    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "chown", lambda *_: None)
    assert tshark._unprivileged(start, str(tmp_path)) == "running"
    assert asked == identities

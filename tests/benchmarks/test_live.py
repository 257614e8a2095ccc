"""What live captures are measured with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def test_files_to_keep_are_where_they_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the programs that write them run in another folder."""
    import live

    monkeypatch.chdir(tmp_path)
    files = live.Files.inside(Path("kept/bulk"))
    assert files.written == tmp_path / "kept" / "bulk" / "written.pcapng"
    assert files.live.ledger.parent.is_dir()

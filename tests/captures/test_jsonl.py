"""Lines of JSON are the same whether straight code makes the bodies or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dissector
from dissector.views import jsonl, straight

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_straight_code_changes_nothing(
    capture: Path, keylog: Path | None, provenance: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(straight, "WARM", 0)
    with dissector.open_capture(capture, keylog=keylog, ports=provenance["ports"]) as opened:
        for exchange in opened:
            for show_secrets in (False, True):
                expected = json.dumps(jsonl.as_dict(exchange, show_secrets=show_secrets))
                assert json.dumps(json.loads(jsonl.line(exchange, show_secrets=show_secrets))) == expected

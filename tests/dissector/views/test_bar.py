"""The progress bar follows the capture by itself, and leaves nothing behind."""

from __future__ import annotations

import io
from types import SimpleNamespace

from dissector.views import bar


def test_the_bar_shows_how_far_the_capture_was_read() -> None:
    capture = SimpleNamespace(total_bytes=50_000_000, position=0)
    shown = bar.bar(capture, io.StringIO(), color=False)
    capture.position = 25_000_000
    list(shown.get_renderables())
    assert shown.tasks[0].percentage == 50


def test_what_is_no_terminal_sees_nothing_of_it() -> None:
    stream = io.StringIO()
    with bar.bar(SimpleNamespace(total_bytes=10, position=5), stream, color=False):
        pass
    assert stream.getvalue().strip() == ""

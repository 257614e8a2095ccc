"""Who waits for a large capture sees how far it is."""

from __future__ import annotations

import io
import sys
from time import monotonic, sleep
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import IPython.display
import pytest

import dissector
import dissector.views.progress
from dissector.loaded import progress, walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Handle:
    def __init__(self) -> None:
        self.shown: list[str] = []

    def update(self, html: Any) -> None:
        self.shown.append(html.data)


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """Let there be a notebook; what it shows below its cell."""
    handle = Handle()

    def display(html: Any, *, display_id: bool) -> Handle:
        assert display_id
        handle.update(html)
        return handle

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(IPython.display, "display", display)
    return handle


def test_a_notebook_shows_a_bar_while_a_large_capture_is_read(
    captures: Path, handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dissector.views.progress, "FROM", 1)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0001)
    size = (captures / "bulk.pcap").stat().st_size
    dissector.load(captures / "bulk.pcap").close()
    assert handle.shown[0].startswith(f'<progress value="0" max="{size}"')
    assert handle.shown[-1] == ""
    with dissector.open_capture(captures / "bulk.pcap") as capture, progress.shown(capture, is_long=True):
        list(capture)
        end = monotonic() + 60
        while f'value="{size}"' not in handle.shown[-1]:
            assert monotonic() < end
            sleep(0.001)


@pytest.mark.parametrize(
    "look",
    [
        lambda loaded: loaded.topics,
        lambda loaded: loaded.groups,
        lambda loaded: loaded.summary(),
        lambda loaded: len(loaded.exchanges("topic == orders")),
        lambda loaded: loaded[::-1].messages.to_arrow(),
    ],
)
def test_so_does_who_goes_through_all_of_it(
    look: Callable[[dissector.LoadedCapture], object],
    captures: Path,
    handle: Handle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And who goes through headers only, or through little, does not wait for it."""
    with dissector.load(captures / "orders.pcapng") as loaded:
        look(loaded)
        len(loaded.exchanges("api == Fetch"))
        assert handle.shown == []
    monkeypatch.setattr(walk, "_MANY", 50)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0001)
    with dissector.load(captures / "orders.pcapng") as loaded:
        len(loaded.exchanges("api == Fetch"))
        len(loaded.connections)
        assert handle.shown == []
        look(loaded)
        assert handle.shown[0].startswith('<progress value="0" max="')
        assert handle.shown[-1] == ""


def test_a_small_capture_needs_none(captures: Path, handle: Handle) -> None:
    dissector.load(captures / "mock.pcap").close()
    assert handle.shown == []


def test_a_terminal_has_a_bar_of_its_own(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dissector.views.progress, "FROM", 1)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    dissector.load(captures / "mock.pcap").close()
    assert "\x1b[" in terminal.getvalue()


def test_nobody_is_bothered_who_does_not_look(
    captures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dissector.views.progress, "FROM", 1)
    dissector.load(captures / "mock.pcap").close()
    assert capsys.readouterr() == ("", "")

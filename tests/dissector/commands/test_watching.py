"""What is said while a live capture runs (what ends it: see test_live)."""

from __future__ import annotations

import io
import signal
import time
from types import SimpleNamespace
from typing import Any

import pytest

from dissector.commands import watching
from dissector.commands.watching import Watching

CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def capture() -> Any:
    """A capture that nothing happens to by itself."""
    reader = SimpleNamespace(
        names=["lo"], gone=[], captured=5, waiting=0, dropped_by_kernel=0, dropped_by_us=0, stops=0
    )
    return SimpleNamespace(reader=reader, yielded=1, stop=lambda: setattr(reader, "stops", reader.stops + 1))


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_EVERY", 0.01)


def run(err: io.StringIO, *, is_quiet: bool = False) -> Any:
    return SimpleNamespace(out=io.StringIO(), err=err, is_quiet=is_quiet)


def test_what_changes_is_said_once(capture: Any) -> None:
    err = io.StringIO()
    with Watching(capture, run(err)):
        capture.reader.dropped_by_kernel = 3
        time.sleep(0.2)
        capture.reader.gone = ["eth7"]
        time.sleep(0.2)
    assert err.getvalue().splitlines() == [
        "kafka-dissect: watching lo (Ctrl-C ends)",
        "kafka-dissect: 3 packets dropped: 3 by the kernel",
        "kafka-dissect: eth7: there is no such interface any more",
    ]


def test_on_a_terminal_one_line_says_how_it_stands(capture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fits the terminal, or it would scroll away."""
    monkeypatch.setattr(watching, "columns_of", lambda _: 50)
    err = Terminal()
    capture.reader.waiting = 5_000_000
    with Watching(capture, run(err)):
        time.sleep(0.2)
    said = err.getvalue().split(CLEAR)
    assert "0 s  5 packets  1 exchange  none dropped  5.0 MB behind"[:49] in said
    assert all(len(text) < 50 for text in said)
    assert said[-1] == ""


def test_where_lines_run_over_the_terminal_there_is_no_status(capture: Any) -> None:
    err = Terminal()
    both = run(err)
    both.out = Terminal()
    with Watching(capture, both):
        time.sleep(0.1)
    assert err.getvalue() == "kafka-dissect: watching lo (Ctrl-C ends)\n"


def test_a_signal_stops_the_capture_and_a_second_one_is_what_it_always_is(capture: Any) -> None:
    err = io.StringIO()
    with Watching(capture, run(err)):
        capture.reader.waiting = 12_345_678
        signal.raise_signal(signal.SIGINT)
        assert capture.reader.stops == 1
        time.sleep(0.2)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert "reading what was captured: 12.3 MB; Ctrl-C again leaves it" in err.getvalue()


def test_afterwards_signals_are_as_before(capture: Any) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in numbers]
    with Watching(capture, run(io.StringIO())):
        assert [signal.getsignal(each) for each in numbers] != before
    assert [signal.getsignal(each) for each in numbers] == before


def test_quiet_is_quiet_but_for_trouble(capture: Any) -> None:
    err = Terminal()
    with Watching(capture, run(err, is_quiet=True)):
        time.sleep(0.1)
        capture.reader.dropped_by_us = 1
        time.sleep(0.1)
    assert err.getvalue() == "kafka-dissect: 1 packet dropped: 1 by us, too slow to read them\n"

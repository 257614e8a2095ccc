"""Where progress is shown: where somebody sees it, and nothing else is written between it."""

from __future__ import annotations

import io
import os
import sys
import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from dissector.commands.run import Run
from dissector.views import progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE: Any = SimpleNamespace(total_bytes=50_000_000, position=0)


class Terminal(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def pipe() -> Iterator[io.TextIOWrapper]:
    """What another program reads."""
    reader, writer = os.pipe()
    with open(writer, "w") as stream:  # noqa: PTH123 - a descriptor
        yield stream
    os.close(reader)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[io.TextIOWrapper]:
    """What nobody reads now."""
    with (tmp_path / "lines").open("w") as stream:
        yield stream


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose errors are seen at a terminal."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    return Run(None, color="auto", quiet=False)


def is_shown(run: Run, out: Any, *, capture: Any = LARGE, writes_lines: bool = True) -> bool:
    run.out = out
    return not isinstance(run.progress(capture, writes_lines=writes_lines), nullcontext)


def test_it_is_shown_beside_what_goes_to_a_file(run: Run, file: io.TextIOWrapper) -> None:
    assert is_shown(run, file)


def test_not_between_lines_on_the_terminal(run: Run) -> None:
    assert not is_shown(run, Terminal())
    assert is_shown(run, Terminal(), writes_lines=False)


def test_not_between_lines_of_what_reads_the_output(run: Run, pipe: io.TextIOWrapper) -> None:
    """jq, less and grep write to the same terminal."""
    assert not is_shown(run, pipe)
    assert is_shown(run, pipe, writes_lines=False)


def test_not_where_nobody_knows_how_long_it_takes(run: Run, file: io.TextIOWrapper) -> None:
    assert not is_shown(run, file, capture=SimpleNamespace(total_bytes=None, position=0))


def test_not_before_somebody_has_waited(run: Run, file: io.TextIOWrapper) -> None:
    run.out = file
    err: Any = run.err
    with run.progress(LARGE):
        pass
    assert err.getvalue() == ""


def test_not_where_nobody_sees_it(run: Run, file: io.TextIOWrapper) -> None:
    run.err = file
    assert not is_shown(run, file)


def test_not_where_it_is_not_wanted(run: Run, file: io.TextIOWrapper) -> None:
    run.is_quiet = True
    assert not is_shown(run, file)


def test_what_is_said_meanwhile_has_a_line_of_its_own(
    run: Run, file: io.TextIOWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress.Late.__init__, "__defaults__", (0.01,))
    run.out = file
    err: Any = run.err
    with run.progress(LARGE):
        while "50.0 MB" not in err.getvalue():
            time.sleep(0.01)
        run.say("a process of --jobs was ended by SIGKILL [/bold]: " + "its work is done again, " * 10)
    run.say("and after it")
    before, said = err.getvalue().split("kafka-dissect: a process")
    assert before.endswith("\x1b[2K")  # what stood in the line is not there any more
    assert said.startswith(" of --jobs was ended by SIGKILL [/bold]: " + "its work is done again, " * 10 + "\n")
    assert err.getvalue().endswith("kafka-dissect: and after it\n")


def test_names_of_files_do_nothing_to_a_terminal(run: Run) -> None:
    run.say("error: \x1b[2J\udcff.pcap: not a capture\nno more")
    err: Any = run.err
    assert err.getvalue() == "kafka-dissect: error: \\x1b[2J\\udcff.pcap: not a capture\nno more\n"

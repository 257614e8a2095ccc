"""`decode --jobs`: more processes, and not a byte of difference."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dissector import cli
from dissector.commands import options
from dissector.jobs import workers

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from dissector.cli import main; main()", "decode"]
NAMES = ["cluster.pcap", "groups.pcap", "quorum.pcap", "connect.pcap", "upgrade.pcap", "codecs.pcap", "orders.pcapng"]


@pytest.fixture
def files(captures: Path, tmp_path: Path) -> list[Path]:
    """Captures that are worth a second process, and at their end one that breaks off."""
    broken = tmp_path / "broken.pcap"
    broken.write_bytes((captures / "sasl.pcap").read_bytes()[:50_000])
    return [*(captures / name for name in NAMES), broken]


def decode(jobs: int, files: list[Path], *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, "--format", "jsonl", "--jobs", str(jobs), *map(str, (*arguments, *files))]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def test_all_that_is_written_is_the_same(files: list[Path], tmp_path: Path) -> None:
    ledgers = [tmp_path / "1.json", tmp_path / "2.json"]
    picks = ["--filter", "error or group", "--show-secrets", "--max-records", "5"]
    one, two = (decode(jobs, files, *picks, "--ledger", ledgers[jobs - 1]) for jobs in (1, 2))
    assert one.returncode == two.returncode == cli.BROKEN
    assert two.stdout == one.stdout
    assert len(one.stdout.splitlines()) > 500
    assert two.stderr == one.stderr
    assert b"error: " in one.stderr
    assert b"picked by the filter" in one.stderr
    assert ledgers[1].read_bytes() == ledgers[0].read_bytes()


def test_ctrl_c_leaves_no_gap(files: list[Path]) -> None:
    command = [*COMMAND, "--format", "jsonl", "--jobs", "2", *map(str, files)]
    with subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == cli.INTERRUPTED
    assert b"kafka-dissect: interrupted\n" in err
    written = first + out
    whole = decode(1, files).stdout
    assert whole.startswith(written)
    assert len(written) < len(whole)


def test_standard_input_is_shown_as_it_comes() -> None:
    result = subprocess.run([*COMMAND, "--jobs", "2", "-"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert result.returncode == cli.USAGE
    assert b"--jobs is for files" in result.stderr


def test_0_stands_for_all_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "available", lambda: 7)
    context = options.click.Context(options.click.Command("decode"))
    assert options._jobs(context, options.click.Argument(["jobs"]), 0) == 7
    assert options._jobs(context, options.click.Argument(["jobs"]), 3) == 3
    monkeypatch.setattr(workers, "available", lambda: 256)
    assert options._jobs(context, options.click.Argument(["jobs"]), 0) == 16
    monkeypatch.undo()
    assert workers.available() >= 1


def test_fewer_do_it_where_there_is_room_for_fewer(files: list[Path]) -> None:
    """Each process takes some open files; what is read meanwhile needs some, too."""
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))  # noqa: E731
    command = [*COMMAND, "--format", "jsonl", "--jobs", "8", *map(str, files)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=few)
    first, rest = result.stderr.split(b"\n", 1)
    assert re.fullmatch(rb"kafka-dissect: --jobs goes on with [234] instead of 8: Too many open files", first)
    one = decode(1, files)
    assert (result.returncode, result.stdout, rest) == (one.returncode, one.stdout, one.stderr)


def test_descriptors_may_be_large_numbers(files: list[Path]) -> None:
    """As they are with many processes, or in a program that has many files open."""
    program = f"import os; others = [os.dup(1) for _ in range(1100)]; {COMMAND[2]}"
    command = [sys.executable, "-c", program, "decode", "--format", "jsonl", "--jobs", "2", *map(str, files)]
    more = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (2000, 2000))  # noqa: E731
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=more)
    assert result.stdout == decode(1, files).stdout

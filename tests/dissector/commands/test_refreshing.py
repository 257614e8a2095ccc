"""`kafka-dissect stats -i`: counted live, and shown while it runs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from support import network

from dissector import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from dissector.cli import main; main()", "stats", "-i", "lo"]
SECONDS = 20


@pytest.fixture
def broker() -> Iterator[network.Broker]:
    """A broker on the loopback interface of a network of its own."""
    with network.namespace(), network.Broker() as broker:
        yield broker


@contextmanager
def counting(*arguments: str, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    with subprocess.Popen([*COMMAND, *arguments], **streams) as process:
        try:
            if process.stderr is not None:
                assert process.stderr.readline() == b"kafka-dissect: watching lo (Ctrl-C ends)\n"
            yield process
        finally:
            process.kill()


def test_at_its_end_there_are_the_tables(broker: network.Broker) -> None:
    with counting() as process, broker.client() as client:
        client.ask(3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == cli.FINE
    assert out.startswith(b"3 exchanges in ")
    assert b"\nclient " in out
    assert b"3 exchanges: 3 answered" in err


def test_json_comes_in_lines_as_often_as_asked_for(broker: network.Broker) -> None:
    with counting("--json", "--interval", "0.2", "--by", "client") as process, broker.client() as client:
        client.ask(3)
        counts = []
        while 3 not in counts:
            counts.append(json.loads(process.stdout.readline())["total"]["requests"])
        client.ask(2)
        while 5 not in counts:
            counts.append(json.loads(process.stdout.readline())["total"]["requests"])
        process.send_signal(signal.SIGINT)
        last = process.communicate(timeout=SECONDS)[0].splitlines()[-1]
    assert counts == sorted(counts)
    assert json.loads(last)["tables"][0]["rows"][0]["client"] == "watched"


def test_a_terminal_is_written_over_and_has_the_tables_at_the_end(broker: network.Broker) -> None:
    """On a screen of its own while it runs, like top; what was counted stands on the usual one afterwards."""
    parent, child = pty.openpty()
    with counting("--interval", "0.2", stdout=child) as process, broker.client() as client:
        os.close(child)
        client.ask(4)
        shown = b""
        while b"4 exchanges" not in shown:
            shown += os.read(parent, 65_536)
        assert b"\x1b[?1049h" in shown
        assert b"none dropped" in shown
        process.send_signal(signal.SIGINT)
        try:
            while chunk := os.read(parent, 65_536):
                shown += chunk
        except OSError:
            pass  # how a terminal says that it is over
        process.communicate(timeout=SECONDS)
    os.close(parent)
    assert process.returncode == cli.FINE
    assert b"4 exchanges" in shown.rpartition(b"\x1b[?1049l")[2]


def test_a_reader_that_has_enough_ends_it(broker: network.Broker) -> None:
    with counting("--json", "--interval", "0.1", "-q", stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        process.stdout.close()
        began = time.monotonic()
        process.wait(timeout=SECONDS)
        assert time.monotonic() - began < SECONDS


def test_nothing_seen_is_said_by_the_exit_code(broker: network.Broker) -> None:
    with counting("--duration", "0.3") as process:
        out, _ = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (cli.NO_KAFKA, b"")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "one of both"),
        (["-i", "lo", "CAPTURE"], "one of both"),
        (["CAPTURE", "--interval", "1"], "are for live interfaces"),
        (["CAPTURE", "--bpf", "tcp"], "are for live interfaces"),
    ],
)
def test_captures_and_interfaces_do_not_mix(arguments: list[str], why: str, captures: Path) -> None:
    words = [str(captures / "mock.pcap") if word == "CAPTURE" else word for word in arguments]
    result = CliRunner().invoke(cli.main, ["stats", *words])
    assert result.exit_code == cli.USAGE
    assert why in result.stderr


def test_an_interface_that_is_none_is_said() -> None:
    result = CliRunner().invoke(cli.main, ["stats", "-i", "nowhere0"])
    assert result.exit_code == cli.BROKEN
    assert "nowhere0" in result.stderr

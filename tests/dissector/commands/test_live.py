"""`kafka-dissect live`: what it says while it runs, and how it ends. On loopback, in a network of its own."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from support import network
from support.frames import make_request

import dissector
from dissector import cli
from dissector.sources.live import LiveReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from dissector.cli import main; main()", "live", "-i", "lo"]
SECONDS = 20


@pytest.fixture
def broker() -> Iterator[network.Broker]:
    """A broker on the loopback interface of a network of its own."""
    with network.namespace(), network.Broker() as broker:
        yield broker


@contextmanager
def watching(*arguments: str, **streams: Any) -> Iterator[subprocess.Popen[str]]:
    """Run the command; it has begun to capture."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    with subprocess.Popen([*COMMAND, *arguments], text=True, **streams) as process:
        try:
            if process.stderr is not None:
                assert process.stderr.readline() == "kafka-dissect: watching lo (Ctrl-C ends)\n"
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the end; return the exit code, and what it wrote."""
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_a_signal_ends_it_with_the_ledger(broker: network.Broker, number: signal.Signals) -> None:
    with watching("--format", "jsonl") as process, broker.client() as client:
        client.ask(2)
        assert [json.loads(process.stdout.readline())["correlation_id"] for _ in range(2)] == [1, 2]
        process.send_signal(number)
        code, out, err = ended(process)
    assert (code, out) == (cli.FINE, "")
    assert "\n  no packets dropped\n  2 exchanges: 2 answered\n" in err
    assert "interrupted" not in err


def test_what_is_told_to_ignore_a_hangup_does(broker: network.Broker) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with watching(preexec_fn=ignore) as process, broker.client() as client:
        process.send_signal(signal.SIGHUP)
        client.ask()
        assert process.stdout.readline().startswith("#")
        process.send_signal(signal.SIGTERM)
        assert ended(process)[0] == cli.FINE


def test_lines_come_at_once(broker: network.Broker) -> None:
    with watching() as process, broker.client() as client:
        client.ask()
        process.stdout.readline()
        assert "ApiVersions v0" in process.stdout.readline()


def test_it_ends_after_so_many_exchanges(broker: network.Broker, tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    with watching("--count", "2", "--ledger", str(path)) as process, broker.client() as client:
        client.ask(5)
        code, out, _ = ended(process)
    assert code == cli.FINE
    assert out.count("ApiVersions") == 2
    ledger = json.loads(path.read_text())
    assert ledger["packets_dropped"] == {"by_kernel": 0, "by_us": 0}
    assert ledger["discrepancies"] == []


def test_it_ends_after_a_time_and_says_that_there_was_nothing(broker: network.Broker) -> None:
    with watching("--duration", "0.3") as process:
        code, out, err = ended(process)
    assert (code, out) == (cli.NO_KAFKA, "")
    assert "no packets: nothing was captured" in err


def test_a_filter_picks_what_is_shown_and_all_is_written(broker: network.Broker, tmp_path: Path) -> None:
    path = tmp_path / "written.pcapng"
    options = ["--filter", "correlation_id == 2", "--write", str(path), "--count", "1", "--format", "jsonl"]
    with watching(*options) as process, broker.client() as client:
        client.ask(2)
        _, out, _ = ended(process)
    assert json.loads(out)["correlation_id"] == 2
    with dissector.open_capture(path) as capture:
        assert [exchange.correlation_id for exchange in capture] == [1, 2]


def test_a_program_may_read_what_is_written(broker: network.Broker) -> None:
    """`--write >(wireshark -k -i -)`: bash gives the path of a pipe."""
    reader, writer = os.pipe()
    with watching("--write", f"/dev/fd/{writer}", "--count", "1", pass_fds=[writer]) as process:
        os.close(writer)
        with broker.client() as client:
            client.ask()
        assert ended(process)[0] == cli.FINE
    with open(reader, "rb") as file, dissector.open_capture(file) as capture:  # noqa: PTH123 - a descriptor
        assert [exchange.api_name for exchange in capture] == ["ApiVersions"]


def test_packets_do_not_go_between_the_exchanges() -> None:
    result = CliRunner().invoke(cli.main, ["live", "--write", "-"])
    assert result.exit_code == cli.USAGE
    assert "standard output is for the exchanges: name a file" in result.stderr


def test_a_port_narrows_what_is_captured(broker: network.Broker) -> None:
    with network.Broker() as other, watching("--port", str(broker.port), "--count", "1") as process:
        with other.client() as client:
            client.ask(5)
        with broker.client() as client:
            client.ask()
        _, out, err = ended(process)
    assert out.count("ApiVersions") == 1
    assert "1 TCP connection\n" in err


def test_it_ends_when_nobody_reads_any_more(broker: network.Broker) -> None:
    """Without anything to write it would not find out by writing."""
    with watching() as process:
        process.stdout.close()
        process.stdout = None
        assert process.wait(timeout=SECONDS) in (cli.FINE, cli.NO_KAFKA)


def test_the_ledger_is_there_as_well_when_ctrl_c_ends_the_reader_too(broker: network.Broker) -> None:
    """Ctrl-C goes to all of `live | jq`: nobody takes what is open at the end, and the ledger is not for them."""
    request = make_request(18, 0, {})
    with (
        socket.create_server(("127.0.0.1", 9092)) as listener,
        watching("-f", "jsonl") as process,
        socket.create_connection(listener.getsockname()) as client,
    ):
        client.sendall(len(request).to_bytes(4) + request)
        time.sleep(0.3)
        process.stdout.close()
        process.stdout = None
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
        assert process.wait(timeout=SECONDS) == cli.FINE
    assert "\n  1 exchange: 1 unanswered (capture ended)\n" in err


def test_a_second_ctrl_c_leaves_what_was_not_read(broker: network.Broker) -> None:
    """Somebody who takes ten seconds for a line is not waited for."""
    slow = "import time; from dissector.views.text import TextView; TextView.place = lambda *_: time.sleep(10)"
    command = [sys.executable, "-c", f"{slow}; from dissector.cli import main; main()", "live", "-i", "lo"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        process.stderr.readline()
        with broker.client() as client:
            client.ask()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=5)
    assert process.returncode == cli.INTERRUPTED
    assert "interrupted" in err


def read_terminal(terminal: int, *, until: str) -> str:
    """Return what is shown on a terminal until something is."""
    shown = ""
    while until not in shown:
        shown += os.read(terminal, 4096).decode()
    return shown


def test_a_terminal_shows_how_it_stands(broker: network.Broker) -> None:
    """In one line, which is gone at the end."""
    terminal, other_end = pty.openpty()
    with watching(stderr=other_end, stdout=subprocess.DEVNULL) as process, broker.client() as client:
        os.close(other_end)
        read_terminal(terminal, until="watching lo")
        client.ask(3)
        shown = read_terminal(terminal, until="3 exchanges  none dropped")
        assert "\r\x1b[K" in shown
        assert "\n" not in shown.strip()
        process.send_signal(signal.SIGINT)
        assert "\r\x1b[K\x1b[1mledger\x1b[0m\r\n" in read_terminal(terminal, until="no packets dropped")
    os.close(terminal)


def test_what_goes_into_a_pipe_has_no_line_on_the_terminal_beside_it(broker: network.Broker) -> None:
    """What reads the pipe may write to the same terminal."""
    terminal, other_end = pty.openpty()
    with watching("--duration", "1.5", stderr=other_end) as process, broker.client() as client:
        os.close(other_end)
        client.ask()
        shown = read_terminal(terminal, until="no packets dropped")
        process.stdout.read()
    os.close(terminal)
    assert "watching lo" in shown
    assert "none dropped" not in shown


def test_a_full_disk_ends_it_with_what_was_captured(broker: network.Broker) -> None:
    with watching("--write", "/dev/full") as process, broker.client() as client:
        client.ask()
        code, _, err = ended(process)
    assert code == cli.BROKEN
    assert err.startswith("kafka-dissect: error: /dev/full: No space left on device\nledger\n")
    assert "Traceback" not in err


@pytest.mark.parametrize("option", [["-i", "eth7"], ["--bpf", "tcpp"], ["--write", "/proc/nothing/x.pcapng"]], ids=str)
def test_what_cannot_be_captured_is_said_in_a_line(broker: network.Broker, option: list[str]) -> None:
    result = CliRunner().invoke(cli.main, ["live", *option])
    assert (result.exit_code, result.stdout) == (cli.BROKEN, "")
    assert result.stderr.startswith("kafka-dissect: error: ")
    assert result.stderr.count("\n") == 1


def test_drops_and_lost_interfaces_are_said_while_it_runs(
    broker: network.Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def happen(reader: LiveReader, *, then: Callable[[LiveReader], None] = LiveReader._look) -> None:
        then(reader)
        reader.dropped_by_us, reader.gone = 12, ["eth7"]

    monkeypatch.setattr(LiveReader, "_look", happen)
    result = CliRunner().invoke(cli.main, ["live", "-i", "lo", "--duration", "2.2"])
    said = result.stderr.splitlines()
    assert said[1:3] == [
        "kafka-dissect: eth7: there is no such interface any more",
        "kafka-dissect: 12 packets dropped: 12 by us, too slow to read them",
    ]
    assert said[3] == "ledger", "what does not change is not said again"
    assert "  12 packets dropped: 12 by us, too slow to read them" in said


def test_quiet_says_nothing(broker: network.Broker) -> None:
    result = CliRunner().invoke(cli.main, ["live", "-i", "lo", "--duration", "0.2", "-q", "--count", "1"])
    assert "watching" not in result.stderr

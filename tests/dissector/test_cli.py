"""The command line: what goes where, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import struct
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from support.frames import make_request, make_response
from support.packets import RAW_IP, Wire

from dissector import cli

if TYPE_CHECKING:
    from pathlib import Path

METADATA = 3
COMMAND = [sys.executable, "-c", "from dissector.cli import main; main()", "decode"]


def decode(*arguments: str | Path, **options: Any) -> Result:
    return CliRunner().invoke(cli.main, ["decode", *map(str, arguments)], **options)


def into_full(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose output has no room."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        command = [*COMMAND[:-1], *arguments]
        return subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A capture of one request on port 9092."""
    return write(tmp_path / "small.pcap", Wire().open().say("client", make_request(METADATA, 1, {"topics": []})))


def write(path: Path, wire: Wire) -> Path:
    """Write a conversation as a pcap file."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, RAW_IP))
        for packet in wire.packets:
            seconds, rest = divmod(packet.timestamp, 10**9)
            file.write(struct.pack("<IIII", seconds, rest // 1000, len(packet.data), packet.wire_length) + packet.data)
    return path


class TestLedgerFile:
    """`--ledger FILE` has the ledger as JSON, however the run ends."""

    def test_it_adds_up(self, captures: Path, tmp_path: Path) -> None:
        path = tmp_path / "ledger.json"
        assert decode(captures / "mock.pcap", "--quiet", "--ledger", path).exit_code == cli.FINE
        ledger = json.loads(path.read_text(encoding="utf-8"))
        assert (ledger["complete"], ledger["error"]) == (True, None)
        assert sum(entry["bytes"] for entry in ledger["payload"]["entries"]) == ledger["payload"]["captured"] > 0
        assert ledger["streams"]["span"] == ledger["streams"]["captured"] + ledger["streams"]["lost"]
        assert sum(row["count"] for row in ledger["exchanges"]) > 100
        assert ledger["discrepancies"] == []

    def test_it_is_written_when_the_capture_breaks_off(self, captures: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.pcap"
        broken.write_bytes((captures / "mock.pcap").read_bytes()[:40_000])
        path = tmp_path / "ledger.json"
        assert decode(broken, "--ledger", path).exit_code == cli.BROKEN
        ledger = json.loads(path.read_text(encoding="utf-8"))
        assert ledger["payload"]["captured"] > 0
        assert ledger["error"].startswith(f"{broken}: cut short in packet ")


class TestWhereThingsGo:
    """What was found goes to standard output, everything else to standard error."""

    @pytest.mark.parametrize("form", ["text", "tree", "jsonl"])
    def test_a_reader_that_has_enough_ends_it_soon(self, form: str, captures: Path, tmp_path: Path) -> None:
        names = ["cluster", "groups", "quorum", "connect", "upgrade", "codecs"]  # 2855 exchanges, 994354 bytes
        ledger = tmp_path / "ledger.json"
        arguments = ["--format", form, "--ledger", str(ledger), *(str(captures / f"{name}.pcap") for name in names)]
        with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.stdout.close()
            assert process.wait() == cli.FINE
        assert json.loads(ledger.read_text(encoding="utf-8"))["payload"]["captured"] < 500_000

    @pytest.mark.parametrize("arguments", [["decode"], ["decode", "-f", "jsonl", "--jobs", "2"], ["stats"]])
    def test_a_full_disk_is_said_and_how_far_it_came(
        self, arguments: list[str], captures: Path, tmp_path: Path
    ) -> None:
        ledger = tmp_path / "ledger.json"
        names = ["cluster", "groups", "quorum", "connect", "upgrade", "codecs"]
        files = [str(captures / f"{name}.pcap") for name in names]
        result = into_full(*arguments, "--ledger", str(ledger), *files)
        error = "standard output: No space left on device"
        assert result.stderr.startswith(f"kafka-dissect: error: {error}\nledger\n")
        assert result.returncode == cli.BROKEN
        values = json.loads(ledger.read_text(encoding="utf-8"))
        assert values["error"] == error
        assert f"\n  {values['payload']['captured']} bytes of TCP payload captured\n" in result.stderr
        is_complete = arguments == ["stats"]  # it had read everything when it wrote
        assert values["complete"] == is_complete
        assert ("\n  interrupted: what was still open is not counted\n" in result.stderr) != is_complete

    def test_where_there_is_no_ledger_a_full_disk_is_said_in_a_line(self, captures: Path) -> None:
        capture = str(captures / "orders.pcapng")
        for arguments in (["--version"], ["--help"], ["apis"], ["stats", "--help"], ["decode", "-q", capture]):
            result = into_full(*arguments)
            assert result.stderr == "kafka-dissect: error: standard output: No space left on device\n"
            assert result.returncode == cli.BROKEN

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_standard_streams_may_be_closed(self, closed: str, captures: Path, tmp_path: Path) -> None:
        """As services and cron may have them."""
        program = shlex.join([*COMMAND, str(captures / "mock.pcap"), "--ledger", str(tmp_path / "ledger.json")])
        result = subprocess.run(["sh", "-c", f"{program} {closed}"], capture_output=True, text=True, check=False)
        assert result.returncode == cli.FINE
        assert bool(result.stdout) == (">&-" not in closed.replace("2>&-", ""))
        assert result.stderr.startswith("ledger\n") == ("2>&-" not in closed)
        assert json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))["complete"]

    @pytest.mark.parametrize("form", ["text", "tree", "jsonl"])
    def test_the_ledger_is_the_last_block_on_standard_error(self, captures: Path, form: str) -> None:
        result = decode(captures / "mock.pcap", "--format", form)
        assert result.exit_code == cli.FINE
        assert result.stderr.startswith("ledger\n")
        assert "ledger" not in result.stdout

    def test_the_ledger_says_how_many_a_filter_picked(self, captures: Path) -> None:
        result = decode(captures / "mock.pcap", "--filter", "api == Produce")
        lines = result.stdout.splitlines()[1:]
        assert lines
        assert f"\n  {len(lines)} of them picked by the filter\n" in result.stderr
        assert "picked" not in decode(captures / "mock.pcap").stderr

    def test_every_line_of_jsonl_is_an_object(self, captures: Path) -> None:
        result = decode(captures / "mock.pcap", "--format", "jsonl")
        lines = result.stdout.splitlines()
        assert {type(json.loads(line)) for line in lines} == {dict}
        assert f"  {len(lines)} exchanges" in result.stderr

    def test_quiet_leaves_the_ledger_out(self, small: Path) -> None:
        result = decode("--quiet", small)
        assert (result.exit_code, result.stderr) == (cli.FINE, "")
        assert "Metadata v1" in result.stdout

    @pytest.mark.parametrize("option", ["--max-records", "--max-decompressed"])
    def test_limits_of_record_batches(self, captures: Path, option: str) -> None:
        """Batches over them are reported, and everything else is decoded. None of the capture's takes a MiB."""
        within = decode("-q", "-f", "jsonl", option, "1000", captures / "orders.pcapng")
        beyond = decode("-q", "-f", "jsonl", option, "1", captures / "orders.pcapng")
        assert '"kind":"limit"' not in within.stdout
        assert ('"kind":"limit"' in beyond.stdout) == (option == "--max-records")
        assert within.stdout.count("\n") == beyond.stdout.count("\n")

    def test_standard_input(self, small: Path) -> None:
        result = decode("-", input=small.read_bytes())
        assert result.stdout == decode(small).stdout

    def test_several_files_are_one_capture(self, small: Path) -> None:
        assert "8 packets" in decode(small, small).stderr

    def test_secrets_are_shown_on_request_only(self, tmp_path: Path) -> None:
        wire = Wire().open().say("client", make_request(36, 2, {"auth_bytes": b"\0alice\0hunter2"}))
        path = write(tmp_path / "sasl.pcap", wire)
        for form in ("text", "tree", "jsonl"):
            shown = decode(path, "--format", form).output
            assert "hunter2" not in shown
            assert b"hunter2".hex() not in shown
        assert b"hunter2".hex() in decode(path, "--format", "tree", "--show-secrets").stdout


class TestColour:
    """Only on a terminal, unless it is asked for."""

    def test_none_where_output_is_piped(self, captures: Path) -> None:
        assert "\x1b" not in decode(captures / "mock.pcap").output

    def test_always_and_never(self, small: Path) -> None:
        assert "\x1b[1m  Metadata v1" in decode(small, "--color", "always").stdout
        assert "\x1b" not in decode(small, "--color", "never").output

    @pytest.mark.parametrize(
        ("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
    )
    def test_a_terminal(self, small: Path, environment: dict[str, str], colored: bool) -> None:
        """On a terminal there is colour, unless NO_COLOR or a dumb terminal forbid it."""
        clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        ours, theirs = pty.openpty()
        subprocess.run(
            [*COMMAND, small],
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**clean, "TERM": "xterm", **environment},
            check=True,
        )
        os.close(theirs)
        shown = os.read(ours, 10_000)
        os.close(ours)
        assert b"Metadata v1" in shown
        assert (b"\x1b[" in shown) is colored


class TestExitCodes:
    """Every way to end has a code, and says what happened."""

    def test_broken_part_way(self, captures: Path, tmp_path: Path) -> None:
        """What came before the break is shown and booked."""
        broken = tmp_path / "broken.pcap"
        broken.write_bytes((captures / "mock.pcap").read_bytes()[:20_000])
        result = decode(broken)
        assert result.exit_code == cli.BROKEN
        assert "ApiVersions" in result.stdout
        first, second, *_ = result.stderr.splitlines()
        assert first.startswith(f"kafka-dissect: error: {broken}: ")
        assert second == "ledger"

    def test_not_a_capture(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("no packets in here")
        result = decode(path)
        assert result.exit_code == cli.BROKEN
        assert "not a pcap or pcapng capture" in result.stderr
        assert "wrong interface" not in result.stderr
        assert "ledger" not in result.stderr

    @pytest.mark.parametrize("arguments", [[], ["nowhere.pcap"], ["."], ["--format", "xml"], ["--port", "0"]])
    def test_wrong_usage(self, arguments: list[str]) -> None:
        result = decode(*arguments)
        assert result.exit_code == cli.USAGE
        assert "--help" in result.stderr

    def test_a_capture_without_the_command(self, small: Path) -> None:
        result = CliRunner().invoke(cli.main, [str(small), "--quiet"])
        assert (result.exit_code, result.stdout) == (cli.USAGE, "")
        assert result.stderr.endswith(f"Try: kafka-dissect decode {small}\n")
        result = CliRunner().invoke(cli.main, ["decod"])
        assert result.exit_code == cli.USAGE
        assert result.stderr.endswith("No such command 'decod'. Did you mean decode?\n")
        result = CliRunner().invoke(cli.main, ["zzz"])
        assert result.stderr.endswith("No such command 'zzz'. There are " + ", ".join(cli._COMMANDS) + ".\n")

    def test_no_kafka(self, small: Path) -> None:
        """The ledger says where there was traffic, and how to look there."""
        result = decode(small, "--port", "1234")
        assert result.exit_code == cli.NO_KAFKA
        assert result.stdout == ""
        assert "traffic on port 9092" in result.stderr
        assert "--port 9092" in decode(small, "--port", "1234", "--quiet").stderr

    def test_ports_of_ones_own(self, tmp_path: Path) -> None:
        """Kafka is recognised on any port; `--port` looks at no other, `--decode-as` wants no evidence."""
        wire = Wire(server_port=1234).open().say("client", make_request(METADATA, 1, {"topics": []}))
        path = write(tmp_path / "odd.pcap", wire)
        assert decode(path).exit_code == cli.FINE
        assert decode(path, "--port", "9092").exit_code == cli.NO_KAFKA
        assert decode(path, "--port", "9092", "--port", "1234").exit_code == cli.FINE
        unknown = Wire(server_port=1234).open().say("client", b"\x27\x10\0\0\0\0\0\1\xff\xff")
        path = write(tmp_path / "vendor.pcap", unknown)
        assert decode(path).exit_code == cli.NO_KAFKA
        assert "--decode-as 1234" in decode(path).stderr
        assert decode(path, "--decode-as", "1234").exit_code == cli.FINE

    def test_a_ledger_that_cannot_be_written(self, small: Path, tmp_path: Path) -> None:
        """It is said before anything is read, where it can be known then."""
        result = decode(small, "--ledger", tmp_path / "nowhere" / "ledger.json")
        assert result.exit_code == cli.USAGE
        assert "nowhere/ledger.json: No such file or directory" in result.stderr
        assert result.stdout == ""
        result = decode(small, "--ledger", "/dev/full")
        assert result.exit_code == cli.BROKEN
        assert result.stderr.endswith("kafka-dissect: error: /dev/full: No space left on device\n")
        assert result.stdout

    def test_a_closed_pipe_is_no_error(self, captures: Path) -> None:
        """`kafka-dissect decode ... | head` ends without a word."""
        process = subprocess.Popen(
            [*COMMAND, captures / "orders.pcapng", "--format", "tree"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(timeout=60), said) == (cli.FINE, b"")

    def test_interrupted(self, small: Path) -> None:
        """Ctrl-C ends with the ledger of what was read."""
        process = subprocess.Popen(
            [*COMMAND, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdin is not None
        guard = threading.Timer(60, process.kill)
        guard.start()
        wire = Wire().open().say("client", make_request(METADATA, 1, {})).say("server", make_response(METADATA, 1, {}))
        capture = write(small.with_name("answered.pcap"), wire).read_bytes()
        process.stdin.write(capture)
        process.stdin.flush()
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"# ")  # the line of what was settled is out: reading goes on
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        guard.cancel()
        assert process.returncode == cli.INTERRUPTED
        assert said.startswith(b"kafka-dissect: interrupted\nledger\n")
        assert b"Traceback" not in said

    def test_a_terminal_is_no_capture(self) -> None:
        """Waiting for what nobody types would look like hanging."""
        ours, theirs = pty.openpty()
        result = subprocess.run([*COMMAND, "-"], stdin=theirs, capture_output=True, timeout=60, check=False)
        os.close(theirs)
        os.close(ours)
        assert result.returncode == cli.USAGE
        assert b"pipe a capture into it" in result.stderr


class TestHelp:
    def test_each_command_has_a_line_that_fits(self) -> None:
        shown = CliRunner().invoke(cli.main, ["--help"], terminal_width=80).stdout
        assert "..." not in shown.replace("[ARGS]...", "")

    def test_examples_and_exit_codes(self) -> None:
        text = decode("--help").stdout
        assert "kafka-dissect decode orders.pcapng" in text
        for code in (cli.FINE, cli.BROKEN, cli.USAGE, cli.NO_KAFKA, cli.INTERRUPTED):
            assert f"    {code} " in text

    def test_the_version(self) -> None:
        assert CliRunner().invoke(cli.main, ["--version"]).stdout.startswith("kafka-dissect ")

"""`kafka-dissect slice`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from support.frames import make_request, make_response
from support.packets import Wire

import dissector
from dissector import cli, slices
from dissector.sinks.pcapng import PcapngWriter
from dissector.sources import CaptureReader

if TYPE_CHECKING:
    from pathlib import Path

SLOW = "latency > 50ms"


def run(*arguments: str | Path, **options: bytes) -> Result:
    return CliRunner().invoke(cli.main, ["slice", *map(str, arguments)], **options)


def exchanges(path: Path, where: str | None = None) -> list[tuple]:
    with dissector.open_capture(path, where=where) as capture:
        return [
            (exchange.api_name, exchange.client_id, exchange.correlation_id, exchange.latency) for exchange in capture
        ]


def test_the_slice_has_the_exchanges_that_match(captures: Path, tmp_path: Path) -> None:
    out = tmp_path / "slow.pcapng"
    result = run(captures / "orders.pcapng", "--filter", SLOW, "-o", out)
    assert result.exit_code == cli.FINE
    matching = exchanges(captures / "orders.pcapng", SLOW)
    assert sorted(map(repr, exchanges(out, SLOW))) == sorted(map(repr, matching))
    written = len(list(CaptureReader(out)))
    assert f"wrote {written} of 888 packets to {out}: {len(matching)} exchanges" in result.stderr
    assert written < 300
    assert result.stdout == ""
    about = subprocess.run(["capinfos", "-k", out], capture_output=True, check=True, text=True).stdout
    assert f"where {SLOW}" in about


def test_without_a_filter_all_kafka_is_kept_and_nothing_else(captures: Path, tmp_path: Path) -> None:
    out = tmp_path / "kafka.pcapng"
    assert run(captures / "errors.pcap", "-q", "-o", out).exit_code == cli.FINE
    assert sorted(map(repr, exchanges(out))) == sorted(map(repr, exchanges(captures / "errors.pcap")))


@pytest.mark.parametrize("name", ["orders.pcapng", "link.pcapng"])
def test_a_capture_to_read_is_never_overwritten(captures: Path, tmp_path: Path, name: str) -> None:
    source = tmp_path / "orders.pcapng"
    source.write_bytes((captures / "orders.pcapng").read_bytes())
    if name != source.name:
        os.link(source, tmp_path / name)
    before = source.read_bytes()
    result = run(captures / "mock.pcap", source, "-o", tmp_path / name)
    assert result.exit_code == cli.USAGE
    assert "would be overwritten" in result.stderr
    assert source.read_bytes() == before


def test_nothing_is_written_where_nothing_matches(captures: Path, tmp_path: Path) -> None:
    out = tmp_path / "none.pcapng"
    result = run(captures / "orders.pcapng", "--filter", "latency > 1h", "-o", out)
    assert result.exit_code == 3
    assert "no exchange matches: nothing was written" in result.stderr
    assert not out.exists()


def test_standard_input_and_output_are_pipes(captures: Path) -> None:
    """What comes through a pipe is read several times all the same; nothing but the slice goes to the other."""
    content = (captures / "mock.pcap").read_bytes()
    command = [sys.executable, "-m", "dissector", "slice", "-", "-o", "-", "--filter", "api == Produce"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    with dissector.open_capture(io.BytesIO(done.stdout)) as capture:
        assert sum(exchange.api_name == "Produce" for exchange in capture) == len(
            exchanges(captures / "mock.pcap", "api == Produce")
        )
    assert b"to standard output" in done.stderr


def test_what_is_wrong_with_a_pipe_is_not_said_of_its_copy(captures: Path, tmp_path: Path) -> None:
    content = (captures / "mock.pcap").read_bytes()
    result = run("-", "-o", tmp_path / "out.pcapng", input=content[:-10])
    assert result.exit_code == cli.BROKEN
    assert result.stderr.startswith("kafka-dissect: error: standard input: cut short in ")


def test_a_named_pipe_is_read_once(captures: Path, tmp_path: Path) -> None:
    pipe, out = tmp_path / "pipe", tmp_path / "out.pcapng"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "dissector", "slice", pipe, "-q", "-o", out]
    with subprocess.Popen(command) as process:
        pipe.write_bytes((captures / "mock.pcap").read_bytes())
        assert process.wait() == cli.FINE
    assert len(exchanges(out)) == len(exchanges(captures / "mock.pcap"))


def test_a_reader_that_has_enough_is_no_error(captures: Path) -> None:
    command = [sys.executable, "-m", "dissector", "slice", captures / "groups.pcap", "-q", "-o", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == cli.FINE


def test_what_breaks_off_is_sliced_up_to_there(captures: Path, tmp_path: Path) -> None:
    broken, out = tmp_path / "broken.pcap", tmp_path / "out.pcapng"
    content = (captures / "mock.pcap").read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    result = run(broken, "-o", out)
    assert result.exit_code == cli.BROKEN
    assert result.stderr.count("cut short") == 1
    assert len(exchanges(out)) > 20


def test_what_cannot_be_written_says_so(captures: Path, tmp_path: Path) -> None:
    result = run(captures / "mock.pcap", "-o", tmp_path / "nowhere" / "out.pcapng")
    assert result.exit_code == cli.BROKEN
    assert result.stderr == f"kafka-dissect: error: {tmp_path / 'nowhere' / 'out.pcapng'}: No such file or directory\n"
    (tmp_path / "file").touch()
    result = run(captures / "mock.pcap", "-o", tmp_path / "file" / "out.pcapng")
    assert (result.exit_code, "Not a directory" in result.stderr) == (cli.BROKEN, True)


def test_what_there_is_no_room_for_says_so(captures: Path, tmp_path: Path) -> None:
    """The slice, or the copy that what comes through a pipe is sliced from."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))"
    program = f"{limit}; from dissector import cli; cli.main()"
    for capture, output, said in (
        (captures / "mock.pcap", tmp_path / "out.pcapng", f"{tmp_path / 'out.pcapng'}: File too large"),
        ("-", tmp_path / "out.pcapng", f"standard input, copied to {tmp_path}/kafka-dissect-.*: File too large"),
        (captures / "mock.pcap", "-", "standard output: File too large"),
    ):
        command = [sys.executable, "-c", program, "slice", capture, "-o", output, "-q"]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        with (captures / "mock.pcap").open("rb") as piped, (tmp_path / "stdout").open("wb") as out:
            result = subprocess.run(
                command, stdin=piped, stdout=out, stderr=subprocess.PIPE, env=environment, text=True, check=False
            )
        assert result.returncode == cli.BROKEN
        assert re.fullmatch(f"kafka-dissect: error: {said}\n", result.stderr)


def test_packets_of_link_types_that_tshark_knows_are_chosen_as_others(tmp_path: Path) -> None:
    """As OpenBSD's packet filter logs them: IP behind 64 bytes that say which rule it met."""
    wire = Wire().open()
    for number in range(4):
        wire.say("client", make_request(3, 1, {"topics": []}, correlation_id=number))
        body = {"brokers": [], "controller_id": 1, "topics": []}
        wire.say("server", make_response(3, 1, body, correlation_id=number))
    before, out = tmp_path / "pflog.pcapng", tmp_path / "out.pcapng"
    with before.open("wb") as file, PcapngWriter(file) as writer:
        for packet in wire.close().packets:
            data = bytes([61, 2, 0, 0]) + bytes(60) + packet.data
            writer.write(packet._replace(link_type=117, data=data, wire_length=len(data)))
    result = run(before, "--filter", "correlation_id == 2", "-o", out)
    assert "cannot be told" not in result.stderr
    assert [row[2] for row in exchanges(out)] == [2]


def test_what_is_not_checked_is_said(captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MAX_CHECKED", 3)
    arguments = [captures / "orders.pcapng", "--filter", "api == Produce", "-o", tmp_path / "out.pcapng"]
    assert "warning: 5 exchanges not checked, too many match: --connections" in run(*arguments, "-q").stderr
    assert "not checked" not in run(*arguments, "--connections").stderr


def test_it_says_what_is_written_whole(captures: Path, tmp_path: Path) -> None:
    """Ids that are used again tell nothing where others are missing: it takes the connection to know which is which."""
    out = tmp_path / "out.pcapng"
    result = run(captures / "sasl.pcap", "--filter", "api == SaslAuthenticate", "-o", out)
    assert "whole: their exchanges are encrypted, or cannot be told from their packets alone" in result.stderr
    assert "warning" not in result.stderr
    assert len(exchanges(out, "api == SaslAuthenticate")) == len(
        exchanges(captures / "sasl.pcap", "api == SaslAuthenticate")
    )


def test_whole_connections_have_all_their_exchanges(captures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pcapng"
    name = captures / "orders.pcapng"
    assert run(name, "--filter", "api == EndTxn", "--connections", "--no-context", "-o", out).exit_code == cli.FINE
    with dissector.open_capture(name) as capture:
        every = list(capture)
    wanted = {exchange.connection.id for exchange in every if exchange.api_name == "EndTxn"}
    assert len(exchanges(out)) == sum(exchange.connection.id in wanted for exchange in every)


@pytest.mark.parametrize(
    ("name", "options"),
    [("tls-1.3.pcapng", []), ("tls-1.2.pcap", ["--keylog", "tls-1.2.keys.log"])],
)
@pytest.mark.parametrize("embed", [True, False])
def test_what_is_encrypted_can_be_read_with_the_secrets_of_its_connections(
    captures: Path, tmp_path: Path, name: str, options: list[str], embed: bool
) -> None:
    out = tmp_path / "out.pcapng"
    extra = [option if option.startswith("-") else captures / option for option in options]
    result = run(captures / name, *extra, "--filter", "api == Produce", "-o", out, *["--embed-secrets"] * embed)
    assert result.exit_code == cli.FINE
    assert "whole: their exchanges are encrypted" in result.stderr
    assert ("are in it" if embed else "--embed-secrets puts them in") in result.stderr
    keylog = extra[1] if extra else None
    with dissector.open_capture(captures / name, keylog=keylog, where="api == Produce") as capture:
        produced = [exchange.request.frame.data for exchange in capture]
    with dissector.open_capture(out, where="api == Produce") as capture:
        found = [exchange.request.frame.data for exchange in capture]
    assert (set(found) >= set(produced)) is embed
    assert bool(found) is embed

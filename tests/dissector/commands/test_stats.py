"""`kafka-dissect stats`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from dissector import cli
from dissector.dimensions import DIMENSIONS
from dissector.views.stats import SORTS

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.main, ["stats", *map(str, arguments)])


def test_by_api_client_and_broker_unless_asked_for_more(captures: Path) -> None:
    result = run(captures / "orders.pcapng")
    assert result.exit_code == cli.FINE
    assert result.stdout.startswith("220 exchanges in 10.4 s")
    first = [line.split()[0] for line in result.stdout.splitlines() if "requests  " in line]
    assert first == ["api", "client", "broker"]
    assert result.stderr.startswith("ledger\n")


def test_tables_are_those_that_are_asked_for_in_their_order(captures: Path) -> None:
    result = run(captures / "orders.pcapng", "-q", "--json", "--by", "topic", "--by", "api,error", "--by", "topic")
    values = json.loads(result.stdout)
    assert [table["by"] for table in values["tables"]] == [["topic"], ["api", "error"]]
    topics = {row["topic"]: row["requests"] for row in values["tables"][0]["rows"]}
    assert {"orders", "payments", None} <= topics.keys()


def test_every_dimension_can_be_asked_for_and_is_in_the_help(captures: Path) -> None:
    text = run("--help").stdout
    for name in DIMENSIONS:
        assert name in text
        assert run(captures / "sasl.pcap", "-q", "--by", name).exit_code == cli.FINE
    for name in SORTS:
        assert name in text
        assert run(captures / "mock.pcap", "-q", "--sort", name).exit_code == cli.FINE


def test_a_filter_says_what_is_counted(captures: Path) -> None:
    result = run(captures / "orders.pcapng", "-q", "--json", "--filter", "api == Produce")
    assert json.loads(result.stdout)["total"]["requests"] == 8
    assert [row["api"] for row in json.loads(result.stdout)["tables"][0]["rows"]] == ["Produce"]


def test_of_several_filters_all_have_to_pick(captures: Path) -> None:
    both = ["--filter", "api == Produce or api == Fetch", "--filter", "client_id == till"]
    result = run(captures / "orders.pcapng", "-q", "--json", *both)
    assert [row["api"] for row in json.loads(result.stdout)["tables"][0]["rows"]] == ["Produce"]
    result = run(captures / "orders.pcapng", *both, "--filter", "api == Produce) or (api == Fetch")
    assert result.exit_code == cli.USAGE
    assert "this parenthesis was not opened" in result.stderr


def test_what_is_for_interfaces_is_refused_for_captures(captures: Path) -> None:
    result = run(captures / "orders.pcapng", "--interval", "1e300")
    assert (result.exit_code, "is not in the range" in result.stderr) == (cli.USAGE, True)
    result = run(captures / "orders.pcapng", "--interval", "1")
    assert (result.exit_code, "are for live interfaces (-i)" in result.stderr) == (cli.USAGE, True)
    assert "one of both" in run(captures / "orders.pcapng", "-i", "lo").stderr
    assert run().exit_code == cli.USAGE


def test_what_is_no_dimension_is_said(captures: Path) -> None:
    result = run(captures / "orders.pcapng", "--by", "api,colour")
    assert result.exit_code == cli.USAGE
    assert "unknown colour, known: api, version, client" in result.stderr


def test_no_kafka_is_said_by_the_exit_code(captures: Path) -> None:
    result = run(captures / "orders.pcapng", "--port", "1")
    assert (result.exit_code, result.stdout) == (cli.NO_KAFKA, "")


def test_a_capture_that_breaks_off_is_counted_up_to_there(captures: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pcap"
    content = (captures / "mock.pcap").read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    result = run(broken, "--json")
    assert result.exit_code == cli.BROKEN
    assert json.loads(result.stdout)["total"]["requests"] > 20


def test_json_has_all_rows_unless_asked_for_less(captures: Path) -> None:
    rows = json.loads(run(captures / "orders.pcapng", "-q", "--json").stdout)["tables"][0]["rows"]
    assert len(rows) == 27
    rows = json.loads(run(captures / "orders.pcapng", "-q", "--json", "--top", "2").stdout)["tables"][0]["rows"]
    assert len(rows) == 2

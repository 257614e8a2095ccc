"""Dimensions of statistics: their names, and what exchanges have in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector import dimensions
from dissector.capture import open_capture
from dissector.dimensions import DIMENSIONS, NONE, OTHERS, each_key, parse_table, single_key

if TYPE_CHECKING:
    from pathlib import Path


def test_tables_are_named_by_their_dimensions() -> None:
    assert parse_table("api") == ("api",)
    assert parse_table("api, Client,api") == ("api", "client")
    for text, problem in (
        ("", "unknown empty name, known: api, version"),
        ("api,", "unknown empty name, known: api, version"),
        ("client,apis", r"unknown apis, did you mean api\?"),
        ("client_id", r"unknown client_id, did you mean client\?"),
        ("transactional_id", r"unknown transactional_id, did you mean transaction\?"),
        ("colour", "unknown colour, known: api, version"),
    ):
        with pytest.raises(ValueError, match=rf"^{problem}"):
            parse_table(text)
    assert all(dimension.meaning for dimension in DIMENSIONS.values())


def test_an_exchange_is_in_no_more_rows_than_there_may_be(monkeypatch: pytest.MonkeyPatch, captures: Path) -> None:
    """What it names in one dimension is combined with all in the other: a message of a megabyte names many."""
    with open_capture(captures / "orders.pcapng", where="topic in (orders) and topic in (payments)") as capture:
        exchange = next(iter(capture))
    names = ("topic", "error")
    assert len(each_key(names)(exchange)) == 2
    monkeypatch.setattr(dimensions, "MAX_KEYS", 1)
    assert each_key(names)(exchange) == [(OTHERS, OTHERS)]


def test_what_headers_tell_each_exchange_has_one_of(captures: Path) -> None:
    """One key by one way or by the other; of other dimensions there may be several, and a stand-in for none."""
    headers = tuple(name for name, dimension in DIMENSIONS.items() if dimension.is_header)
    several = set()
    with open_capture(captures / "sasl.pcap") as capture:
        for exchange in capture:
            assert list(single_key(headers)(exchange)) == each_key(headers)(exchange)
            for name in DIMENSIONS.keys() - set(headers):
                keys = list(each_key((name,))(exchange))
                assert len(keys) == len(set(keys)) >= 1
                several |= {name} if keys != [(NONE,)] else set()
    assert several >= {"topic", "group", "error", "throttle"}

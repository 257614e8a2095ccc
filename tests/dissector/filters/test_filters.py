"""A filter is a function that knows what it is."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dissector import filters, open_capture

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.correlation import Exchange

TEXT = "api == Produce and latency > 5ms"


def test_a_filter_knows_its_text() -> None:
    parsed = filters.parse(TEXT)
    assert (parsed.text, repr(parsed)) == (TEXT, f"<Filter {TEXT!r}>")


def test_a_filter_can_be_sent_to_another_process(orders: list[Exchange]) -> None:
    parsed = filters.parse(TEXT)
    sent = pickle.loads(pickle.dumps(parsed))  # noqa: S301 (made a line before)
    assert [*map(sent, orders)] == [*map(parsed, orders)]
    assert sent.text == TEXT


def test_what_is_wrong_has_the_text_with_it() -> None:
    with pytest.raises(filters.FilterError) as caught:
        filters.parse("latncy > 5ms")
    assert str(caught.value) == "unknown field latncy: did you mean latency?\n  latncy > 5ms\n  ^"


def test_captures_take_filters_as_text(captures: Path) -> None:
    with open_capture(captures / "orders.pcapng", where=TEXT) as capture:
        found = list(capture)
    assert {exchange.api_name for exchange in found} == {"Produce"}
    assert min(exchange.latency or 0 for exchange in found) > 5_000_000
    assert sum(capture.ledger.exchanges.values()) == 220


def test_nobody_waits_for_the_parser_who_does_not_filter() -> None:
    code = "import sys, dissector, dissector.cli, dissector.filters; print('lark' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"

"""A filter is a function that knows what it is."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissector import filters, open_capture

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.exchanges import Exchange

TEXT = "api == Produce and latency > 5ms"


def test_a_filter_knows_its_text() -> None:
    parsed = filters.parse(TEXT)
    assert (parsed.text, repr(parsed)) == (TEXT, f"<Filter {TEXT!r}>")


def test_a_filter_can_be_sent_to_another_process(orders: list[Exchange]) -> None:
    parsed = filters.parse(TEXT)
    sent = pickle.loads(pickle.dumps(parsed))  # noqa: S301 (made a line before)
    assert [*map(sent, orders)] == [*map(parsed, orders)]
    assert sent.text == TEXT


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        (TEXT, TEXT),
        ("not api == Fetch", "api != Fetch"),
        ("topic == orders and latency > 5ms", "latency > 5ms"),
        ("latency > 5ms and (topic == orders and not api == Fetch) and has group", "latency > 5ms and api != Fetch"),
        ("topic == orders", None),
        ("api == Produce or topic == orders", None),
        ("not (api == Produce and topic == orders)", None),
    ],
)
def test_what_it_says_of_headers_may_be_asked_first(text: str, ahead: str | None, orders: list[Exchange]) -> None:
    parsed = filters.parse(text)
    if ahead is None:
        assert parsed.ahead is None
    else:
        assert parsed.ahead is not None
        assert [*map(parsed.ahead, orders)] == [*map(filters.parse(ahead), orders)]
        assert all(parsed.ahead(exchange) for exchange in orders if parsed(exchange))


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


TOKENS = "api request.acks topic time client == != ~ < in not and or has any all ( ) , ' \" Produce 0 1..2 .. 50ms"
MORE_TOKENS = "1e9 - [ * \\ null = && % 0x -1 +5s error partition : / null \t"


@given(
    st.one_of(
        st.text(max_size=30), st.lists(st.sampled_from(f"{TOKENS} {MORE_TOKENS}".split()), max_size=9).map(" ".join)
    )
)
@settings(max_examples=300)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    error = refusal(text)
    if error is not None:
        assert 1 <= error.column <= len(text) + 1
        assert str(error).startswith(error.message)


def refusal(text: str) -> filters.FilterError | None:
    try:
        filters.parse(text)
    except filters.FilterError as error:
        return error
    return None

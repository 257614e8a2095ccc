"""Statistics as tables: aligned, fitted to the terminal, safe to print; and as JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from support.frames import Conversation

from dissector.capture import open_capture
from dissector.reassembly import Connection
from dissector.segments import Endpoint
from dissector.statistics import Statistics
from dissector.streams import Held, Limits
from dissector.views import stats, style
from dissector.views.stats import SORTS, StatsView, label, milliseconds, sorted_lines

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.statistics import Row


@pytest.fixture(scope="module")
def counted() -> dict[str, Statistics]:
    return {}


@pytest.fixture
def orders(captures: Path, counted: dict[str, Statistics]) -> Statistics:
    return taken(captures / "orders.pcapng", counted)


@pytest.fixture
def cluster(captures: Path, counted: dict[str, Statistics]) -> Statistics:
    return taken(captures / "cluster.pcap", counted)


def taken(path: Path, known: dict[str, Statistics]) -> Statistics:
    if path.name not in known:
        known[path.name] = Statistics([("api",), ("client",), ("broker",), ("api", "client"), ("connection",)])
        with open_capture(path) as capture:
            for exchange in capture:
                known[path.name].take(exchange)
    return known[path.name]


def table(lines: list[str], heading: str) -> list[str]:
    """Return the lines of a table, its heading first."""
    first = next(at for at, line in enumerate(lines) if line.startswith(heading))
    return lines[first : lines.index("", first)]


def test_what_one_wants_to_know_first_comes_first(orders: Statistics) -> None:
    lines = list(StatsView().lines(orders))
    assert lines[:5] == [
        "220 exchanges in 10.4 s, from 2026-11-20 21:05:17.982142Z to 21:05:28.386357Z",
        "  each second  21.1 requests, 1671 B sent, 5059 B received",
        "  outcomes     218 answered, 1 no response expected, 1 unanswered",
        "  latency      p50 1.59  p95 14.81  p99 65.84  max 90.03 ms  of 183",
        "  waits *      p50 49.36  p95 510.59  p99 5003.47  max 5003.47 ms  of 35",
    ]
    assert any(line.split()[:4] == ["90.03", "ms", "ConsumerGroupHeartbeat", "packets"] for line in lines)


def test_columns_are_aligned_and_only_those_with_something_in_them(orders: Statistics) -> None:
    heading, *rows = table(list(StatsView().lines(orders)), "api  ")
    assert heading.split("  ")[0] == "api"
    assert heading.replace(" ms", "").split() == [
        *("api", "requests", "sent", "received", "p50", "p95", "p99", "max", "unanswered", "acks=0")
    ]
    end = heading.index("max ms") + len("max ms")
    assert all(row[:end].strip()[-1].isdigit() and row[end - 1] != " " for row in rows)
    assert "Fetch *" in " ".join(rows)


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
@pytest.mark.parametrize("name", ["orders", "cluster"])
def test_no_line_is_wider_than_the_terminal(name: str, columns: int, request: pytest.FixtureRequest) -> None:
    """Names are cut and less important numbers left out; requests, p99, max, late and unanswered always stand there."""
    statistics = request.getfixturevalue(name)
    lines = list(StatsView(columns=columns).lines(statistics))
    assert all(len(line) <= columns for line in lines)
    heading = table(lines, "broker  ")[0]
    assert {"requests", "p99", "max", "unanswered"} <= set(heading.split())


def test_the_top_rows_are_shown_and_how_many_more_there_are(orders: Statistics) -> None:
    rows = table(list(StatsView(top=3).lines(orders)), "client  ")
    assert [row.split()[0] for row in rows[1:]] == ["shipping-1", "operator", "fraud-check", "+8"]
    assert rows[-1] == "+8 more: --top 11 shows them"


@pytest.mark.parametrize("sort", SORTS)
def test_each_order_puts_first_what_its_name_says(sort: str, cluster: Statistics) -> None:
    numbers = {
        "requests": lambda row: row.requests,
        "sent": lambda row: row.request_bytes,
        "received": lambda row: row.response_bytes,
        "bytes": lambda row: row.request_bytes + row.response_bytes,
        "unanswered": lambda row: row.unanswered,
        "late": lambda row: row.late,
    }
    lines = sorted_lines(cluster.read().tables["api", "client"], sort)
    if sort == "name":
        assert [line.key for line in lines] == sorted(line.key for line in lines)
    elif sort in numbers:
        values = [numbers[sort](line.row) for line in lines]
        assert values == sorted(values, reverse=True)
    else:
        shown = [line for line in lines if len(line.row.latencies)]
        assert lines[: len(shown)] == shown  # what waits on purpose comes behind
        values = [quantile(line.row, sort) for line in shown]
        assert values == sorted(values, reverse=True)


def quantile(row: Row, name: str) -> int | None:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return row.latencies.at(shares[name])[0]


def test_names_from_the_wire_are_printable() -> None:
    assert label("evil\x1b[31m\u202e") == "evil\\x1b[31m\\u202e"
    assert label(b"\xff\x00") == "0xff00"
    assert label("") == '""'
    assert label(Endpoint("::1", 9092)) == "[::1]:9092"
    assert label((3, Endpoint("10.0.0.1", 5), None)) == "3: 10.0.0.1:5 -> ?"


def test_colour_is_in_escape_sequences_alone(orders: Statistics) -> None:
    painted = "\n".join(StatsView(color=True).lines(orders))
    plain = "\n".join(StatsView().lines(orders))
    assert "\x1b[1m" in painted
    stripped = [line.rstrip() for line in _without_escapes(painted).split("\n")]
    assert stripped == plain.split("\n")


def _without_escapes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_json_has_what_scripts_ask_for(orders: Statistics) -> None:
    values = json.loads(stats.to_json(orders, sort="p99", top=2))
    assert values["began"] == "2026-11-20T21:05:17.982142000Z"
    assert values["seconds"] == pytest.approx(10.404215)
    assert values["slowest"][0] == {
        "latency_ms": pytest.approx(90.035),
        "api": "ConsumerGroupHeartbeat",
        "client": "billing-consumer",
        "broker": "127.0.0.1:9092",
        "timestamp": "2026-11-20T21:05:20.258472000Z",
        "request_packet": 268,
        "response_packet": 270,
        "others": 0,
    }
    by_api = next(each for each in values["tables"] if each["by"] == ["api"])
    assert [row["api"] for row in by_api["rows"]] == ["ConsumerGroupHeartbeat", "CreateTopics"]
    by_both = next(each for each in values["tables"] if each["by"] == ["api", "client"])
    assert set(by_both["rows"][0]) >= {"api", "client", "requests", "latency_ms", "wait_ms", "late"}


def test_what_is_none_is_null_for_scripts_whatever_names_there_are() -> None:
    """A client may be called "-": scripts tell it from one that gave no client id."""
    conversation = Conversation(Connection(1, None, None, 1, Limits(), Held()))
    found = Statistics([("client",)])
    for number, name in enumerate(["-", None]):
        conversation.request(3, 1, {"topics": []}, client_id=name, correlation_id=number)
        body = {"brokers": [], "controller_id": 1, "topics": []}
        for exchange in conversation.response(3, 1, body, correlation_id=number):
            found.take(exchange)
    (counted,) = json.loads(stats.to_json(found))["tables"]
    assert {row["client"]: row["requests"] for row in counted["rows"]} == {"-": 1, None: 1}
    assert [row.split()[:2] for row in table(list(StatsView().lines(found)), "client  ")[1:]] == [["-", "1"]] * 2


def test_names_of_wide_characters_are_cut_by_the_columns_they_take() -> None:
    conversation = Conversation(Connection(1, None, None, 1, Limits(), Held()))
    found = Statistics([("client",)])
    conversation.request(3, 1, {"topics": []}, client_id="世界" * 20)
    for exchange in conversation.response(3, 1, {"brokers": [], "controller_id": 1, "topics": []}):
        found.take(exchange)
    heading, row = table(list(StatsView().lines(found)), "client  ")
    assert style.columns(row) == style.columns(heading)
    assert "…" in row


@pytest.mark.parametrize(("rate", "text"), [(1234.56, "1234.6"), (1.0, "1.0"), (0.0321, "0.032"), (0.5, "0.5")])
def test_low_rates_are_not_zero(rate: float, text: str) -> None:
    assert stats._rate(rate) == text


def test_what_was_slow_together_stands_in_one_line(orders: Statistics) -> None:
    slowest = [slow._replace(others=3) if at == 1 else slow for at, slow in enumerate(orders.slowest)]
    first, second, third = [style.paint(pieces, color=False) for pieces in stats._slowest(slowest, None)][:3]
    assert first == "slowest  (+N): so many more in the same packets"
    assert "packets 18>20 (+3)  " in third
    assert "(+" not in second


def test_nothing_counted_is_said_as_such() -> None:
    empty = Statistics()
    assert json.loads(stats.to_json(empty))["total"]["latency_ms"] is None
    assert next(StatsView(columns=80).lines(empty)) == "0 exchanges"


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (1, "0.00"), (1_234_567, "1.23"), (-5_000_000, "-5.00")])
def test_latencies_are_in_milliseconds(value: int | None, text: str) -> None:
    assert milliseconds(value) == text

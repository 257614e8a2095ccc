"""One line for each exchange."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.frames import Conversation, make_request, make_response

import dissector
from dissector.views.text import TextView
from structs import registry

METADATA, PRODUCE, HEARTBEAT = 3, 0, 12
LAYOUTS = [(api.key, version) for api in registry.apis() for version in api.versions.each()]


def lines(exchange: Any, **options: Any) -> list[str]:
    return list(TextView(**options).lines(exchange))


def test_the_line_of_an_exchange(make_exchange: Any) -> None:
    """The first line names the date and the columns, the second is the exchange."""
    exchange = make_exchange(
        METADATA, 1, {"topics": [{"name": "orders"}]}, {"topics": [{"name": "orders"}]}, client_id="shop"
    )
    heading, line = lines(exchange)
    assert heading.startswith("# 1970-01-01 ")
    assert re.sub(" +", " ", line) == (
        "00:00:00.001000 1>2 1.000 ms 10.0.0.1:40000 -> 10.0.0.2:9092 Metadata v1 shop orders => ok"
    )


def test_the_date_stands_once_until_it_changes(make_exchange: Any) -> None:
    view = TextView()
    exchange = make_exchange(METADATA, 1, {}, {})
    assert len(list(view.lines(exchange))) == 2
    assert len(list(view.lines(exchange))) == 1
    exchange.request.frame = exchange.request.frame._replace(timestamp=86_400 * 10**9)
    assert next(iter(view.lines(exchange))).startswith("# 1970-01-02 ")


def test_columns_stay_aligned_while_they_grow(make_exchange: Any) -> None:
    view = TextView()
    short, long = (
        make_exchange(HEARTBEAT, 0, {}, {}),
        make_exchange(METADATA, 1, {}, {}, client_id="a-longer-client-id"),
    )
    list(view.lines(short))
    (first,) = view.lines(long)
    (second,) = view.lines(short)
    assert first.index("  no topics") == second.index("  generation")


@pytest.mark.parametrize(
    ("api_key", "body", "reason"),
    [
        (METADATA, {}, "=> unanswered: connection closed"),
        (PRODUCE, {"acks": 0}, "=> no response expected: acks=0"),
    ],
)
def test_why_there_is_no_response(make_exchange: Any, api_key: int, body: Any, reason: str) -> None:
    assert lines(make_exchange(api_key, 1, body))[-1].endswith(reason)


def test_an_orphan_says_what_is_known_of_it(connected: Conversation) -> None:
    connected.response(METADATA, 1, correlation_id=77)
    (exchange,) = connected.close()
    line = lines(exchange)[-1]
    assert line.endswith("?  => orphan response to correlation id 77, 16 B: request before capture")


def test_an_error_says_where_it_is(connected: Conversation) -> None:
    """Field and offset; what stands before it is shown all the same."""
    data = make_request(METADATA, 1, {"topics": [{"name": "orders"}, {"name": "payments"}]})
    connected.send("request", data[:-3])
    line = lines(connected.close()[0])[-1]
    assert "orders" in line
    assert "!! truncated: topics[1].name at byte" in line


def test_warnings_are_shown(connected: Conversation) -> None:
    connected.send("request", make_request(METADATA, 1, {"topics": []}) + b"xx")
    assert "! trailing_bytes: byte 18: 2 bytes behind the body" in lines(connected.close()[0])[-1]


def test_facts_that_are_long_have_lines_of_their_own(make_exchange: Any) -> None:
    """Where there is little room behind the other columns, two lines of facts stand there, and no more."""
    few, many = (
        make_exchange(METADATA, 1, {"topics": [{"name": f"topic-{number}" * length} for number in range(3)]}, {})
        for length in (2, 5)
    )
    assert lines(few, columns=150)[-1].count("\n") == 1
    assert lines(few, columns=150)[-1].splitlines()[1].startswith(" " * 90)
    below = lines(many, columns=150)[-1].splitlines()[1:]
    assert all(line.startswith("    ") and not line.startswith("     ") for line in below)


def test_errors_are_red_where_colour_is_wanted(make_exchange: Any) -> None:
    exchange = make_exchange(HEARTBEAT, 0, {"group_id": "g"}, {"error_code": 25})
    assert "\x1b[1;31mUNKNOWN_MEMBER_ID\x1b[0m" in lines(exchange, color=True)[-1]
    assert "\x1b" not in "".join(lines(exchange))


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_lines_are_broken_for_a_terminal_and_lose_nothing(make_exchange: Any, columns: int) -> None:
    topics = [{"name": f"topic-{number}"} for number in range(12)]
    exchange = make_exchange(METADATA, 1, {"topics": topics}, {"topics": topics})
    whole, broken = lines(exchange)[-1], lines(exchange, columns=columns)[-1]
    assert broken.split() == whole.split()
    assert all(len(line) <= max(columns, 78) for line in broken.split("\n"))


def test_a_hostile_client_id_is_escaped_and_elided(make_exchange: Any) -> None:
    line = lines(make_exchange(METADATA, 1, {}, {}, client_id="\x1b]0;pwned\x07" + "x" * 500))[-1]
    assert line.isprintable()
    assert r"\x1b]0;pwn" in line
    assert len(line) < 200


def test_tokens_say_who_and_tell_nothing_else(connected: Conversation) -> None:
    """Behind SaslHandshake 0 come bare tokens, which hold passwords."""
    connected.request(17, 0, {"mechanism": "PLAIN"})
    connected.response(17, 0)
    connected.send("request", b"\0alice\0hunter2")
    (exchange,) = connected.send("response", b"")
    line = lines(exchange)[-1]
    assert "(SASL token)" in line
    assert line.endswith("PLAIN client-first user=alice  => empty token")
    assert "hunter2" not in line


@pytest.mark.parametrize(("api_key", "version"), LAYOUTS)
def test_every_message_of_every_version_has_a_line(make_exchange: Any, api_key: int, version: int) -> None:
    """Whatever the API, something stands on both sides, and nothing is raised."""
    exchange = make_exchange(api_key, version, {"acks": 1} if api_key == PRODUCE else {}, {})
    request, _, response = lines(exchange)[-1].partition("  => ")
    assert exchange.request.error is exchange.response.error is None
    assert request.strip() != ""
    assert response.strip() != ""


@given(st.sampled_from(LAYOUTS), st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_messages_that_end_anywhere_have_a_line(connected: Conversation, layout: tuple[int, int], data: Any) -> None:
    """A body may be partial at any field."""
    whole = make_response(*layout, {}) if data.draw(st.booleans()) else None
    request = make_request(*layout, {"acks": 1} if layout[0] == PRODUCE else {})
    connected.make_correlator()
    if whole is None:
        connected.send("request", request[: data.draw(st.integers(9, len(request)))])
        settled = connected.close()
    else:
        connected.send("request", request)
        settled = connected.send("response", whole[: data.draw(st.integers(4, len(whole)))])
    for exchange in settled:
        assert all(line.isprintable() for line in lines(exchange))


@pytest.mark.parametrize("name", ["mock.pcap", "orders.pcapng", "sasl.pcap", "cluster.pcap", "codecs.pcap"])
def test_sample_captures_have_a_line_for_each_exchange(captures: Any, name: str) -> None:
    view = TextView()
    with dissector.open_capture(captures / name) as capture:
        shown = [line for exchange in capture for line in view.lines(exchange)]
    assert len([line for line in shown if not line.startswith("#")]) == sum(capture.ledger.exchanges.values())
    assert all(line.isprintable() for line in shown)

"""Every field with its byte range."""

from __future__ import annotations

from typing import Any

import pytest
from support.frames import Conversation, make_request

import dissector
from dissector.views.tree import TreeView
from structs import records, registry

METADATA, PRODUCE, SASL_AUTHENTICATE, API_VERSIONS, JOIN_GROUP = 3, 0, 36, 18, 11
TOPIC_ID = "G6wOODv1SyO35W7HKelZgA"  # orders, as the fixture has it
LAYOUTS = [(api.key, version) for api in registry.apis() for version in api.versions.each()]


def tree(exchange: Any, **options: Any) -> str:
    return "\n".join(TreeView(**options).lines(exchange))


def test_a_tree_to_the_letter(make_exchange: Any) -> None:
    exchange = make_exchange(
        METADATA,
        1,
        {"topics": [{"name": "orders"}]},
        {"brokers": [{"node_id": 1, "host": "kafka-1", "port": 9092}], "topics": [{"name": "orders", "error_code": 5}]},
        client_id="shop",
    )
    assert (
        tree(exchange)
        == """\
Metadata v1  correlation id 1  shop  10.0.0.1:40000 -> 10.0.0.2:9092  connection 0  answered after 1.000 ms
  request, packet 1, 1970-01-01T00:00:00.001000Z, 26 bytes
     0:14  header
      0:2    request_api_key: 3 (Metadata)
      2:4    request_api_version: 1
      4:8    correlation_id: 1
     8:14    client_id: "shop"
    14:26  body
    14:26    topics: 1
    18:26      [0] name: "orders"
  response, packet 2, 1970-01-01T00:00:00.002000Z, 50 bytes
      0:4  header
      0:4    correlation_id: 1
     4:50  body
     4:27    brokers: 1
     8:27      [0] node_id: 1, host: "kafka-1", port: 9092, rack: null
    27:31    controller_id: -1
    31:50    topics: 1
    35:50      [0] error_code: 5 LEADER_NOT_AVAILABLE, name: "orders", is_internal: false, partitions: []
"""
    )


def test_ranges_are_those_of_the_bytes(make_exchange: Any) -> None:
    """What stands at a range, built again, is the value that the line shows."""
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, client_id="shop")
    (line,) = (line for line in tree(exchange).splitlines() if '"orders"' in line)
    start, stop = map(int, line.split()[0].split(":"))
    assert exchange.request.frame.data[start:stop] == b"\0\6orders"


def test_structs_of_a_list_are_all_on_one_line_or_none_is(make_exchange: Any) -> None:
    keys = [
        {"api_key": 3, "min_version": 0, "max_version": 12},
        {"api_key": 30_000, "min_version": 0, "max_version": 1},
    ]
    exchange = make_exchange(API_VERSIONS, 0, {}, {"api_keys": keys})
    assert "[0] api_key: 3 (Metadata), min_version: 0, max_version: 12" in tree(exchange)
    assert "[1] api_key: 30000, min_version: 0, max_version: 1" in tree(exchange)
    narrow = tree(exchange, columns=50)
    assert "[0]\n" in narrow
    assert "[1]\n" in narrow


def test_topic_ids_are_named(make_exchange: Any) -> None:
    exchange = make_exchange(PRODUCE, 13, {"acks": 1, "topic_data": [{"topic_id": TOPIC_ID, "partition_data": []}]})
    assert f"topic_id: {TOPIC_ID} (orders)" in tree(exchange)


def test_fields_that_are_not_on_the_wire_have_no_range(make_exchange: Any) -> None:
    exchange = make_exchange(1, 12, {})
    (line,) = (line for line in tree(exchange).splitlines() if "cluster_id" in line)
    assert line.split() == ["cluster_id:", "null"]


def test_long_text_and_long_lists_are_elided_with_their_counts(make_exchange: Any) -> None:
    partitions = list(range(100))
    topics = [{"topic": "t" * 5000, "partitions": partitions}]
    shown = tree(make_exchange(1, 7, {"forgotten_topics_data": topics}))
    assert "ttt…ttt" in shown
    assert "22, 23 +76 more]" in shown


def test_payloads_inside_say_what_they_are(make_exchange: Any) -> None:
    exchange = make_exchange(JOIN_GROUP, 5, {"protocols": [{"name": "range", "metadata": bytes(range(200))}]})
    assert "metadata: 0x000102030405060708090a0b0c0d0e0f1011121314151617… (200 bytes) [group subscription]" in tree(
        exchange
    )


@pytest.mark.parametrize("color", [False, True])
def test_secrets_are_withheld(make_exchange: Any, color: bool) -> None:
    exchange = make_exchange(SASL_AUTHENTICATE, 2, {"auth_bytes": b"\0alice\0hunter2"}, {})
    assert "hunter2" not in tree(exchange, color=color)
    assert "withheld, 14 bytes (--show-secrets shows them)" in tree(exchange, color=color)
    assert "6875 6e74 6572 32".replace(" ", "") in tree(exchange, color=color, show_secrets=True)


def test_what_an_envelope_carries_is_withheld(make_exchange: Any) -> None:
    """The request inside may be one that sets a password."""
    exchange = make_exchange(58, 0, {"request_data": b"hunter2"})
    assert "request_data: withheld, 7 bytes" in tree(exchange)
    assert 'request_data: "hunter2" [request]' in tree(exchange, show_secrets=True)


def test_tokens_are_withheld(connected: Conversation) -> None:
    connected.request(17, 0, {"mechanism": "PLAIN"})
    connected.response(17, 0)
    connected.send("request", b"alice hunter2")
    (exchange,) = connected.send("response", b"")
    assert "token: withheld, 13 bytes" in tree(exchange)
    assert "alice" not in tree(exchange)
    assert 'token: "alice hunter2"' in tree(exchange, show_secrets=True)


def test_an_error_stands_at_its_place(connected: Conversation) -> None:
    data = make_request(METADATA, 1, {"topics": [{"name": "orders"}, {"name": "payments"}]})
    connected.send("request", data[:-3])
    shown = tree(connected.close()[0]).splitlines()
    (error,) = (line for line in shown if "!!" in line)
    assert error.split() == ["!!", "truncated", "at", "byte", "28:", "needs", "8", "bytes,", "5", "are", "left"]
    assert shown[shown.index(error) - 1].split() == ["[1]"]


def test_an_error_that_has_no_place_stands_at_the_end(connected: Conversation) -> None:
    connected.send("request", make_request(METADATA, 1, {}).replace(b"\0\3\0\1", b"\0\3\0\x63"))
    shown = tree(connected.close()[0])
    assert "!! unknown_version at byte 15: Metadata version 99 is not known, only 0-13" in shown


def test_warnings_stand_with_the_message(connected: Conversation) -> None:
    connected.send("request", make_request(METADATA, 1, {"topics": []}) + b"xx")
    assert "! trailing_bytes at byte 18: 2 bytes behind the body" in tree(connected.close()[0])


def test_a_string_that_is_not_text_is_shown_as_bytes(connected: Conversation) -> None:
    connected.send("request", make_request(METADATA, 1, {"topics": [{"name": b"\xff\xfe"}]}))
    shown = tree(connected.close()[0])
    assert "name: 0xfffe" in shown
    assert "! malformed at byte 20: string is not UTF-8" in shown


def test_unknown_tags_are_shown(make_exchange: Any) -> None:
    shown = tree(make_exchange(METADATA, 12, {"_unknown_tags": {9: b"later"}}))
    assert 'unknown tag 9: "later"' in shown


def test_hostile_text_is_escaped(make_exchange: Any) -> None:
    value = records.build_batch([records.Record(0, 5, b"\x1b[2J", "\u202e\n\\".encode(), (("\x1bkey", b"\x07"),))])
    data = [{"name": "\x1b]0;", "partition_data": [{"index": 0, "records": value}]}]
    shown = tree(make_exchange(PRODUCE, 9, {"acks": 1, "topic_data": data}, client_id="\r"))
    assert all(line.isprintable() for line in shown.split("\n"))


@pytest.mark.parametrize(("api_key", "version"), LAYOUTS)
def test_every_message_of_every_version_has_a_tree(make_exchange: Any, api_key: int, version: int) -> None:
    """Every field of both grammars is in it."""
    exchange = make_exchange(api_key, version, {"acks": 1} if api_key == PRODUCE else {}, {})
    shown = tree(exchange)
    for message in (exchange.request, exchange.response):
        for member in message.grammar.each_member():
            assert member.name in shown


@pytest.mark.parametrize("name", ["mock.pcap", "orders.pcapng", "sasl.pcap", "cluster.pcap", "codecs.pcap"])
def test_sample_captures_have_trees(captures: Any, name: str) -> None:
    with dissector.open_capture(captures / name) as capture:
        for exchange in capture:
            shown = tree(exchange).split("\n")
            assert len(shown) > 5
            assert all(line.isprintable() for line in shown)


def test_titles_are_broken_for_a_terminal(make_exchange: Any) -> None:
    exchange = make_exchange(METADATA, 1, {}, {}, client_id="shop")
    first, second, *_ = tree(exchange, columns=80).split("\n")
    whole = tree(exchange).split("\n")[0]
    assert f"{first} {second}".split() == whole.split()
    assert len(first) <= 80
    assert second.startswith("    ")

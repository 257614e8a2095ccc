"""Statistics: what counts where, what waits on purpose, and that memory stays bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.frames import Conversation, make_request, make_response

from dissector import statistics
from dissector.dimensions import NONE, OTHERS
from dissector.reassembly import Connection
from dissector.segments import Endpoint
from dissector.statistics import Statistics
from dissector.streams import Held, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.exchanges import Exchange

PRODUCE, FETCH, METADATA, JOIN_GROUP, SASL_HANDSHAKE = 0, 1, 3, 11, 17
MILLISECOND = 1_000_000
CLIENT, SERVER = Endpoint("2001:db8::1", 40000), Endpoint("10.0.0.2", 9092)


@pytest.fixture
def conversation() -> Conversation:
    connection = Connection(7, CLIENT, SERVER, 1, Limits(), Held())
    connection.client, connection.server = CLIENT, SERVER
    return Conversation(connection)


def counted(exchanges: Sequence[Exchange], *tables: tuple[str, ...]) -> Statistics:
    found = Statistics(tables)
    for exchange in exchanges:
        found.take(exchange)
    return found


def metadata(conversation: Conversation, **header: Any) -> list[Exchange]:
    conversation.request(METADATA, 1, {"topics": []}, **header)
    body = {"brokers": [], "controller_id": 1, "topics": []}
    return conversation.response(METADATA, 1, body, correlation_id=header.get("correlation_id", 1))


def fetch(conversation: Conversation, packets: int, *, max_wait_ms: int = 500) -> list[Exchange]:
    """A Fetch that is answered so many packets, of a millisecond each, later."""
    conversation.request(FETCH, 4, {"max_wait_ms": max_wait_ms, "topics": []})
    conversation.packets += packets - 1
    return conversation.response(FETCH, 4, {"responses": []})


def test_counters_bytes_and_latency(conversation: Conversation) -> None:
    exchanges = metadata(conversation)
    conversation.packets += 4
    exchanges += metadata(conversation, correlation_id=2, client_id=None)
    found = counted(exchanges, ("client",), ("broker",), ("host",), ("connection",), ("version",), ("outcome",))
    total = found.read().total
    sizes = [len(make_request(METADATA, 1, {"topics": []}, client_id=name)) for name in ("test", None)]
    answer = len(make_response(METADATA, 1, {"brokers": [], "controller_id": 1, "topics": []}))
    assert (total.requests, total.answered, total.exchanges) == (2, 2, 2)
    assert (total.request_bytes, total.response_bytes) == (sum(sizes), 2 * answer)
    assert total.latencies.at(0.5, 1.0) == [MILLISECOND, MILLISECOND]
    assert (found.began, found.ended) == (1 * MILLISECOND, 8 * MILLISECOND)
    assert {key: row.request_bytes for key, row in found.read().tables[("client",)].items()} == {
        ("test",): sizes[0],
        (NONE,): sizes[1],
    }
    keys = {names[0]: set(found.read().tables[names]) for names in found.tables[1:]}
    assert keys == {
        "broker": {(SERVER,)},
        "host": {(CLIENT.host,)},
        "connection": {((7, CLIENT, SERVER),)},
        "version": {("v1",)},
        "outcome": {("answered",)},
    }


def test_outcomes(conversation: Conversation) -> None:
    produce = {"acks": 0, "timeout_ms": 1, "topic_data": []}
    exchanges = conversation.request(PRODUCE, 2, produce, correlation_id=1)
    exchanges += conversation.response(METADATA, 1, {"brokers": [], "controller_id": 1, "topics": []}, correlation_id=9)
    exchanges += conversation.request(METADATA, 1, {"topics": []}, correlation_id=2)
    exchanges += conversation.close("connection_reset")
    found = counted(exchanges, ("outcome",))
    total = found.read().total
    assert (total.requests, total.answered, total.unanswered) == (2, 0, 1)
    assert (total.no_response_expected, total.orphan_responses, total.exchanges) == (1, 1, 3)
    assert {key[0]: row.exchanges for key, row in found.read().tables[("outcome",)].items()} == {
        "no_response_expected (acks_0)": 1,
        "orphan_response (lost_in_capture)": 1,
        "unanswered (connection_reset)": 1,
    }
    assert found.slowest == []


def test_what_brokers_hold_back_is_in_no_latency(conversation: Conversation) -> None:
    exchanges = metadata(conversation) + fetch(conversation, 300)
    conversation.request(JOIN_GROUP, 0, {"group_id": "g", "session_timeout_ms": 1, "member_id": "", "protocols": []})
    conversation.packets += 99
    exchanges += conversation.response(JOIN_GROUP, 0, {"error_code": 0, "generation_id": 1, "members": []})
    found = counted(exchanges, ("api",))
    assert found.read().total.latencies.greatest == MILLISECOND
    assert found.read().total.waits.at(0.0, 1.0) == [100 * MILLISECOND, 300 * MILLISECOND]
    row = found.read().tables[("api",)]["Fetch",]
    assert (len(row.latencies), len(row.waits), row.late) == (0, 1, 0)
    assert [slow.api for slow in found.slowest] == ["Metadata"]


def test_what_stands_behind_an_answer_that_is_held_back_waits_with_it(conversation: Conversation) -> None:
    """Brokers take a connection's requests one after the other: this Metadata took a millisecond, not 300."""
    conversation.request(FETCH, 4, {"max_wait_ms": 500, "topics": []}, correlation_id=1)
    conversation.request(METADATA, 1, {"topics": []}, correlation_id=2)
    conversation.packets += 298
    exchanges = conversation.response(FETCH, 4, {"responses": []}, correlation_id=1)
    body = {"brokers": [], "controller_id": 1, "topics": []}
    exchanges += conversation.response(METADATA, 1, body, correlation_id=2)
    exchanges += metadata(conversation, correlation_id=3)
    found = counted(exchanges, ("api",))
    row = found.read().tables[("api",)]["Metadata",]
    assert (row.waits.greatest, row.latencies.greatest) == (300 * MILLISECOND, MILLISECOND)
    assert [slow.latency for slow in found.slowest] == [MILLISECOND]


@pytest.mark.parametrize(("packets", "late"), [(600, 0), (601, 1)])
def test_a_fetch_is_late_when_it_comes_long_after_it_had_to(
    conversation: Conversation, packets: int, late: int
) -> None:
    found = counted(fetch(conversation, packets, max_wait_ms=500), ("api",))
    assert found.read().total.late == late
    assert [slow.latency for slow in found.slowest] == [packets * MILLISECOND] * late


def test_the_slowest_are_those_that_took_longest(conversation: Conversation) -> None:
    exchanges = []
    for number, delay in enumerate([5, 80, 20, 90, 1, 70, 60, 85]):
        conversation.request(METADATA, 1, {"topics": []}, correlation_id=number, client_id=f"c{delay}")
        conversation.packets += delay - 1
        body = {"brokers": [], "controller_id": 1, "topics": []}
        exchanges += conversation.response(METADATA, 1, body, correlation_id=number)
    slowest = counted(exchanges).slowest
    assert [(slow.latency // MILLISECOND, slow.client) for slow in slowest] == [
        (delay, f"c{delay}") for delay in (90, 85, 80, 70, 60)
    ]
    assert all(slow.response_packet - slow.request_packet == slow.latency // MILLISECOND for slow in slowest)


def test_requests_that_shared_their_packets_are_slow_once(conversation: Conversation) -> None:
    """Five requests in one packet, answered in one, are one thing that was slow, not five."""
    for number in range(1, 6):
        conversation.packets = 0
        conversation.request(METADATA, 1, {"topics": []}, correlation_id=number)
    conversation.packets = 50
    exchanges = []
    for number in range(1, 6):
        conversation.packets = 49
        body = {"brokers": [], "controller_id": 1, "topics": []}
        exchanges += conversation.response(METADATA, 1, body, correlation_id=number)
    for number in range(7, 14):  # more than are remembered
        exchanges += metadata(conversation, correlation_id=number)
    slowest = counted(exchanges).slowest
    assert [(slow.request_packet, slow.response_packet, slow.others) for slow in slowest[:2]] == [
        (1, 50, 4),
        (51, 52, 0),
    ]
    assert len(slowest) == statistics.SLOWEST


def test_an_exchange_counts_for_each_of_its_topics_and_errors(conversation: Conversation) -> None:
    conversation.request(METADATA, 1, {"topics": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})
    errors = {"a": 3, "b": 0, "c": 3}
    topics = [
        {"error_code": code, "name": name, "is_internal": False, "partitions": []} for name, code in errors.items()
    ]
    exchanges = conversation.response(METADATA, 1, {"brokers": [], "controller_id": 1, "topics": topics})
    exchanges += metadata(conversation, correlation_id=2)
    found = counted(exchanges, ("topic",), ("api", "error"), ("error", "topic"))
    by_topic = {key[0]: row.requests for key, row in found.read().tables[("topic",)].items()}
    assert by_topic == {"a": 1, "b": 1, "c": 1, NONE: 1}
    assert {key: row.requests for key, row in found.read().tables[("api", "error")].items()} == {
        ("Metadata", "UNKNOWN_TOPIC_OR_PARTITION"): 1,
        ("Metadata", NONE): 1,
    }
    assert set(found.read().tables[("error", "topic")]) == {
        ("UNKNOWN_TOPIC_OR_PARTITION", "a"),
        (NONE, "b"),
        ("UNKNOWN_TOPIC_OR_PARTITION", "c"),
        (NONE, NONE),
    }
    assert found.read().total.requests == 2


def test_headers_are_all_that_the_default_tables_decode(conversation: Conversation) -> None:
    exchanges = metadata(conversation) + fetch(conversation, 700)
    found = Statistics()
    for exchange in exchanges:
        found.take(exchange)
    assert found.read().total.late == 1
    assert all(message.unread is None for exchange in exchanges for message in (exchange.request, exchange.response))


@pytest.mark.parametrize(
    ("throttle", "text"), [(0, "0 ms"), (1, "1 - 10 ms"), (1000, "101 ms - 1 s"), (9999, "over 1 s")]
)
def test_throttling_is_counted_by_its_length(conversation: Conversation, throttle: int, text: str) -> None:
    conversation.request(METADATA, 4, {"topics": [], "allow_auto_topic_creation": True})
    body = {"throttle_time_ms": throttle, "brokers": [], "cluster_id": None, "controller_id": 1, "topics": []}
    exchanges = conversation.response(METADATA, 4, body) + metadata(conversation, correlation_id=2)
    assert set(counted(exchanges, ("throttle",)).read().tables[("throttle",)]) == {(text,), (NONE,)}


def test_tables_of_headers_are_sums_of_one_another(conversation: Conversation) -> None:
    exchanges = []
    for number in range(12):
        exchanges += metadata(conversation, correlation_id=number, client_id=f"c{number % 3}")
        exchanges += fetch(conversation, 3)
    found = counted(exchanges, ("api", "client"), ("client",), ("api",), ("version", "api"))
    for table in found.tables:
        rows = found.read().tables[table].values()
        assert sum(row.requests for row in rows) == found.read().total.requests == 24
        assert sum(len(row.latencies) for row in rows) == len(found.read().total.latencies) == 12
        assert sum(len(row.waits) for row in rows) == len(found.read().total.waits) == 12
    assert found.read().tables[("client",)]["c1",].requests == 4
    assert found.read().tables[("version", "api")]["v4", "Fetch"].requests == 12


def test_too_many_rows_are_counted_together(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Client ids are whatever clients make up: a million of them take no more memory than the rows there may be."""
    monkeypatch.setattr(statistics, "MAX_ROWS", 3)
    exchanges = [
        exchange
        for number in range(10)
        for exchange in metadata(conversation, correlation_id=number, client_id=f"c{number}")
    ]
    rows = counted(exchanges, ("client",)).read().tables[("client",)]
    assert {key[0]: row.requests for key, row in rows.items()} == {"c0": 1, "c1": 1, "c2": 1, OTHERS: 7}


def test_many_clients_leave_the_table_of_apis_as_it_is(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables of headers are counted together as long as there is room; each has its own rows in the end."""
    monkeypatch.setattr(statistics, "MAX_ROWS", 3)
    exchanges = []
    for number in range(10):
        exchanges += metadata(conversation, correlation_id=number, client_id=f"c{number}")
        exchanges += fetch(conversation, 2)
    found = counted(exchanges, ("client",), ("api",), ("topic",))
    assert {key[0]: row.requests for key, row in found.read().tables[("api",)].items()} == {"Metadata": 10, "Fetch": 10}
    clients = {key[0]: row.requests for key, row in found.read().tables[("client",)].items()}
    assert clients == {"c0": 1, "test": 10, "c1": 1, OTHERS: 8}
    assert found.read().tables[("topic",)][NONE,].requests == found.read().total.requests == 20
    assert len(found.read().total.latencies) == 10


def test_what_is_remembered_of_connections_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many connections there are: those that were heard of last are remembered, and all are counted."""
    monkeypatch.setattr(statistics, "MAX_HEADS", 4)
    monkeypatch.setattr(statistics, "MAX_CONNECTIONS", 4)
    exchanges = []
    for number in range(20):
        connection = Connection(number, CLIENT, SERVER, 1, Limits(), Held())
        connection.client, connection.server = CLIENT, SERVER
        exchanges += fetch(Conversation(connection), 3) + metadata(Conversation(connection))
    found = counted(exchanges, ("api",), ("connection",))
    assert {key[0]: row.requests for key, row in found.read().tables["api",].items()} == {"Fetch": 20, "Metadata": 20}
    assert all(row.requests == 2 for row in found.read().tables["connection",].values())
    assert len(found._known) <= 4
    assert len(found._held) <= 4


def test_a_connection_that_was_forgotten_is_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Metadata behind a Fetch waits with it, also where others of the connection were long ago."""
    monkeypatch.setattr(statistics, "MAX_CONNECTIONS", 4)
    conversations = []
    for number in range(10):
        connection = Connection(number, CLIENT, SERVER, 1, Limits(), Held())
        connection.client, connection.server = CLIENT, SERVER
        conversations.append(Conversation(connection))
    found = counted([exchange for conversation in conversations for exchange in metadata(conversation)], ("api",))
    first = conversations[0]
    first.request(FETCH, 4, {"max_wait_ms": 500, "topics": []}, correlation_id=2)
    first.request(METADATA, 1, {"topics": []}, correlation_id=3)
    exchanges = first.response(FETCH, 4, {"responses": []}, correlation_id=2)
    body = {"brokers": [], "controller_id": 1, "topics": []}
    for exchange in exchanges + first.response(METADATA, 1, body, correlation_id=3):
        found.take(exchange)
    row = found.read().tables[("api",)]["Metadata",]
    assert (len(row.latencies), len(row.waits)) == (10, 1)


def test_names_of_the_wire_are_no_stand_ins(conversation: Conversation) -> None:
    exchanges = [
        exchange
        for number, name in enumerate(["-", None, "(others)"])
        for exchange in metadata(conversation, correlation_id=number, client_id=name)
    ]
    rows = counted(exchanges, ("client",)).read().tables[("client",)]
    assert {key[0]: row.requests for key, row in rows.items()} == {"-": 1, NONE: 1, "(others)": 1}


def test_times_of_broken_captures_do_not_break_it(conversation: Conversation) -> None:
    (exchange,) = metadata(conversation)
    exchange.response.frame = exchange.response.frame._replace(timestamp=10**40)
    assert counted([exchange], ("api",)).read().total.latencies.greatest == (1 << 62) - 1


def test_tokens_of_sasl_are_an_api_of_their_own(conversation: Conversation) -> None:
    exchanges = conversation.request(SASL_HANDSHAKE, 0, {"mechanism": "PLAIN"})
    exchanges += conversation.response(SASL_HANDSHAKE, 0, {"error_code": 0, "mechanisms": ["PLAIN"]})
    exchanges += conversation.send("request", b"\0user\0password")
    exchanges += conversation.send("response", b"")
    rows = counted(exchanges, ("api",)).read().tables[("api",)]
    assert {key[0]: row.answered for key, row in rows.items()} == {"SaslHandshake": 1, "(SASL token)": 1}

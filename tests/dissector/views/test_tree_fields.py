"""Payloads in a tree stand under the field that carries them, and their secrets do not."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import Conversation, make_request, make_response

import dissector
from dissector.exchanges import GroupProtocol
from dissector.views.tree import TreeView
from structs import records, registry

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

FETCH, METADATA, JOIN, SYNC, HANDSHAKE, AUTHENTICATE, ALTER_SCRAM, ENVELOPE, SNAPSHOT, TELEMETRY = (
    1,
    3,
    11,
    14,
    17,
    36,
    51,
    58,
    59,
    72,
)
SECRET = b"tell-nobody"
HOSTILE = "\x1b]0;pwned\x07\u202e\n\\"


def subscription(*topics: str, user_data: bytes | None = None) -> bytes:
    schema = registry.data("ConsumerProtocolSubscription").at(0)
    return b"\0\0" + schema.build({"topics": list(topics), "user_data": user_data})


def tree(exchange: Exchange, **options: Any) -> list[str]:
    """Return the lines of a tree; every line is fit for a terminal."""
    lines = list(TreeView(**options).lines(exchange))
    assert all(line.isprintable() for line in lines)
    return lines


def find(lines: list[str], text: str) -> tuple[str, str]:
    """Return the byte range and the text of the only line that holds a text."""
    (line,) = (line for line in lines if text in line)
    found = re.match(r" *(\d+:\d+)? *(.*)", line)
    assert found is not None
    return found.group(1) or "", found.group(2)


def join(make_exchange: Any, metadata: bytes, **fields: Any) -> Exchange:
    protocols = [{"name": fields.pop("name", "range"), "metadata": metadata}]
    return make_exchange(JOIN, 5, {"protocol_type": "consumer", "protocols": protocols, **fields}, {})


def at(exchange: Exchange, place: str) -> bytes:
    """Return the bytes of a request at a range."""
    start, stop = map(int, place.split(":"))
    return exchange.request.frame.data[start:stop]


def test_a_subscription_stands_under_its_field(make_exchange: Any) -> None:
    """What stands at its ranges is what the lines show."""
    exchange = join(make_exchange, subscription("orders"))
    lines = tree(exchange)
    assert find(lines, "metadata: ")[1] == "metadata: 18 bytes [group subscription]"
    place, text = find(lines, "topics: ")
    assert text == 'topics: ["orders"]'
    assert at(exchange, place) == b"\0\0\0\1\0\6orders"


def test_user_data_stands_under_the_subscription(make_exchange: Any) -> None:
    """Its ranges count through both payloads."""
    exchange = join(make_exchange, subscription("a", user_data=b"\0\0\0\7"), name="cooperative-sticky")
    lines = tree(exchange)
    assert find(lines, "user_data: ")[1] == "user_data: 4 bytes [subscription user data]"
    place, text = find(lines, "generation: ")
    assert (text, at(exchange, place)) == ("generation: 7", b"\0\0\0\7")


def test_what_nothing_tells_stays_bytes(make_exchange: Any) -> None:
    exchange = make_exchange(SYNC, 0, {}, {"assignment": b"\0\0\xff"})
    assert find(tree(exchange), "assignment: 0x")[1] == "assignment: 0x0000ff [group assignment]"
    exchange.group = GroupProtocol("consumer", "range")
    lines = tree(exchange)
    assert find(lines, "assignment: 0x")[1] == "assignment: 0x0000ff [group assignment]"
    assert find(lines, "!!")[1] == "!! truncated at byte 12: needs 4 bytes, 1 are left"


def test_an_error_stands_at_its_place(make_exchange: Any) -> None:
    """Bytes of the message are counted, and what was read before it is shown."""
    data = subscription("orders", "payments")[:-9]
    exchange = join(make_exchange, data)
    lines = tree(exchange)
    error = find(lines, "!!")[1]
    start = exchange.request.frame.data.index(data)
    assert error == f"!! truncated topics[1] at byte {start + 16}: needs 8 bytes, 3 are left"
    assert find(lines, "topics: ")[1] == 'topics: ["orders"]'


def test_json_is_spread(make_exchange: Any) -> None:
    data = b'{"version": 1, "host": "sr-1", "leader": {"port": 8081, "tags": [{"a": null}]}}'
    lines = tree(join(make_exchange, data, protocol_type="sr"))
    assert find(lines, "host")[1] == 'host: "sr-1"'
    assert find(lines, "port")[1] == "port: 8081"
    assert find(lines, '"a"')[1] == '[0]: {"a": null}'


def test_json_as_deep_as_it_likes(make_exchange: Any) -> None:
    depth = 300
    assert len(tree(join(make_exchange, b"[" * depth + b"]" * depth, protocol_type="sr"))) < 100


def test_an_envelope_holds_a_request_and_its_response(make_exchange: Any) -> None:
    principal = b"\0\0" + registry.data("DefaultPrincipalData").at(0).build({"type": "User", "name": "alice"})
    inner = make_request(METADATA, 1, {"topics": [{"name": "orders"}]}, correlation_id=9)
    answer = make_response(METADATA, 1, {"controller_id": 77}, correlation_id=9)
    request = {"request_data": inner, "request_principal": principal, "client_host_address": b"\x0a\0\0\1"}
    lines = tree(make_exchange(ENVELOPE, 0, request, {"response_data": answer}))
    assert find(lines, "request_data")[1] == f"request_data: {len(inner)} bytes [request]"
    assert find(lines, "header request_api_key")[1].startswith("header request_api_key: 3 (Metadata)")
    assert find(lines, '"orders"')[1] == '[0] name: "orders"'
    assert find(lines, '"alice"')[1] == 'name: "alice"'
    assert find(lines, "10.0.0.1)")[1] == "client_host_address: 0x0a000001 (10.0.0.1)"
    assert find(lines, "77")[1] == "body brokers: [], controller_id: 77, topics: []"


@pytest.mark.parametrize("color", [False, True])
def test_secrets_in_an_envelope_are_withheld(make_exchange: Any, color: bool) -> None:
    """Neither the raw bytes nor the fields tell them; what is no secret is shown."""
    upsertion = {"name": "bob", "mechanism": 2, "iterations": 4096, "salt": SECRET, "salted_password": SECRET}
    inner = make_request(ALTER_SCRAM, 0, {"upsertions": [upsertion]})
    exchange = make_exchange(ENVELOPE, 0, {"request_data": inner}, {})
    shown = "\n".join(tree_colored(exchange, color=color))
    assert SECRET.decode() not in shown
    assert SECRET.hex() not in shown
    assert "bob" in shown
    assert "SCRAM-SHA-512" in shown
    assert f"withheld, {len(SECRET)} bytes" in shown
    assert SECRET.decode() in "\n".join(tree(exchange, show_secrets=True))


def tree_colored(exchange: Exchange, *, color: bool) -> list[str]:
    return list(TreeView(color=color).lines(exchange))


def test_envelopes_in_envelopes_end_somewhere(make_exchange: Any) -> None:
    inner = make_request(METADATA, 0, {"topics": []})
    for _ in range(20):
        inner = make_request(ENVELOPE, 0, {"request_data": inner})
    assert "!! limit" in find(tree(make_exchange(ENVELOPE, 0, {"request_data": inner}, {})), "!!")[1]


def test_a_login_says_who_and_how_far(connected: Conversation) -> None:
    token = b"\0alice\0" + SECRET
    connected.request(HANDSHAKE, 1, {"mechanism": "PLAIN"})
    connected.response(HANDSHAKE, 1)
    connected.request(AUTHENTICATE, 0, {"auth_bytes": token})
    (exchange,) = connected.response(AUTHENTICATE, 0)
    lines = tree(exchange)
    assert find(lines, "auth_bytes: w")[1].startswith(f"auth_bytes: withheld, {len(token)} bytes")
    assert find(lines, "mechanism")[1] == 'mechanism: "PLAIN"'
    assert find(lines, "step")[1] == 'step: "client-first"'
    assert find(lines, "username")[1] == 'username: "alice"'
    assert find(lines, "password")[1].startswith(f"password: withheld, {len(SECRET)} bytes")
    assert find(lines, "auth_bytes: empty")
    assert SECRET.decode() not in "\n".join(lines)
    assert SECRET.decode() in "\n".join(tree(exchange, show_secrets=True))


def test_a_bare_token_says_as_much(connected: Conversation) -> None:
    connected.request(HANDSHAKE, 0, {"mechanism": "PLAIN"})
    connected.response(HANDSHAKE, 0)
    connected.send("request", b"\0alice\0" + SECRET)
    (exchange,) = connected.send("response", b"")
    lines = tree(exchange)
    assert find(lines, "token: empty")
    assert find(lines, "token: withheld")[0] == f"0:{7 + len(SECRET)}"
    assert find(lines, "username")[1] == 'username: "alice"'
    assert SECRET.decode() not in "\n".join(lines)


def fetched(make_exchange: Any, topic: str, *batches: bytes) -> Exchange:
    partition = {"partition_index": 0, "records": b"".join(batches)}
    return make_exchange(FETCH, 11, {}, {"responses": [{"topic": topic, "partitions": [partition]}]})


def commit(group: str, offset: int) -> records.Record:
    key = b"\0\1" + registry.data("OffsetCommitKey").at(0).build({"group": group, "topic": "orders", "partition": 2})
    value = b"\0\3" + registry.data("OffsetCommitValue").at(3).build({"offset": 42, "metadata": "", "leader_epoch": 7})
    return records.Record(offset, 5, key, value)


def test_records_of_internal_topics_are_read(make_exchange: Any) -> None:
    exchange = fetched(make_exchange, "__consumer_offsets", records.build_batch([commit("g", 0)]))
    lines = tree(exchange)
    key = 'key: type: 1 (OffsetCommit), data: {group: "g", topic: "orders", partition: 2}'
    place, text = find(lines, "(OffsetCommit)")
    assert text == key
    start, stop = map(int, place.split(":"))
    assert exchange.response.frame.data[start:stop] == commit("g", 0).key
    place, text = find(lines, "value: ")
    assert text.startswith("value: version: 3, data: {offset: 42, leader_epoch: 7, ")
    start, stop = map(int, place.split(":"))
    assert exchange.response.frame.data[start:stop] == commit("g", 0).value


def test_they_are_spread_where_there_is_little_room(make_exchange: Any) -> None:
    exchange = fetched(make_exchange, "__consumer_offsets", records.build_batch([commit("g", 0)]))
    lines = tree(exchange, columns=60)
    assert find(lines, "type: ")[1] == "type: 1 (OffsetCommit)"
    place, _ = find(lines, 'topic: "orders"')
    start, stop = map(int, place.split(":"))
    assert exchange.response.frame.data[start:stop] == b"\0\6orders"


def test_what_was_compressed_has_no_ranges(make_exchange: Any) -> None:
    batch = records.build_batch([commit("g", 0)], codec="gzip")
    for columns in (60, 160):
        lines = tree(fetched(make_exchange, "__consumer_offsets", batch), columns=columns)
        assert find(lines, "(OffsetCommit)")[0] == ""
        assert find(lines, "offset: 42")[0] == ""


def test_a_tombstone_has_no_value(make_exchange: Any) -> None:
    batch = records.build_batch([commit("g", 0)._replace(value=None)])
    assert find(tree(fetched(make_exchange, "__consumer_offsets", batch)), "value: ") == ("", "value: null")


def test_the_same_records_elsewhere_are_records(make_exchange: Any) -> None:
    lines = tree(fetched(make_exchange, "orders", records.build_batch([commit("g", 0)])))
    assert not any("OffsetCommit" in line for line in lines)


def test_a_record_that_fails_says_so_below_it(make_exchange: Any) -> None:
    good = commit("g", 0)
    batch = records.build_batch([good._replace(value=b"\0\x63"), good._replace(offset=1)])
    lines = tree(fetched(make_exchange, "__consumer_offsets", batch))
    error = next(index for index, line in enumerate(lines) if "!!" in line)
    assert "unknown_version" in lines[error]
    assert "value: 0x0063" not in lines[error]
    assert "[0] offset 0" in lines[error - 3]


def test_compressed_records_that_fail_count_in_their_value(make_exchange: Any) -> None:
    batch = records.build_batch([commit("g", 0)._replace(value=b"\0\x63")], codec="gzip")
    assert "at byte 0 of it" in find(tree(fetched(make_exchange, "__consumer_offsets", batch)), "!!")[1]


def test_control_records_have_names(make_exchange: Any) -> None:
    batch = records.build_batch([records.Record(0, 5, b"\0\0\0\1", b"\0\0\0\0\0\7")], is_control=True)
    lines = tree(fetched(make_exchange, "orders", batch))
    assert find(lines, "COMMIT")[1] == "key: version: 0, type: 1 (COMMIT)"
    assert find(lines, "coordinator_epoch")[1] == "value: version: 0, coordinator_epoch: 7"


def test_secrets_in_records_are_withheld(make_exchange: Any) -> None:
    schema = registry.data("UserScramCredentialRecord")
    value = bytes([1, schema.key, 0]) + schema.at(0).build({"name": "alice", "mechanism": 1, "salt": SECRET})
    exchange = fetched(make_exchange, "__cluster_metadata", records.build_batch([records.Record(0, 5, None, value)]))
    lines = tree(exchange)
    assert SECRET.decode() not in "\n".join(lines)
    assert find(lines, "value: ")[1].startswith(f"value: withheld, {len(value)} bytes")
    assert 'name: "alice"' in "\n".join(lines)
    assert SECRET.decode() in "\n".join(tree(exchange, show_secrets=True))


def test_a_snapshot_holds_batches(make_exchange: Any) -> None:
    schema = registry.data("FeatureLevelRecord")
    value = bytes([1, schema.key, 0]) + schema.at(0).build({"name": "kraft.version", "feature_level": 1})
    batch = records.build_batch([records.Record(0, 5, None, value)])
    topics = [{"name": "__cluster_metadata", "partitions": [{"unaligned_records": batch, "position": 0}]}]
    exchange = make_exchange(SNAPSHOT, 0, {}, {"topics": topics})
    lines = tree(exchange)
    assert "(FeatureLevelRecord)" in find(lines, "kraft.version")[1]
    place, _ = find(lines, "1 record, offsets 0-0")
    start, stop = map(int, place.split(":"))
    assert exchange.response.frame.data[start:stop] == batch


def test_metrics_are_shown_or_say_what_they_need(make_exchange: Any) -> None:
    metrics = pytest.importorskip("opentelemetry.proto.metrics.v1.metrics_pb2")
    data = metrics.MetricsData()
    metric = data.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.name = "org.apache.kafka.consumer" + HOSTILE
    metric.gauge.data_points.add().as_double = 0.5
    raw = gzip.compress(data.SerializeToString())
    lines = tree(make_exchange(TELEMETRY, 0, {"metrics": raw, "compression_type": 1}, {}))
    assert find(lines, "org.apache.kafka.consumer")[0] == ""
    assert "0.5" in "\n".join(lines)


def test_hostile_names_inside_payloads_are_escaped(make_exchange: Any) -> None:
    """`tree` holds every line to it."""
    names = [HOSTILE, HOSTILE * 50]
    assert r"\x1b]0;pwned" in "\n".join(tree(join(make_exchange, subscription(*names))))
    record = commit(HOSTILE, 0)
    assert r"\x1b]0;pwned" in "\n".join(
        tree(fetched(make_exchange, "__consumer_offsets", records.build_batch([record])))
    )
    data = ('{"' + HOSTILE.translate({10: "", 92: "", 27: "\\u001b", 7: "\\u0007"}) + '": ["\\u001b[2J", {}]}').encode()
    assert "[2J" in "\n".join(tree(join(make_exchange, data, protocol_type="sr")))


@pytest.mark.parametrize("name", ["groups.pcap", "transactions.pcap", "admin.pcap", "errors.pcap"])
def test_sample_captures_have_trees(captures: Any, name: str) -> None:
    """Nothing that a broker or a client sent is beyond what can be shown."""
    with dissector.open_capture(captures / name) as capture:
        for exchange in capture:
            tree(exchange)

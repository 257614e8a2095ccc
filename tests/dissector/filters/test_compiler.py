"""What filters mean: a filter and its negation split every capture, and comparisons mean what their words say."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissector import filters
from dissector.capture import open_capture
from dissector.filters import FilterError, bodies, catalogue
from dissector.filters.fields import FIELDS, SYNONYMS
from dissector.ledger import Category
from dissector.views import jsonl
from structs import registry, wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.frames import Conversation

    from dissector.exchanges import Exchange

    from .conftest import Samples

PRODUCE, FETCH, METADATA, HEARTBEAT = 0, 1, 3, 12

BODY_FIELDS = [
    "request.acks",
    "request.topics.name",
    "request.topics.partitions.partition_index",
    "request.group_id",
    "request.transactional_id",
    "request.max_wait_ms",
    "request.validate_only",
    "response.error_code",
    "response.topics.error_code",
    "response.topics.partitions.error_code",
    "response.responses.partitions.high_watermark",
    "response.throttle_time_ms",
    "response.brokers.host",
]
VALUES = ["0", "1", "-1", "6", "orders", "billing", "none", "50ms", "true", "127.0.0.1", "2MB", "Produce", "answered"]
VALUES += ["21:05:20", "+2s", '"x y"', "1..100", "0ms..1s", ":9092", "earliest", "UNKNOWN_TOPIC_OR_PARTITION"]
OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "~", "!~"]


@cache
def _parsed(text: str) -> filters.Filter | None:
    try:
        return filters.parse(text)
    except FilterError:
        return None


fields = st.sampled_from([*FIELDS, *BODY_FIELDS])
comparisons = st.one_of(
    st.builds("{} {} {}".format, fields, st.sampled_from(OPERATORS), st.sampled_from(VALUES)),
    st.builds("any {} {} {}".format, fields, st.sampled_from(OPERATORS), st.sampled_from(VALUES)),
    st.builds("all {} {} {}".format, fields, st.sampled_from(OPERATORS), st.sampled_from(VALUES)),
    st.builds("{} in ({}, {})".format, fields, st.sampled_from(VALUES), st.sampled_from(VALUES)),
    st.builds("{} not in ({}, {})".format, fields, st.sampled_from(VALUES), st.sampled_from(VALUES)),
    st.builds("{} == null".format, st.sampled_from(BODY_FIELDS)),
    st.builds("has {}".format, st.one_of(fields, st.sampled_from(["request", "response"]))),
    fields,
).filter(lambda text: _parsed(text) is not None)
texts = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {} or {})".format, inner, inner, inner),
    ),
    max_leaves=6,
).filter(lambda text: _parsed(text) is not None)  # an API, and a field that it has not, are refused


@given(texts)
@settings(max_examples=100)
def test_a_filter_and_its_negation_split_every_capture(samples: Samples, text: str) -> None:
    picks, leaves = filters.parse(text), filters.parse(f"not ({text})")
    assert all(picks(exchange) is not leaves(exchange) for exchange in samples)


@given(texts, texts)
@settings(max_examples=60)
def test_words_between_filters_mean_what_they_say(samples: Samples, first: str, second: str) -> None:
    """In whatever order the parts are evaluated."""
    one, other = filters.parse(first), filters.parse(second)
    both, either = _parsed(f"({first}) and ({second})"), filters.parse(f"({first}) or ({second})")
    for exchange in samples:
        if both is None:  # refused: an API, and a field that it has not
            assert not (one(exchange) and other(exchange))
        else:
            assert both(exchange) == (one(exchange) and other(exchange))
        assert either(exchange) == (one(exchange) or other(exchange))


@given(fields, st.sampled_from(VALUES))
@settings(max_examples=80)
def test_a_value_is_equal_or_different_or_not_there(samples: Samples, field: str, value: str) -> None:
    """And with "any" and "all" in front, as many as these words say."""
    if _parsed(f"{field} == {value}") is None:
        return
    equal, differs = filters.parse(f"{field} == {value}"), filters.parse(f"{field} != {value}")
    there = filters.parse(f"has {field}")
    every, some_other = filters.parse(f"all {field} == {value}"), filters.parse(f"any {field} != {value}")
    for exchange in samples:
        assert [equal(exchange), differs(exchange), not there(exchange)].count(True) == 1
        assert every(exchange) <= equal(exchange)
        assert differs(exchange) <= some_other(exchange)
        assert [every(exchange), some_other(exchange), not (equal(exchange) or differs(exchange))].count(True) == 1


# A Produce with acks=1 to two topics, of whose four partitions three are fine.
REQUEST = {"acks": 1, "timeout_ms": 1500, "topic_data": [{"name": "orders"}, {"name": "payments"}]}
RESPONSE = {
    "responses": [
        {"name": "orders", "partition_responses": [{"index": 0, "error_code": 6}, {"index": 1}]},
        {"name": "payments", "partition_responses": [{"index": 0}, {"index": 1}]},
    ],
    "throttle_time_ms": 250,
}
TRUE = [
    "api == produce",
    "api == 0",
    "api in (Fetch, PRODUCE)",
    "api ~ ^prod",
    "version == 8",
    "version in (1..8)",
    "client_id == test",
    "client_id ~ ^te",
    "client_id !~ ^es",
    "correlation_id == 1",
    "packet == 2",
    "packet in (1..5, 7)",
    "latency == 1ms",
    "latency in (0ms..1s)",
    "size < 1kB",
    "outcome == ANSWERED",
    "not outcome_reason",
    "time == 1970-01-01T00:00:00.001",
    "time < 00:00:01",
    "time in (23:59..00:01)",
    "time >= +1ms",
    "topic == orders",
    "topic in (orders, other)",
    "topic not in (other, Orders)",
    "any topic != orders",
    "all topic in (orders, payments)",
    "error == not_leader_for_partition",
    "error == 6",
    "error != none",
    "error",
    "error ~ leader",
    "throttle == 250ms",
    "throttle",
    "not group",
    "not has transactional_id",
    "request.acks == 1",
    "request.acks != all",
    "request.timeout_ms == 1500",
    "request.timeout_ms == 1.5s",
    "request.timeout_ms > 1499ms",
    "request.topic_data.name ~ pay",
    "response.responses.partition_responses.error_code == NOT_LEADER_OR_FOLLOWER",
    "response.responses.partition_responses.error_code == 0",
    "any response.responses.partition_responses.error_code != 0",
    "response.responses.partition_responses.error_code not in (3, 5)",
    "response.responses.partition_responses.error_code",
    "has request.topic_data",
    "request.transactional_id == null",
    "not client_id in ('null')",
    "request.topic_data.partition_data == null or not has request.topic_data.partition_data",
    "request",
    "has response",
    "not broker and not client",
    "connection == 4",
]
FALSE = [
    "topic != orders",
    "topic !~ ord",
    "all topic == orders",
    "any topic == other",
    "error == none",
    "error not in (NOT_LEADER_OR_FOLLOWER, NONE)",
    "response.responses.partition_responses.error_code != 0",
    "response.responses.partition_responses.error_code in (3, 5)",
    "group != billing",
    "group == billing",
    "group !~ billing",
    "any group != billing",
    "all group == billing",
    "transactional_id not in (a, b)",
    "request.transactional_id != null",
    "request.transactional_id != x",
    "has request.transactional_id",
    "request.group_id != x",
    "response.error_code == 0",
    "response.error_code != 0",
    "client_id == TEST",
    "outcome == unanswered",
]


@pytest.fixture
def produced(conversation: Conversation) -> Exchange:
    conversation.request(PRODUCE, 8, REQUEST)
    (exchange,) = conversation.response(PRODUCE, 8, RESPONSE)
    exchange.connection = _Connection
    return exchange


class _Connection:
    id = 4
    client = server = None


@pytest.mark.parametrize("text", TRUE)
def test_comparisons_that_are_true(produced: Exchange, text: str) -> None:
    assert filters.parse(text)(produced)
    assert not filters.parse(f"not ({text})")(produced)


@pytest.mark.parametrize("text", FALSE)
def test_comparisons_that_are_false(produced: Exchange, text: str) -> None:
    assert not filters.parse(text)(produced)
    assert filters.parse(f"not ({text})")(produced)


BODIES_OF_NOTHING = [
    "api == Fetch and latency > 5ms and client_id ~ a or size > 1MB or outcome == unanswered",
    "time > +1s and packet in (1..500) and connection != 3 and version > 3 and correlation_id >= 0",
    "broker == :9092 and client == 127.0.0.0/8 and outcome_reason == connection_reset",
    "has response and not request",
]


@pytest.mark.parametrize("text", BODIES_OF_NOTHING)
def test_filters_of_headers_decode_no_body(captures: Path, text: str) -> None:
    """The ledger has as much decoded as without a filter: what teaches topic names."""
    assert not filters.parse(text).needs_bodies
    assert decoded(captures, text) == decoded(captures, None)


def test_filters_of_a_first_field_decode_no_body(captures: Path) -> None:
    """What stands before everything whose size varies is read without what follows."""
    assert filters.parse("request.acks == 0").needs_bodies
    assert decoded(captures, "api == Produce and request.acks == 0 and throttle == 0") == decoded(captures, None)


def test_conjunctions_look_at_headers_first(captures: Path) -> None:
    """In whatever order they are written, only the bodies of Fetch are decoded; those of Heartbeat name no topic."""
    least, most = decoded(captures, None), decoded(captures, "topic == orders")
    some = decoded(captures, "api == Fetch and topic == orders")
    assert least < some < most
    assert some == decoded(captures, "topic == orders and api == Fetch")
    assert some == decoded(captures, "api != Fetch or topic == orders")
    assert least == decoded(captures, "api == Heartbeat and topic == orders")


def test_messages_that_lack_a_field_are_not_decoded(captures: Path) -> None:
    assert decoded(captures, "has request.resources.configs.value or has response.hmac") == decoded(captures, None)


def decoded(captures: Path, text: str | None) -> int:
    with open_capture(captures / "orders.pcapng", where=None if text is None else filters.parse(text)) as capture:
        assert sum(1 for _ in capture) >= 0
    assert capture.ledger.discrepancies() == []
    return capture.ledger.total(Category.DECODED)


def leaves(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what stands at a path in JSON, elements of lists one by one."""
    if isinstance(value, list):
        for element in value:
            yield from leaves(element, path)
    elif path and isinstance(value, dict):
        if path[0] in value:
            yield from leaves(value[path[0]], path[1:])
    elif not path and value is not None:
        yield value


def test_paths_lead_to_what_json_lines_show(orders: list[Exchange]) -> None:
    """For every field of every message of a capture: it is there, and equal to each value that stands there."""
    shown = [(exchange, jsonl.as_dict(exchange)) for exchange in orders]
    checked = 0
    for key in sorted({exchange.api_key for exchange in orders if exchange.api_key is not None}):
        some = [(exchange, line) for exchange, line in shown if exchange.api_key == key]
        for side in ("request", "response"):
            for path in catalogue.paths(side, key):
                name, found = f"{side}.{'.'.join(path)}", []
                for exchange, line in some:
                    values = list(leaves((line[side] or {}).get("body") or {}, path))
                    found += [(exchange, value) for value in values]
                    assert filters.parse(f"has {name}")(exchange) == bool(values), name
                for exchange, value in found[:3]:
                    if isinstance(value, bool | int | str) and '"' not in str(value) and "records" not in path:
                        assert is_equal(name, value)(exchange), (name, value)
                        checked += 1
    assert checked > 500


def is_equal(name: str, value: Any) -> filters.Filter:
    """Return a filter for a value as JSON has it: bytes are hexadecimal there."""
    side, _, path = name.partition(".")
    members = catalogue.members("request" if side == "request" else "response", tuple(path.split(".")), None)
    is_binary = wire.Bytes in {type(bodies.inner_node(member.node)) for member in members}
    try:
        return filters.parse(f"{name} == 0x{value}" if is_binary else f'{name} == "{value}"')
    except FilterError as error:
        assert "secret" in error.message  # noqa: PT017 (that it is withheld is tested elsewhere)
        return filters.parse(f"has {name}")


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("latncy > 5ms", 1, "unknown field latncy: did you mean latency?"),
        ("api == Ftch", 8, "unknown API Ftch: did you mean Fetch?"),
        (
            "error == NOT_LEADR",
            10,
            "unknown error NOT_LEADR: did you mean NOT_LEADER_OR_FOLLOWER or NEW_LEADER_ELECTED?",
        ),
        ("outcome == answred", 12, "unknown outcome answred: did you mean answered or unanswered?"),
        ("outcome_reason == why", 19, "unknown reason why, known: "),
        ("requst.acks == 0", 1, "unknown field requst.acks: did you mean request.acks?"),
        ("acks == 0", 1, "unknown field acks: did you mean request.acks"),
        ("server == :9092", 1, "unknown field server: did you mean broker?"),
        ("offset > 5", 1, "unknown field offset: did you mean records.offset?"),
        ("kafka.client_id == till", 1, "unknown field kafka.client_id: did you mean client_id?"),
        ("tcp.stream == 4", 1, "unknown field tcp.stream: did you mean connection?"),
        (
            "version > 2 and (api == Produce or Fetch)",
            36,
            "unknown field Fetch: for one of several values, write api in (Produce, Fetch)",
        ),
        ("topic == orders or response.topcs", 29, "no response has a field topcs"),
        ("Latency > 1s", 1, "unknown field Latency: did you mean latency?"),
        ("request.error_code == 1", 9, "no request has a field error_code: did you mean response.error_code?"),
        ("api == Fetch and request.acks == 0", 26, "Fetch requests have no field acks: Produce has one"),
        (
            "api == Metadata and (version > 4 or response.partitions.error_code == 5)",
            46,
            "Metadata responses have no field partitions.error_code: did you mean response.topics.parti",
        ),
        ("api < Fetch", 1, "API has no order: use == or in"),
        ("client_id > a", 1, "text has no order: use == or in"),
        ("latency ~ 5", 1, "~ is for text, this is a duration"),
        ("latency > 5", 11, "5 needs a unit: 5ms?"),
        ("packet in (5..1)", 12, "5..1 runs backwards"),
        ("time in (21:05..+5s)", 17, "both ends of a range of times have to be of one form"),
        ('client_id ~ "a(b"', 15, "not a regular expression: missing ), unterminated subpattern"),
        ("client_id ~ a{99999999999}", 13, "this regular expression is too large"),
        ("client == broker-1", 11, "broker-1 is not an address: write 10.1.2.3:9092, "),
        ("request == 5", 1, "request is a message: compare its fields (request.size, ...) or write: has request"),
        (
            "request.topics == x",
            1,
            "request.topics is no single value: compare a field in it, or write: has request.topics",
        ),
        (
            "request.topic_data.partition_data.records.value == x",
            9,
            "records have fields of their own: write records.value",
        ),
        ("request.xyzzy == 1", 9, "no request has a field xyzzy: kafka-dissect fields API lists them"),
        ("api == Fetch and request.xyzzy == 1", 26, "Fetch requests have no field xyzzy: kafka-dissect fields Fetch"),
        ("group == null", 10, "null is no value here: where there is none, write not has group; as text it is"),
        ("request.size == null", 17, "null is no value here: where there is none, write not has request.size;"),
        ("latency != NULL", 12, "null is no value here: where there is none, write not has latency"),
        ("request.group_id in (a, null)", 25, "null is no value here: write request.group_id == null; as text"),
        ("request.acks == some", 17, "unknown acks some, known: all"),
        ("request.validate_only == maybe", 26, "maybe is neither true nor false"),
        ("request.timeout_ms > 5kg", 22, "5kg is not a duration: 50ms, 1.5s, 2m30s"),
        ("request.timeout_ms > 5kB", 22, "5kB is not a duration: 50ms, 1.5s, 2m30s"),
        ("version < 5kB", 11, "5kB is not a number"),
        ("not " * 60 + "error", 1, "more than 50 levels of parentheses and not"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, column: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        filters.parse(text)
    assert caught.value.message.startswith(message)
    assert (caught.value.column, caught.value.text) == (column, text)


def test_every_synonym_leads_to_a_field() -> None:
    assert set(SYNONYMS.values()) <= FIELDS.keys()
    assert not SYNONYMS.keys() & FIELDS.keys()


SECRETS = [
    "request.auth_bytes",
    "response.auth_bytes",
    "response.hmac",
    "response.tokens.hmac",
    "request.upsertions.salt",
    "request.upsertions.salted_password",
    "request.request_data",
    "response.response_data",
    "response.topics.partitions.unaligned_records",
]


@pytest.mark.parametrize("field", SECRETS)
def test_secrets_cannot_be_guessed(field: str) -> None:
    """That there is one is shown anyway."""
    for comparison in ("== x", "!= x", "~ x", "in (x, y)", "> x"):
        with pytest.raises(FilterError, match="secret"):
            filters.parse(f"{field} {comparison}")
    filters.parse(f"has {field} and {field}")


def test_passwords_of_configurations_cannot_be_guessed(conversation: Conversation) -> None:
    """Other configurations can be compared; what is withheld is not there to be compared."""
    configs = [{"name": "ssl.key.password", "value": "hunter2"}, {"name": "retention.ms", "value": "5000"}]
    conversation.request(44, 1, {"resources": [{"resource_name": "1", "configs": configs}]})
    (exchange,) = conversation.close()
    value = "request.resources.configs.value"
    assert filters.parse(f"{value} == 5000 and all {value} == 5000")(exchange)
    assert not any(filters.parse(f"{value} {rest}")(exchange) for rest in ("== hunter2", "~ hunt", "in (hunter2)"))
    conversation.request(44, 1, {"resources": [{"resource_name": "1", "configs": configs[:1]}]})
    (exchange,) = conversation.close()
    assert not filters.parse(f"{value} != hunter3")(exchange)
    assert filters.parse(f"has {value}")(exchange)


def test_text_that_is_not_utf_8_compares_as_it_is_shown(conversation: Conversation) -> None:
    conversation.request(HEARTBEAT, 0, {"group_id": "g??p"}, client_id="c??")
    (exchange,) = conversation.close()
    data = exchange.request.frame.data.replace(b"??", b"\xff\xfe")
    conversation.send("request", data)
    (exchange,) = conversation.close()
    for text in (
        r"client_id == c\xff\xfe",
        r"request.group_id == g\xff\xfep",
        r"group ~ '\\xff'",
        r"group == g\xff\xfep",
    ):
        assert filters.parse(text)(exchange), text


def test_what_cannot_be_read_is_not_there(conversation: Conversation) -> None:
    """A body that is cut has what stands before the cut; an API that is unknown has headers."""
    body = registry.grammar(METADATA, 9, "response").build({"topics": [{"name": "orders"}, {"name": "payments"}]})
    conversation.request(METADATA, 9)
    (cut,) = conversation.send("response", b"\0\0\0\1\0" + body[: body.index(b"payments") + 3])
    assert filters.parse("topic == orders and response.topics.name == orders")(cut)
    for text in ("topic == payments", "error == none", "error != none", "has response.cluster_authorized_operations"):
        assert not filters.parse(text)(cut), text
    conversation.send("request", b"\x7f\xff\0\x02\0\0\0\1\xff\xff")
    (unknown,) = conversation.send("response", b"\0\0\0\1\0\0")
    assert filters.parse("api == 32767 and version == 2 and not client_id and not error and not topic")(unknown)
    assert not filters.parse("has request.acks or has throttle or api ~ .")(unknown)

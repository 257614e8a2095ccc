"""What a message is about, in the words of the people who run Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dissector.views import style, summary
from structs import records

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

TOPIC_ID = "G6wOODv1SyO35W7HKelZgA"  # orders, as the fixture has it
BATCH = records.build_batch([records.Record(number, 5, b"key", b"value") for number in range(3)])


def said(exchange: Exchange) -> tuple[str, str]:
    """Return the facts of the request and of the response as text."""
    assert exchange.request is not None
    asked = summary.facts(exchange.request, exchange)
    answered = [] if exchange.response is None else summary.facts(exchange.response, exchange, asked)
    asked_text, answered_text = (
        "; ".join(style.paint(fact, color=False) for fact in facts) for facts in (asked, answered)
    )
    return asked_text, answered_text


def partitions(name: str, **fields: list[Any]) -> list[dict[str, Any]]:
    """Return the partitions of a topic, one for each value of the fields' lists."""
    return [
        {name: index, **dict(zip(fields, values, strict=True))}
        for index, values in enumerate(zip(*fields.values(), strict=True))
    ]


CASES = {
    "produce": (
        0,
        13,
        {"acks": -1, "topic_data": [{"topic_id": TOPIC_ID, "partition_data": [{"index": 1, "records": BATCH}]}]},
        {"responses": [{"topic_id": TOPIC_ID, "partition_responses": [{"index": 1, "base_offset": 70}]}]},
        f"acks=all; orders[1] 3 records {len(BATCH)} B",
        "orders[1]@70",
    ),
    "produce, refused": (
        0,
        9,
        {"acks": 1, "topic_data": [{"name": "orders", "partition_data": [{"index": 0, "records": None}]}]},
        {"responses": [{"name": "orders", "partition_responses": [{"index": 0, "error_code": 6, "base_offset": -1}]}]},
        "acks=1; orders[0]",
        "orders[0] NOT_LEADER_OR_FOLLOWER",
    ),
    "fetch": (
        1,
        11,
        {
            "session_id": 7,
            "session_epoch": 2,
            "topics": [{"topic": "orders", "partitions": [{"partition": 0, "fetch_offset": 12}]}],
        },
        {
            "session_id": 7,
            "responses": [
                {"topic": "orders", "partitions": [{"partition_index": 0, "high_watermark": 15, "records": BATCH}]}
            ],
        },
        "session=7/2; orders[0]@12",
        f"orders[0] 3 records {len(BATCH)} B hw=15",
    ),
    "fetch, nothing new": (
        1,
        11,
        {"session_id": 7, "session_epoch": 3},
        {"session_id": 7},
        "session=7/3",
        "nothing new",
    ),
    "list offsets": (
        2,
        7,
        {"replica_id": -1, "topics": [{"name": "orders", "partitions": [{"partition_index": 0, "timestamp": -1}]}]},
        {"topics": [{"name": "orders", "partitions": [{"partition_index": 0, "offset": 9}]}]},
        "orders[0]@latest",
        "orders[0]@9",
    ),
    "metadata": (
        3,
        12,
        {"topics": None},
        {
            "brokers": [{"node_id": 1, "host": "kafka-1", "port": 9092}],
            "controller_id": 1,
            "topics": [
                {"name": "orders", "partitions": [{"partition_index": index} for index in (0, 1, 2)]},
                {"name": "nope", "error_code": 3},
            ],
        },
        "all topics",
        "nope UNKNOWN_TOPIC_OR_PARTITION, orders[0-2]; brokers=1@kafka-1:9092; controller=1",
    ),
    "offset commit": (
        8,
        9,
        {
            "group_id": "billing",
            "generation_id_or_member_epoch": 4,
            "member_id": "m-1",
            "topics": [{"name": "orders", "partitions": [{"partition_index": 0, "committed_offset": 12}]}],
        },
        {"topics": [{"name": "orders", "partitions": [{"partition_index": 0}]}]},
        "group=billing; generation=4; member=m-1; orders[0]@12",
        "ok",
    ),
    "offset fetch": (
        9,
        8,
        {"groups": [{"group_id": "billing", "topics": [{"name": "orders", "partition_indexes": [0, 1]}]}]},
        {
            "groups": [
                {
                    "group_id": "billing",
                    "topics": [
                        {"name": "orders", "partitions": partitions("partition_index", committed_offset=[5, -1])}
                    ],
                }
            ]
        },
        "groups=billing orders[0-1]",
        "groups=billing orders[0]@5, orders[1]@none",
    ),
    "offset fetch, failed": (
        9,
        0,
        {"group_id": "billing", "topics": [{"name": "orders", "partition_indexes": [0]}]},
        {
            "topics": [
                {"name": "orders", "partitions": partitions("partition_index", committed_offset=[-1], error_code=[3])}
            ]
        },
        "group=billing; orders[0]",
        "orders[0] UNKNOWN_TOPIC_OR_PARTITION",
    ),
    "list offsets, the first version": (
        2,
        0,
        {
            "topics": [
                {"name": "orders", "partitions": partitions("partition_index", timestamp=[-1], max_num_offsets=[2])}
            ]
        },
        {"topics": [{"name": "orders", "partitions": partitions("partition_index", old_style_offsets=[[22, 0]])}]},
        "orders[0]@latest",
        "orders[0]@22, 0",
    ),
    "find coordinator": (
        10,
        4,
        {"key_type": 1, "coordinator_keys": ["till"]},
        {"coordinators": [{"key": "till", "node_id": 2, "host": "kafka-2", "port": 9092}]},
        "transaction=till",
        "till at 2@kafka-2:9092",
    ),
    "find coordinator, before its time": (
        10,
        2,
        {"key": "billing"},
        {"error_code": 15, "error_message": "later"},
        "group=billing",
        'COORDINATOR_NOT_AVAILABLE "later"',
    ),
    "join group": (
        11,
        7,
        {
            "group_id": "billing",
            "member_id": "m-1",
            "protocol_type": "consumer",
            "protocols": [{"name": "range", "metadata": b""}, {"name": "roundrobin"}],
        },
        {
            "generation_id": 3,
            "protocol_name": "range",
            "leader": "m-1",
            "member_id": "m-1",
            "members": [{"member_id": "m-1"}, {"member_id": "m-2"}],
        },
        "group=billing; member=m-1; type=consumer; protocols=range, roundrobin",
        "generation=3; protocol=range; leader=self; 2 members",
    ),
    "heartbeat": (
        12,
        4,
        {"group_id": "billing", "generation_id": 3, "member_id": "m-1"},
        {"error_code": 27},
        "group=billing; generation=3; member=m-1",
        "REBALANCE_IN_PROGRESS",
    ),
    "sasl handshake": (
        17,
        1,
        {"mechanism": "PLAIN"},
        {"error_code": 33, "mechanisms": ["GSSAPI"]},
        "mechanism=PLAIN",
        "UNSUPPORTED_SASL_MECHANISM; mechanisms=GSSAPI",
    ),
    "sasl authenticate": (36, 2, {"auth_bytes": b"\0alice\0hunter2"}, {}, "PLAIN client-first user=alice", "ok"),
    "offset fetch, everything": (
        9,
        8,
        {"groups": [{"group_id": "billing", "topics": None}, {"group_id": "audit", "topics": []}]},
        {"groups": []},
        "groups=billing all topics, audit no topics",
        "ok",
    ),
    "offset fetch, everything, before its time": (
        9,
        5,
        {"group_id": "billing", "topics": None},
        {},
        "group=billing; all topics",
        "ok",
    ),
    "metadata, no topics": (3, 1, {"topics": []}, {}, "no topics", "ok"),
    "metadata, all topics before null": (3, 0, {"topics": []}, {}, "all topics", "ok"),
    "describe log dirs": (35, 1, {"topics": None}, {}, "all topics", "ok"),
    "elect leaders": (43, 1, {"topic_partitions": None}, {}, "election_type=preferred; all partitions", "ok"),
    "list reassignments": (46, 0, {"topics": None}, {}, "all topics", "ok"),
    "cancel a reassignment": (
        45,
        0,
        {"topics": [{"name": "orders", "partitions": [{"partition_index": 1, "replicas": None}]}]},
        {},
        "orders[1] cancel",
        "ok",
    ),
    "describe topic partitions": (75, 0, {"topics": []}, {}, "all topics", "ok"),
    "telemetry, all metrics": (
        71,
        0,
        {},
        {"requested_metrics": [""], "push_interval_ms": 5000},
        "defaults",
        "push_interval_ms=5000; all metrics",
    ),
    "api versions": (
        18,
        3,
        {"client_software_name": "librdkafka", "client_software_version": "2.6"},
        {"api_keys": [{"api_key": key} for key in range(3)]},
        "software=librdkafka; version=2.6",
        "3 APIs",
    ),
    "create topics": (
        19,
        5,
        {"topics": [{"name": "orders", "num_partitions": 3, "replication_factor": 2}]},
        {"topics": [{"name": "orders", "error_code": 36, "num_partitions": -1}]},
        "orders (3 partitions x 2)",
        "orders TOPIC_ALREADY_EXISTS",
    ),
    "end transaction": (
        26,
        1,
        {"transactional_id": "till", "producer_id": 5, "committed": False},
        {},
        "txn=till; producer=5; epoch=0; abort",
        "ok",
    ),
    "describe configs": (
        32,
        1,
        {"resources": [{"resource_type": 2, "resource_name": "orders"}, {"resource_type": 4, "resource_name": "1"}]},
        {"results": [{"resource_type": 2, "resource_name": "orders", "configs": [{"name": "a"}, {"name": "b"}]}]},
        "resources=topic orders, broker 1",
        "results=topic orders (2 configs)",
    ),
    "consumer group heartbeat": (
        68,
        0,
        {"group_id": "billing", "member_id": "m", "member_epoch": 0, "subscribed_topic_names": ["orders"]},
        {"member_epoch": 1, "assignment": {"topic_partitions": [{"topic_id": TOPIC_ID, "partitions": [0, 1, 5]}]}},
        "group=billing; member=m; epoch=0; subscribed=orders",
        "epoch=1; orders[0-1,5]",
    ),
    "streams group heartbeat": (
        88,
        0,
        {"group_id": "g", "member_id": "m", "member_epoch": 2, "active_tasks": [{"subtopology_id": "0"}]},
        {
            "member_epoch": 3,
            "status": [{"status_code": 1, "status_detail": "missing topics"}],
            "active_tasks": [{"subtopology_id": "0", "partitions": [0, 1]}, {"subtopology_id": "1", "partitions": [4]}],
        },
        "group=g; member=m; epoch=2; tasks=0",
        'epoch=3; status="missing topics"; tasks=0[0-1], 1[4]',
    ),
    "leave group": (
        13,
        5,
        {"group_id": "g", "members": [{"member_id": "m", "reason": "the consumer is being closed"}]},
        {},
        'group=g; members=m "the consumer is being closed"',
        "ok",
    ),
    "throttled": (
        12,
        1,
        {"group_id": "billing"},
        {"throttle_time_ms": 250},
        "group=billing; generation=0",
        "throttled 250 ms",
    ),
    "nothing to say": (16, 0, {}, {}, "no fields", "ok"),
}


@pytest.mark.parametrize(
    ("api_key", "version", "request_body", "response_body", "asked", "answered"), CASES.values(), ids=CASES
)
def test_facts(
    make_exchange: Any, api_key: int, version: int, request_body: Any, response_body: Any, asked: str, answered: str
) -> None:
    assert said(make_exchange(api_key, version, request_body, response_body)) == (asked, answered)


def test_what_is_alike_is_drawn_together(make_exchange: Any) -> None:
    """The partitions that failed come first."""
    topic = {
        "name": "orders",
        "partitions": [{"partition_index": index, "error_code": 16 * (index > 2)} for index in range(9)],
    }
    _, answered = said(make_exchange(8, 9, {"group_id": "billing"}, {"topics": [topic]}))
    assert answered == "orders[3-8] NOT_COORDINATOR, orders[0-2]"


def test_long_lists_are_elided_and_errors_in_them_are_not(make_exchange: Any) -> None:
    """What is not shown is counted, with its errors."""
    topics = [
        {"name": f"t{number}", "partitions": [{"partition_index": 0, "error_code": 16 * (number > 2)}]}
        for number in range(9)
    ]
    _, answered = said(make_exchange(8, 9, {"group_id": "billing"}, {"topics": topics}))
    shown = ", ".join(f"t{number}[0] NOT_COORDINATOR" for number in (3, 4, 5, 6))
    assert answered == f"{shown} +5 more (2 NOT_COORDINATOR)"


def test_many_partitions_with_records_are_summed_up(make_exchange: Any) -> None:
    data = [{"index": index, "records": BATCH} for index in range(6)]
    asked, _ = said(make_exchange(0, 9, {"acks": 1, "topic_data": [{"name": "orders", "partition_data": data}]}))
    total = 6 * len(BATCH)
    assert asked.startswith(f"acks=1; 18 records {total} B in 6 partitions: orders[0] 3 records")
    assert asked.endswith(" +2 more")


def test_records_are_counted_without_decompressing_them(make_exchange: Any) -> None:
    """The batch's header says how many there are; what it says stands, even if the rest is garbage."""
    broken = bytearray(records.build_batch([records.Record(0, 5, b"k", b"v" * 100)], codec="gzip"))
    broken[-20:] = bytes(20)
    asked, _ = said(
        make_exchange(
            0, 9, {"acks": 1, "topic_data": [{"name": "t", "partition_data": [{"index": 0, "records": bytes(broken)}]}]}
        )
    )
    assert asked == f"acks=1; t[0] 1 record {len(broken)} B gzip"


def test_a_topic_id_that_nobody_named_stands_for_itself(make_exchange: Any) -> None:
    unknown = "AAAAAAAAAAAAAAAAAAAAAg"
    asked, _ = said(make_exchange(1, 13, {"topics": [{"topic_id": unknown, "partitions": [{"partition": 0}]}]}))
    assert asked == f"{unknown}[0]@0"


def test_hostile_names_are_escaped(make_exchange: Any) -> None:
    """Nothing from the wire moves the cursor, changes colours or turns text around."""
    name = "a\x1b[2J\n\u202e\\"
    asked, _ = said(make_exchange(3, 1, {"topics": [{"name": name}]}))
    assert asked == r"a\x1b[2J\n\u202e\\"

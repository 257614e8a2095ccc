"""What payloads are about, on a line: who subscribes to what, who gets what, who logs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.frames import Conversation, make_request, make_response

import dissector
from dissector.exchanges import GroupProtocol
from dissector.views import style, summary
from structs import registry
from structs.embedded.connect import ConnectAssignment, ConnectMetadata
from structs.embedded.streams import AssignmentInfo

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

METADATA, JOIN, SYNC, HANDSHAKE, AUTHENTICATE, ALTER_SCRAM, ENVELOPE = 3, 11, 14, 17, 36, 51, 58
HOSTILE = "\x1b]0;pwned\x07\u202e\n\\"


def said(exchange: Exchange) -> tuple[str, str]:
    """Return the facts of the request and of the response as text, every one of them fit for a terminal."""
    asked = summary.facts(exchange.request, exchange)
    answered = summary.facts(exchange.response, exchange, asked)
    texts = ["; ".join(style.paint(fact, color=False) for fact in facts) for facts in (asked, answered)]
    assert all(text.isprintable() for text in texts)
    return texts[0], texts[1]


def subscription(*topics: str) -> bytes:
    return b"\0\0" + registry.data("ConsumerProtocolSubscription").at(0).build({"topics": list(topics)})


def assignment(user_data: bytes | None = None, **topics: list[int]) -> bytes:
    partitions = [{"topic": topic, "partitions": numbers} for topic, numbers in topics.items()]
    schema = registry.data("ConsumerProtocolAssignment").at(0)
    return b"\0\0" + schema.build({"assigned_partitions": partitions, "user_data": user_data})


def joined(make_exchange: Any, *metadata: bytes, kind: str = "consumer", **response: Any) -> tuple[str, str]:
    protocols = [{"name": f"p{number}", "metadata": data} for number, data in enumerate(metadata)]
    return said(
        make_exchange(JOIN, 7, {"protocol_type": kind, "protocols": protocols}, {"protocol_type": kind, **response})
    )


def synced(make_exchange: Any, kind: str, mine: bytes, **assignments: bytes) -> tuple[str, str]:
    given = [{"member_id": name, "assignment": data} for name, data in assignments.items()]
    request = {"group_id": "g", "member_id": "me", "protocol_type": kind, "assignments": given}
    return said(make_exchange(SYNC, 5, request, {"protocol_type": kind, "assignment": mine}))


def test_a_member_subscribes(make_exchange: Any) -> None:
    """What it offers with each of its protocols is said once."""
    asked, _ = joined(make_exchange, subscription("orders", "payments"), subscription("orders"))
    assert asked == "type=consumer; protocols=p0, p1; subscribed=orders, payments"


def test_a_leader_is_told_what_all_subscribe_to(make_exchange: Any) -> None:
    members = [{"member_id": f"m-{topic}", "metadata": subscription(topic)} for topic in ("orders", "payments")]
    _, answered = joined(make_exchange, subscription("orders"), leader="m-orders", members=members)
    assert answered.endswith("2 members; subscribed=orders, payments")


def test_a_subscription_that_fails_says_so(make_exchange: Any) -> None:
    """The message itself is whole; only its payload is not."""
    asked, _ = joined(make_exchange, subscription("orders")[:-7])
    assert "! truncated: metadata: needs 6 bytes, 3 are left" in asked


def test_a_leader_assigns(make_exchange: Any) -> None:
    asked, answered = synced(
        make_exchange,
        "consumer",
        assignment(orders=[0, 1]),
        me=assignment(orders=[0, 1]),
        other=assignment(orders=[2], payments=[0]),
        idle=assignment(),
    )
    assert asked.startswith("group=g; generation=0; member=me; assigns ")
    assert asked.endswith("assigns self: orders[0-1]; other: orders[2], payments[0]; idle: no partitions")
    assert answered == "orders[0-1]"


def test_many_members_are_counted(make_exchange: Any) -> None:
    asked, _ = synced(make_exchange, "consumer", b"", **{f"m{number}": assignment(t=[number]) for number in range(9)})
    assert asked.endswith("m3: t[3]; +5 more members")


def test_what_the_exchange_remembers_of_a_group(make_exchange: Any) -> None:
    exchange = make_exchange(SYNC, 0, {"group_id": "g"}, {"assignment": assignment(orders=[3])})
    assert said(exchange)[1] == "assignment=26 B"
    exchange.group = GroupProtocol("consumer", "range")
    assert said(exchange)[1] == "orders[3]"


def test_tasks_of_streams(make_exchange: Any) -> None:
    """As Streams names them: subtopology and partition."""
    tasks = [{"subtopology": 0, "partition": 1}, {"subtopology": 2, "partition": 0}]
    info = AssignmentInfo.at(2).build({"version": 2, "active_tasks": tasks, "standby_tasks": []})
    exchange = make_exchange(SYNC, 0, {"group_id": "g"}, {"assignment": assignment(info, orders=[1])})
    exchange.group = GroupProtocol("consumer", "stream")
    assert said(exchange)[1] == "orders[1]; tasks=0_1, 2_0"


def test_workers_of_connect(make_exchange: Any) -> None:
    """A connector runs like a task."""
    metadata = b"\0\1" + ConnectMetadata.at(1).build({"url": "http://w-1:8083/", "config_offset": 4})
    asked, _ = joined(make_exchange, metadata, kind="connect")
    assert asked == "type=connect; protocols=p0; url=http://w-1:8083/"
    given = {
        "assignment": [{"connector": "import", "tasks": [-1, 0, 1]}],
        "revoked": [{"connector": "export", "tasks": [2]}],
        "delay": 3000,
    }
    _, answered = synced(make_exchange, "connect", b"\0\1" + ConnectAssignment.at(1).build(given))
    assert answered == "import[connector,0-1]; revokes export[2]; delay=3000 ms"


def test_instances_of_a_schema_registry(make_exchange: Any) -> None:
    asked, _ = joined(make_exchange, b'{"host": "sr-1", "port": 8081, "topics": [[]]}', kind="sr")
    assert asked == "type=sr; protocols=p0; url=sr-1:8081"


@pytest.mark.parametrize(
    ("mechanism", "token", "answer", "asked", "answered"),
    [
        ("PLAIN", b"\0alice\0hunter2", b"", "PLAIN client-first user=alice", "ok"),
        ("PLAIN", b"root\0alice\0hunter2", b"", "PLAIN client-first user=alice authzid=root", "ok"),
        ("PLAIN", b"hunter2", b"", "token=7 B ! malformed: token: PLAIN: 1 parts, there should be 3", "ok"),
        (
            "SCRAM-SHA-256",
            b"n,,n=alice,r=hunter2",
            b"r=hunter2,s=aHVudGVyMg==,i=4096",
            "SCRAM-SHA-256 client-first user=alice",
            "server-first",
        ),
        (
            "SCRAM-SHA-256",
            b"c=biws,r=hunter2,p=hunter2",
            b"e=invalid-proof",
            "SCRAM-SHA-256 client-final",
            "server-final invalid-proof",
        ),
        ("OTHER", b"hunter2", b"", "OTHER", "ok"),
    ],
)
def test_logins(
    connected: Conversation, mechanism: str, token: bytes, answer: bytes, asked: str, answered: str
) -> None:
    """Who, and how far; never the password."""
    connected.request(HANDSHAKE, 1, {"mechanism": mechanism})
    connected.response(HANDSHAKE, 1)
    connected.request(AUTHENTICATE, 0, {"auth_bytes": token})
    (exchange,) = connected.response(AUTHENTICATE, 0, {"auth_bytes": answer})
    assert said(exchange) == (asked, answered)


def test_a_token_of_which_nothing_is_known(connected: Conversation) -> None:
    connected.request(AUTHENTICATE, 0, {"auth_bytes": b"??"})
    (exchange,) = connected.response(AUTHENTICATE, 0)
    assert said(exchange)[0] == "token=2 B"


def enveloped(make_exchange: Any, request: bytes, response: bytes = b"") -> tuple[str, str]:
    principal = b"\0\0" + registry.data("DefaultPrincipalData").at(0).build({"type": "User", "name": "alice"})
    body = {"request_data": request, "request_principal": principal, "client_host_address": b"\x0a\0\0\1"}
    return said(make_exchange(ENVELOPE, 0, body, {"response_data": response}))


def test_an_envelope_is_about_what_is_in_it(make_exchange: Any) -> None:
    topics = [{"name": "orders", "error_code": 3}]
    asked, answered = enveloped(
        make_exchange,
        make_request(METADATA, 1, {"topics": [{"name": "orders"}]}),
        make_response(METADATA, 1, {"topics": topics}),
    )
    assert asked == "Metadata v1; orders; principal=User:alice; from=10.0.0.1"
    assert answered == "orders UNKNOWN_TOPIC_OR_PARTITION"


def test_secrets_in_an_envelope_are_not_said(make_exchange: Any) -> None:
    upsertion = {"name": "bob", "mechanism": 2, "salt": b"hunter2", "salted_password": b"hunter2"}
    asked, _ = enveloped(make_exchange, make_request(ALTER_SCRAM, 0, {"upsertions": [upsertion]}))
    assert "AlterUserScramCredentials v0; upsertions=bob" in asked
    assert "hunter2" not in asked


def test_an_envelope_that_nobody_can_read(make_exchange: Any) -> None:
    assert enveloped(make_exchange, b"\x7f\xff\0\0hunter2")[0].startswith("request_data=11 B (unknown_api)")


def test_hostile_names_are_escaped(make_exchange: Any) -> None:
    """`said` holds every text to it."""
    assert r"\x1b]0;pwned" in joined(make_exchange, subscription(HOSTILE))[0]
    asked, answered = synced(make_exchange, "consumer", assignment(**{HOSTILE: [0]}), **{HOSTILE: b"\0\0"})
    assert r"\x1b]0;pwned" in asked
    assert r"\x1b]0;pwned" in answered
    url = b"\0\1" + ConnectMetadata.at(1).build({"url": HOSTILE})
    assert r"\x1b]0;pwned" in joined(make_exchange, url, kind="connect")[0]
    tasks = b"\0\1" + ConnectAssignment.at(1).build({"assignment": [{"connector": HOSTILE, "tasks": [0]}]})
    assert r"\x1b]0;pwned" in synced(make_exchange, "connect", tasks)[1]
    assert r"\x1b]0;pwned" in enveloped(make_exchange, make_request(METADATA, 1, {"topics": [{"name": HOSTILE}]}))[0]


def test_hostile_users_are_escaped(connected: Conversation) -> None:
    connected.request(HANDSHAKE, 1, {"mechanism": "PLAIN"})
    connected.response(HANDSHAKE, 1)
    connected.request(AUTHENTICATE, 0, {"auth_bytes": b"\0" + HOSTILE.encode() + b"\0p"})
    (exchange,) = connected.response(AUTHENTICATE, 0)
    assert r"user=\x1b]0;pwned" in said(exchange)[0]


@pytest.mark.parametrize("name", ["groups.pcap", "sasl.pcap", "cluster.pcap", "connect.pcap"])
def test_no_payload_of_the_sample_captures_stays_unread(captures: Any, name: str) -> None:
    """Every assignment, subscription, login and Envelope is understood."""
    seen = 0
    with dissector.open_capture(captures / name) as capture:
        for exchange in capture:
            if exchange.api_key in (JOIN, SYNC, AUTHENTICATE, ENVELOPE) and exchange.response is not None:
                asked, answered = said(exchange)
                for unread in ("token=", "assignment=", "request_data=", "response_data=", " ! ", "metadata="):
                    assert unread not in asked + answered
                seen += 1
    assert seen > 2

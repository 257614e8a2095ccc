"""JSON Lines: the wire's values under Kafka's names, what they mean beside them, and no secret by accident."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import pytest
from crc32c import crc32c
from support.frames import Conversation, make_request
from support.packets import Wire

from dissector.engine import Dissection
from dissector.views import jsonl
from structs import records

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

PRODUCE, FETCH, METADATA, SASL_AUTHENTICATE, DESCRIBE_CLIENT_QUOTAS = 0, 1, 3, 36, 48


@pytest.fixture
def conversation() -> Conversation:
    """A connection with ends, for the lines that name them."""
    dissection = Dissection()
    for packet in Wire().open().say("client", make_request(METADATA, 1, {"topics": []})).packets:
        list(dissection.feed(packet))
    (exchange,) = dissection.finish()
    return Conversation(connection=exchange.connection)


def as_json(exchange: Exchange, **options: bool) -> dict[str, Any]:
    return json.loads(jsonl.line(exchange, **options))


def test_an_exchange_to_the_letter(conversation: Conversation) -> None:
    """Every key of the contract, in its order."""
    conversation.request(METADATA, 1, {"topics": [{"name": "orders"}]}, correlation_id=7, client_id="shop")
    (exchange,) = conversation.response(
        METADATA, 1, {"topics": [{"error_code": 3, "name": "orders"}]}, correlation_id=7
    )
    assert json.dumps(as_json(exchange)) == json.dumps(
        {
            "connection": {
                "id": 0,
                "client": {"host": "10.0.0.1", "port": 40_000},
                "server": {"host": "10.0.0.2", "port": 9092},
            },
            "api_key": 3,
            "api_name": "Metadata",
            "api_version": 1,
            "correlation_id": 7,
            "client_id": "shop",
            "latency_ms": 1.0,
            "request": {
                "frame": 1,
                "timestamp": "1970-01-01T00:00:00.001000Z",
                "size": 26,
                "body": {"topics": [{"name": "orders"}]},
                "inferred": False,
                "error": None,
                "warnings": [],
            },
            "response": {
                "frame": 2,
                "timestamp": "1970-01-01T00:00:00.002000Z",
                "size": 31,
                "body": {
                    "brokers": [],
                    "controller_id": -1,
                    "topics": [
                        {
                            "error_code": 3,
                            "error_name": "UNKNOWN_TOPIC_OR_PARTITION",
                            "name": "orders",
                            "is_internal": False,
                            "partitions": [],
                        }
                    ],
                },
                "inferred": False,
                "error": None,
                "warnings": [],
            },
            "outcome": "answered",
            "outcome_reason": None,
        }
    )


def test_secrets_are_withheld_unless_they_are_asked_for(conversation: Conversation) -> None:
    conversation.request(SASL_AUTHENTICATE, 0, {"auth_bytes": b"\0alice\0secret"})
    (exchange,) = conversation.response(SASL_AUTHENTICATE, 0)
    assert as_json(exchange)["request"]["body"]["auth_bytes"] == {"withheld": 13}
    assert "736563726574" not in jsonl.line(exchange)
    assert as_json(exchange, show_secrets=True)["request"]["body"]["auth_bytes"] == b"\0alice\0secret".hex()


def test_numbers_that_json_lacks_are_text(conversation: Conversation) -> None:
    values = [float("nan"), float("inf"), float("-inf"), 0.5]
    body = {"entries": [{"values": [{"key": "k", "value": value} for value in values]}]}
    conversation.request(DESCRIBE_CLIENT_QUOTAS, 1)
    (exchange,) = conversation.response(DESCRIBE_CLIENT_QUOTAS, 1, body)
    found = as_json(exchange)["response"]["body"]["entries"][0]["values"]
    assert [entry["value"] for entry in found] == ["NaN", "Infinity", "-Infinity", 0.5]


def test_text_that_is_none_is_hex(conversation: Conversation) -> None:
    """The client id and any other string; both with a warning that says where."""
    conversation.send("request", struct.pack(">hhih2sih2s", METADATA, 1, 1, 2, b"\xff\xfe", 1, 2, b"\xfd\xfc"))
    (exchange,) = conversation.response(METADATA, 1)
    line = as_json(exchange)
    assert line["client_id"] == {"hex": "fffe"}
    assert line["request"]["body"] == {"topics": [{"name": {"hex": "fdfc"}}]}
    assert [(warning["field"], warning["offset"]) for warning in line["request"]["warnings"]] == [
        ("client_id", 10),
        ("topics[0].name", 18),
    ]


def test_unknown_tags_are_kept(conversation: Conversation) -> None:
    conversation.request(METADATA, 9, {"topics": None, "_unknown_tags": {77: b"\1\2"}})
    (exchange,) = conversation.response(METADATA, 9)
    assert as_json(exchange)["request"]["body"]["_unknown_tags"] == {"77": "0102"}


def test_a_layout_that_was_guessed_is_marked(conversation: Conversation) -> None:
    """A response without its request reads as Metadata's and no other's."""
    topics = [{"error_code": 0, "name": "orders", "is_internal": False, "partitions": []}]
    conversation.response(METADATA, 1, {"brokers": [], "controller_id": 1, "topics": topics})
    (exchange,) = conversation.close()
    written = as_json(exchange)
    assert (written["api_name"], written["outcome"]) == ("Metadata", "orphan_response")
    assert written["response"]["inferred"] is True
    assert written["response"]["body"]["topics"][0]["name"] == "orders"


def test_a_partial_body_stands_beside_its_error(conversation: Conversation) -> None:
    conversation.send("request", struct.pack(">hhih4sih6sh", METADATA, 1, 1, 4, b"test", 2, 6, b"orders", 9))
    (exchange,) = conversation.close()
    request = as_json(exchange)["request"]
    assert request["body"] == {"topics": [{"name": "orders"}, {}]}
    assert request["error"] == {
        "kind": "truncated",
        "message": "needs 9 bytes, 0 are left",
        "offset": 28,
        "field": "topics[1].name",
    }


class TestRecords:
    """Batches with their headers, records with what they carry."""

    def produce(self, conversation: Conversation, batch: bytes) -> dict[str, Any]:
        partitions = [{"index": 0, "records": batch}]
        conversation.request(PRODUCE, 8, {"acks": 1, "topic_data": [{"name": "orders", "partition_data": partitions}]})
        (exchange,) = conversation.response(PRODUCE, 8)
        return as_json(exchange)["request"]

    def test_a_batch_and_its_records(self, conversation: Conversation) -> None:
        batch = records.build_batch(
            [
                records.Record(0, 1_700_000_000_000, b"ada", b'{"cents": 1}', (("trace", b"\xff"), ("none", None))),
                records.Record(1, 1_700_000_000_001, None, b"\x80\x81"),
            ]
        )
        (found,) = self.produce(conversation, batch)["body"]["topic_data"][0]["partition_data"][0]["records"]
        assert (found["magic"], found["records_count"], found["compression"]) == (2, 2, "none")
        assert found["records"] == [
            {
                "offset": 0,
                "timestamp": 1_700_000_000_000,
                "key": "ada",
                "value": '{"cents": 1}',
                "headers": [{"key": "trace", "value": {"hex": "ff"}}, {"key": "none", "value": None}],
            },
            {"offset": 1, "timestamp": 1_700_000_000_001, "key": None, "value": {"hex": "8081"}, "headers": []},
        ]

    def test_times_of_more_than_64_bits_are_written(self, conversation: Conversation) -> None:
        """A time below the batch's own, which is the least that there is."""
        batch = bytearray(records.build_batch([records.Record(0, 5, None, b"x"), records.Record(1, 1, None, b"y")]))
        batch[27:35] = struct.pack(">q", -(2**63))
        batch[17:21] = struct.pack(">I", crc32c(bytes(batch[21:])))
        (found,) = self.produce(conversation, bytes(batch))["body"]["topic_data"][0]["partition_data"][0]["records"]
        assert [record["timestamp"] for record in found["records"]] == [-(2**63), -(2**63) - 4]

    def test_a_wrong_checksum_is_a_warning_of_the_message(self, conversation: Conversation) -> None:
        """Its offset counts from the message's first byte, its field is the path into the body."""
        batch = bytearray(records.build_batch([records.Record(0, 5, None, b"x")]))
        batch[17:21] = b"\0\0\0\0"
        request = self.produce(conversation, bytes(batch))
        (warning,) = request["warnings"]
        assert warning["kind"] == "checksum"
        assert warning["field"] == "topic_data[0].partition_data[0].records[0].crc"
        assert request["size"] - warning["offset"] == len(batch) - 17
        assert request["body"]["topic_data"][0]["partition_data"][0]["records"][0]["records"][0]["value"] == "x"

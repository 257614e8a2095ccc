"""Payloads as Kafka's own classes write them (tests/conformance/embedded): values, consumed bytes, rebuilt bytes."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs import embedded
from structs.embedded import Context, internal_topics

with gzip.open(Path(__file__).with_name("vectors.jsonl.gz"), "rt", encoding="utf-8") as file:
    VECTORS = [json.loads(line) for line in file]
PAYLOADS = [vector for vector in VECTORS if vector["label"] != "record"]
RECORDS = [vector for vector in VECTORS if vector["label"] == "record"]
TOPICS = sorted({vector["topic"] for vector in RECORDS})


def plain(value: Any) -> Any:
    """Return a decoded value with its bytes as hex."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def subset(decoded: Any, rendered: Any) -> Any:
    """Return of a decoded value what Kafka's rendering shows, under Kafka's names; it leaves out tagged defaults."""
    if isinstance(rendered, dict):
        return {name: subset(decoded[snake_case(name)], item) for name, item in rendered.items()}
    if isinstance(decoded, bytes):
        return base64.b64encode(decoded).decode()
    return decoded


def snake_case(name: str) -> str:
    return re.sub("(?<=[^A-Z])[A-Z]", r"_\g<0>", name[0].upper() + name[1:]).lower()


def name_of(vector: dict[str, Any]) -> str:
    if vector["label"] == "record":
        return f"{vector['topic']}-{vector['name']}-{vector['version'] if vector['hex'] else 'tombstone'}"
    return f"{vector['label']}-{'-'.join(map(str, vector['context'].values()))}-{vector['value'].get('version')}"


@pytest.mark.parametrize("vector", PAYLOADS, ids=name_of)
def test_a_payload_says_what_kafka_wrote(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    payload = embedded.decode(vector["label"], data, Context(**vector["context"]), spans=True)
    assert (payload.error, payload.warnings, payload.stop) == (None, [], len(data))
    expected = vector["value"]
    decoded = plain(payload.value)
    decoded.pop("task_offset_sums", None)  # a map in Kafka: its order is none
    if vector["label"] == "request":
        assert decoded["header"] == expected["header"]
    assert decoded == expected
    assert payload.grammar.build(payload.value) == data
    assert payload.spans


def test_offset_sums_of_streams_tasks() -> None:
    """The two layouts that they have had, with the sentinel of a running task."""
    found = {}
    for vector in PAYLOADS:
        if vector["context"].get("protocol") == "stream" and "process_id" in vector["value"]:
            payload = embedded.decode(vector["label"], bytes.fromhex(vector["hex"]), Context(protocol="stream"))
            found[payload.value["version"]] = payload.value.get("task_offset_sums")
    nested = {
        "topic_group_id": 1,
        "partition_to_offset_sum": [{"partition": 2, "offset_sum": -2}, {"partition": 3, "offset_sum": 77}],
    }
    for version in (7, 8, 9):
        (task,) = found[version]
        task["partition_to_offset_sum"].sort(key=lambda entry: entry["partition"])
        assert task == nested
    for version in (10, 11):
        flat = sorted(found[version], key=lambda entry: entry["partition"])
        assert [(task["partition"], task["offset_sum"], task["named_topology"] or "") for task in flat] == [
            (2, -2, ""),
            (3, 77, ""),
        ]


@pytest.mark.parametrize("vector", RECORDS, ids=name_of)
def test_a_record_of_an_internal_topic_says_what_kafka_wrote(vector: dict[str, Any]) -> None:
    raw_key = None if vector["key_hex"] is None else bytes.fromhex(vector["key_hex"])
    raw_value = None if vector["hex"] is None else bytes.fromhex(vector["hex"])
    key, value = embedded.record(vector["topic"], raw_key, raw_value)
    assert (key is None, value is None) == (raw_key is None, raw_value is None)
    if key is not None:
        assert (key.error, key.warnings, key.stop) == (None, [], len(raw_key))
        assert key.value["type_name"] == vector["name"].removesuffix("Value")
        assert subset(key.value["data"], vector["key_value"]) == vector["key_value"]
        assert key.grammar.build(key.value) == raw_key
    if value is not None:
        assert (value.error, value.warnings, value.stop) == (None, [], len(raw_value))
        assert value.value["version"] == vector["version"]
        assert key is not None or value.value["type_name"] == vector["name"]
        assert subset(value.value["data"], vector["value"]) == vector["value"]
        assert value.grammar.build(value.value) == raw_value


def test_every_record_type_of_today_has_vectors() -> None:
    """What has none was gone before the release that wrote them."""
    written = {(vector["topic"], vector["name"]) for vector in RECORDS}
    known = {(topic, kind.value.name) for topic in TOPICS for kind in internal_topics._types(topic).values()}
    assert written <= known
    assert {name for _, name in known - written} <= {
        "AccessControlRecord",
        "RemoveFeatureLevelRecord",
        "ShareGroupPartitionMetadataValue",
        "UnregisterControllerRecord",
    }


@st.composite
def damaged(draw: st.DrawFn, vectors: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    """Return a vector and its bytes with some changed, and some cut off."""
    vector = draw(st.sampled_from([vector for vector in vectors if vector["hex"]]))
    data = bytearray.fromhex(vector["hex"])
    for position in draw(st.lists(st.integers(0, len(data) - 1), max_size=4)):
        data[position] = draw(st.integers(0, 255))
    return vector, bytes(data[: draw(st.integers(0, len(data)))])


@given(damaged(PAYLOADS))
def test_damage_to_a_payload_never_raises(case: tuple[dict[str, Any], bytes]) -> None:
    """A payload comes out, and its problems lie inside its bytes."""
    vector, data = case
    payload = embedded.decode(vector["label"], data, Context(**vector["context"]))
    problems = [*payload.warnings, *([payload.error] if payload.error else [])]
    assert all(0 <= problem.offset <= len(data) for problem in problems)


@given(damaged(RECORDS), st.sampled_from(TOPICS))
def test_damage_to_a_record_never_raises(case: tuple[dict[str, Any], bytes], topic: str) -> None:
    """Not in the topic that it comes from, nor in another one; as a control record neither."""
    vector, data = case
    raw_key = bytes.fromhex(vector["key_hex"] or "")
    for key, value in ((raw_key, data), (data, raw_key), (None, data), (data, None)):
        embedded.record(topic, key, value)
        embedded.record(vector["topic"], key, value)
        embedded.control_record(key, value)


LABELS = sorted(embedded._READINGS)


@given(
    st.sampled_from(LABELS),
    st.binary(max_size=80),
    st.builds(
        Context,
        protocol_type=st.sampled_from([None, "consumer", "connect", "sr", "?"]),
        protocol=st.sampled_from([None, "sticky", "cooperative-sticky", "stream", "range"]),
        api=st.one_of(st.none(), st.tuples(st.integers(-1, 96), st.integers(-1, 20))),
        codec=st.sampled_from(["none", "gzip", "snappy", "lz4", "zstd", "unknown(7)"]),
        position=st.integers(0, 3),
        mechanism=st.sampled_from([None, "PLAIN", "SCRAM-SHA-256", "OAUTHBEARER", "GSSAPI", "X"]),
        side=st.sampled_from(["request", "response", None]),
        depth=st.integers(0, 5),
    ),
)
def test_nothing_ever_raises(label: str, data: bytes, context: Context) -> None:
    payload = embedded.decode(label, data, context)
    assert payload is None or payload.error is not None or payload.value is not None

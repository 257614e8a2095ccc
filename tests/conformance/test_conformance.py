"""The grammars, held to what Kafka's own serializers make of every message at every version.

The Java program beside this file wrote the vectors (see README.md): the bytes, and Kafka's rendering of them as JSON.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import construct
import pytest

from structs import headers, registry, wire
from structs.messages import DATA, MODULES, variants

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from structs.grammar import Data, Side

VECTORS = Path(__file__).parent / "vectors"
WHOLE = ("3.9.2", "4.4.0")  # the releases that wrote all that they know; the others only what differs there
HEADERS: dict[Side, Data] = {"request": headers.RequestHeader, "response": headers.ResponseHeader}

# What no official serializer writes. Nothing, at present: neither a version (API key, version, side) nor a schema.
VERSIONS_WITHOUT_ORACLE: set[tuple[int, int, Side]] = set()
SCHEMAS_WITHOUT_ORACLE: set[str] = set()

# What 3.9 called fields that have another name now.
FORMER_NAMES = {
    "ListClientMetricsResourcesResponse": {"client_metrics_resources": "config_resources", "name": "resource_name"},
    "TxnOffsetCommitRequest": {"generation_id": "generation_id_or_member_epoch"},
    "VoteRequest": {
        "candidate_epoch": "replica_epoch",
        "candidate_id": "replica_id",
        "candidate_directory_id": "replica_directory_id",
    },
}

# Tagged fields that a version gained after 3.9.
GAINED = {
    "ConsumerGroupCurrentMemberAssignmentValue": {"assignment_epochs"},
    "ConsumerGroupMetadataValue": {"metadata_hash"},
    "ConsumerGroupTargetAssignmentMetadataValue": {"assignment_timestamp"},
    "OffsetCommitValue": {"topic_id"},
    "RemoteLogSegmentMetadataRecord": {"txn_index_empty"},
    "RemoteLogSegmentMetadataSnapshotRecord": {"txn_index_empty"},
    "TransactionLogValue": {
        "client_transaction_version",
        "next_producer_epoch",
        "next_producer_id",
        "previous_producer_id",
    },
}


class Vector(NamedTuple):
    """A message as Kafka writes it. `side` is "request", "response", "header" or "data"."""

    source: str
    api_key: int | None
    name: str
    version: int
    side: Any
    kind: str
    hex: str
    json: Any

    @property
    def data(self) -> bytes:
        return bytes.fromhex(self.hex)

    def __str__(self) -> str:
        return f"{self.source} {self.name} {self.version} ({self.kind})"


def lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(VECTORS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


@cache
def vectors() -> list[Vector]:
    """Return all vectors."""
    files = sorted(path.name.removesuffix(".jsonl.gz") for path in VECTORS.glob("?.?.?.jsonl.gz"))
    return [Vector(**line) for source in files for line in lines(source)]


@cache
def groups() -> dict[str, list[Vector]]:
    """Return the vectors by the name of their API or schema."""
    grouped: dict[str, list[Vector]] = defaultdict(list)
    for vector in vectors():
        api = None if vector.api_key is None else registry.api(vector.api_key)
        grouped[api.name if api else vector.name].append(vector)
    return grouped


def variant(vector: Vector) -> str | None:
    """Return the module in which this release's own layout stands, None where the usual one holds."""
    module = "kafka_" + "_".join(vector.source.split(".")[:2])
    if vector.api_key is not None:
        known = variants.MESSAGES.get((vector.api_key, vector.version, vector.side), ())
    else:
        known = variants.SCHEMAS.get((vector.name, vector.version), ())
    return module if module in known else None


def grammar(vector: Vector) -> wire.Struct:
    """Return the grammar that has to read the vector."""
    if vector.side == "header":
        return next(header for header in HEADERS.values() if header.name == vector.name).at(vector.version)
    module = variant(vector)
    if module:
        declared: Data = getattr(import_module(f"structs.messages.variants.{module}"), vector.name)
        return declared.at(vector.version)
    if vector.side != "data":
        assert vector.api_key is not None
        return registry.grammar(vector.api_key, vector.version, vector.side)
    if vector.source == "3.9.2" and vector.name.endswith("Key"):
        # Before 4.1 the version of a coordinator's key was what is the record's type now.
        name = "LegacyOffsetCommitKey" if (vector.name, vector.version) == ("OffsetCommitKey", 0) else vector.name
        assert registry.data(name).key == vector.version
        return registry.data(name).at(0)
    return registry.data(vector.name).at(vector.version)


def snake_case(name: str) -> str:
    """Return a JSON key of Kafka's in the notation's spelling, by Kafka's own rule for its schemas."""
    return re.sub("(?<=[^A-Z])[A-Z]", r"_\g<0>", name[0].upper() + name[1:]).lower()


def difference(vector: Vector, expected: Any, parsed: Any, path: str = "") -> str | None:
    """Return where a parsed value is not what Kafka's JSON says, None if it is nowhere."""
    if isinstance(expected, dict) and isinstance(parsed, dict):
        return struct_difference(vector, expected, parsed, path)
    if isinstance(expected, list) and isinstance(parsed, dict):  # from handwritten schemas, with other names
        return difference(vector, expected, list(wire_order(parsed)), path)
    if isinstance(expected, list) and isinstance(parsed, list):
        if len(expected) != len(parsed):
            return f"{path}: {len(parsed)} elements, not {len(expected)}"
        pairs = enumerate(zip(expected, parsed, strict=True))
        return next(filter(None, (difference(vector, *pair, f"{path}[{index}]") for index, pair in pairs)), None)
    if isinstance(parsed, bytes) and isinstance(expected, str):
        same = expected == base64.b64encode(parsed).decode()
    elif isinstance(parsed, float) and expected is not None:
        same = repr(float(expected)) == repr(parsed)  # also not a number, and minus zero
    else:
        same = type(expected) is type(parsed) and expected == parsed
    return None if same else f"{path}: {parsed!r}, not {expected!r}"


def wire_order(value: Any) -> Iterator[Any]:
    """Yield the single values in a value as they come on the wire; before an array's, how many elements it has."""
    if isinstance(value, list):
        yield len(value)
    if isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from wire_order(part)
    else:
        yield value


def struct_difference(vector: Vector, expected: dict[str, Any], parsed: dict[str, Any], path: str) -> str | None:
    """Return what `difference` does, for the fields of a struct."""
    since_then = vector.source == "3.9.2"
    former = FORMER_NAMES.get(vector.name, {}) if since_then else {}
    surplus = parsed.keys() - (GAINED.get(vector.name, set()) if since_then else set())
    for key, value in expected.items():
        name = snake_case(key)
        name = former.get(name, name)
        found: Any = parsed.get(name, "absent")
        if name == wire.UNKNOWN_TAGS:
            found = {str(tag): content for tag, content in parsed.get(name, {}).items()}
        elif name not in parsed and name.endswith("_size_in_bytes"):  # how Kafka renders records
            name = name.removesuffix("_size_in_bytes")
            found = len(parsed.get(name) or b"")
        surplus.discard(name)
        wrong = difference(vector, value, found, f"{path}.{name}")
        if wrong:
            return wrong
    return f"{path}: has {', '.join(sorted(surplus))}, which Kafka has not" if surplus else None


def skeleton(value: Any) -> Any:
    """Return what has to be said of a message whose fields have their defaults: how long its arrays are."""
    if isinstance(value, dict):
        return {name: skeleton(part) for name, part in value.items() if part and isinstance(part, dict | list)}
    return [skeleton(part) for part in value] if isinstance(value, list) else value


def flaw(vector: Vector) -> str | None:
    """Return what the grammar does otherwise than Kafka, None if it does nothing otherwise."""
    layout = grammar(vector)
    decoded = wire.decode(layout, vector.data)
    if decoded.error or decoded.warnings:
        return str(decoded.error or decoded.warnings[0])
    if decoded.stop != len(vector.data):
        return f"{len(vector.data) - decoded.stop} bytes are left over"
    wrong = difference(vector, vector.json, decoded.value)
    if wrong:
        return wrong
    said = [decoded.value]
    if vector.kind in ("defaults", "skeleton"):
        said.append(skeleton(decoded.value))
    for value in said:
        try:
            built = layout.build(value)
        except construct.ConstructError as error:
            return f"cannot be built: {error}"
        if built != vector.data:
            return f"built as {built.hex()} from {value}, not as {vector.hex}"
    return None


@pytest.mark.parametrize("name", list(groups()))
def test_grammars_agree_with_kafka(name: str, tally: Counter[tuple[str, str]]) -> None:
    """Every vector parses to Kafka's values, is consumed whole, and rebuilds byte for byte; defaults are Kafka's."""
    flaws = []
    for vector in groups()[name]:
        found = flaw(vector)
        tally[vector.source, "all"] += 1
        tally[vector.source, "held"] += found is None
        if found:
            flaws.append(f"{vector}: {found}")
    if flaws:
        pytest.fail(f"{len(flaws)} of {len(groups()[name])} vectors differ, the first: {flaws[0]}", pytrace=False)


def nullable(layout: wire.Struct, prefix: str = "") -> Iterator[str]:
    """Yield the paths of the fields that can be null: "topics", "topics.name"."""
    for member in layout.each_member():
        path, node = prefix + member.name, member.node
        if isinstance(node, wire.NullableStruct):
            yield path
            node = node.inner
        elif isinstance(node, wire.Prefixed) and node.nullable:
            yield path
        if isinstance(node, wire.Array):
            node = node.element
        if isinstance(node, wire.Struct):
            yield from nullable(node, path + ".")


@pytest.mark.parametrize("source", WHOLE)
def test_what_can_be_null_can_be_null_in_kafka(source: str) -> None:
    """No more fields can be null than in Kafka, and no fewer; vectors do not show the former."""
    rows = list(lines(f"{source}-nullable"))
    assert len(rows) > 700
    for row in rows:
        expected = set(row.pop("nullable"))
        vector = Vector(**row, kind="", hex="", json=None)
        former = FORMER_NAMES.get(vector.name, {}) if source == "3.9.2" else {}
        expected = {".".join(former.get(name, name) for name in path.split(".")) for path in expected}
        gained = GAINED.get(vector.name, set()) if source == "3.9.2" else set()
        found = {path for path in nullable(grammar(vector)) if path.split(".")[-1] not in gained}
        assert found == expected, f"{source} {vector.name} {vector.version}"


@pytest.mark.parametrize("source", WHOLE)
def test_header_versions_are_those_that_kafka_picks(source: str) -> None:
    """For each API, version and side the registry gives the header that Kafka writes and expects."""
    rows = list(lines(f"{source}-header-versions"))
    assert len(rows) > 300
    for row in rows:
        key, version = row["api_key"], row["version"]
        for side, header in HEADERS.items():
            assert registry.header(key, version, side) is header.at(row[side]), row


def test_every_version_is_held_to_an_official_serializer() -> None:
    """Which versions have no outside oracle is known: the list changes on purpose only."""
    messages = [registry.message(key, side) for key in MODULES for side in HEADERS]
    known = {(message.key, version, message.side) for message in messages for version in message.versions.each()}
    held = {(vector.api_key, vector.version, vector.side) for vector in vectors() if vector.side in HEADERS}
    assert len(known) == 2 * 368
    assert known - held == VERSIONS_WITHOUT_ORACLE
    assert held <= known


def test_every_schema_is_held_to_an_official_serializer() -> None:
    """Which schemas have no outside oracle is known: the list changes on purpose only."""
    held = {vector.name for vector in vectors() if vector.side == "data"}
    assert DATA.keys() - held == SCHEMAS_WITHOUT_ORACLE


def test_every_variant_is_held_to_the_release_that_had_it() -> None:
    """Each layout that only an early release had is read from that release's own bytes."""
    of_messages = {(*key, module) for key, modules in variants.MESSAGES.items() for module in modules}
    of_schemas = {(*key, module) for key, modules in variants.SCHEMAS.items() for module in modules}
    for vector in vectors():
        of_messages.discard((vector.api_key or 0, vector.version, vector.side, variant(vector) or ""))
        of_schemas.discard((vector.name, vector.version, variant(vector) or ""))
    assert not of_messages
    assert not of_schemas


@pytest.mark.parametrize("kind", ["defaults", "skeleton", "empty", "nulls", "full", "mixed", "unknown_tags"])
@pytest.mark.parametrize("source", WHOLE)
def test_every_kind_of_contents_occurs(source: str, kind: str) -> None:
    """The vectors hold what they are meant to hold: hundreds of each kind, from each source."""
    assert sum((vector.source, vector.kind) == (source, kind) for vector in vectors()) > 400


@pytest.mark.parametrize(
    ("kafkas", "ours", "where"),
    [
        ({"nodeId": 1}, {"node_id": 2}, ".node_id: 2, not 1"),
        ({"nodeId": 1}, {"node_id": True}, ".node_id: True, not 1"),
        ({"nodeId": 1}, {}, ".node_id: 'absent', not 1"),
        ({}, {"node_id": 1}, ": has node_id, which Kafka has not"),
        ({"topics": [{"name": "a"}]}, {"topics": [{"name": b"a"}]}, ".topics[0].name: b'a', not 'a'"),
        ({"topics": [1, 2]}, {"topics": [1]}, ".topics: 1 elements, not 2"),
        ({"topics": []}, {"topics": None}, ".topics: None, not []"),
        ({"hmac": "AQ=="}, {"hmac": b"\x02"}, ".hmac: b'\\x02', not 'AQ=='"),
        ([2, 5, 6], {"topics": [{"index": 5}, {"index": 7}]}, "[2]: 7, not 6"),
        ([2, 5, "AQ=="], {"topics": [{"index": 5}, {"data": b"\x01"}]}, None),
        ({"value": "NaN"}, {"value": 0.0}, ".value: 0.0, not 'NaN'"),
        ({"recordsSizeInBytes": 2}, {"records": b"abc"}, ".records: 3, not 2"),
        ({"_unknownTags": {"7": "AQ=="}}, {"_unknown_tags": {7: b""}}, "._unknown_tags.7: b'', not 'AQ=='"),
        ({"_unknownTags": {"7": "AQ=="}}, {}, "._unknown_tags.7: 'absent', not 'AQ=='"),
        ({"kRaftVersion": "NaN", "isIsr": None}, {"kraft_version": float("nan"), "is_isr": None}, None),
        ({"recordsSizeInBytes": 2, "_unknownTags": {"7": ""}}, {"records": b"ab", "_unknown_tags": {7: b""}}, None),
    ],
)
def test_a_difference_is_found_and_located(kafkas: Any, ours: Any, where: str | None) -> None:
    """The comparison itself can fail, and says where."""
    vector = Vector("4.4.0", None, "Example", 0, "data", "mixed", "", kafkas)
    assert difference(vector, kafkas, ours) == where

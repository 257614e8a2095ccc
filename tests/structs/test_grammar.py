"""The notation: APIs, messages, schemas; how they read, and what type checkers say of them."""

from __future__ import annotations

import inspect
import textwrap
from pathlib import Path

import pytest
from support.grammars import check

from structs import grammar
from structs.grammar import Api, Array, Boolean, Data, Int8, Int32, String, Struct, TopicId, TopicName
from structs.versions import NONE, Versions

ROOT = Path(__file__).parents[2]

METADATA = Api("Metadata", key=3, versions="0-13", flexible="9+")

MetadataRequestTopic = Struct(
    "topic_id" / TopicId("10+"),
    "name" / TopicName(nullable="10+"),
)

MetadataRequest = METADATA.request(
    "topics" / Array(MetadataRequestTopic, nullable="1+"),
    "allow_auto_topic_creation" / Boolean("4+", default=True),
    "include_cluster_authorized_operations" / Boolean("8-10"),
    "include_topic_authorized_operations" / Boolean("8+"),
)


def test_the_example_that_explains_it_is_this_one() -> None:
    """What the documentation says is what is tested here."""
    example = inspect.cleandoc(grammar.__doc__ or "").split("\n\n", 1)[1]
    source = Path(__file__).read_text(encoding="utf-8")
    declarations = textwrap.dedent(example[: example.index("    MetadataRequest.at")])
    for block in declarations.strip().split("\n\n"):
        assert block.strip() in source


def test_the_example_builds_and_parses_as_it_says() -> None:
    value = {"topics": [{"name": "orders"}], "allow_auto_topic_creation": True}
    assert MetadataRequest.at(4).build({"topics": [{"name": "orders"}]}) == MetadataRequest.at(4).build(value)
    check(MetadataRequest.at(4), value, b"\x00\x00\x00\x01\x00\x06orders\x01")


def test_one_declaration_reads_every_version() -> None:
    topic = {"name": "a"}
    check(MetadataRequest.at(0), {"topics": []}, b"\x00\x00\x00\x00")
    check(MetadataRequest.at(1), {"topics": None}, b"\xff\xff\xff\xff")
    booleans = {
        "allow_auto_topic_creation": True,
        "include_cluster_authorized_operations": False,
        "include_topic_authorized_operations": True,
    }
    check(MetadataRequest.at(9), {"topics": [topic]} | booleans, b"\x02\x02a\x00\x01\x00\x01\x00")
    del booleans["include_cluster_authorized_operations"]
    topic = {"topic_id": "A" * 22, "name": None}
    check(MetadataRequest.at(11), {"topics": [topic]} | booleans, b"\x02" + bytes(16) + b"\x00\x00\x01\x01\x00")


def test_a_message_knows_its_api_and_its_side() -> None:
    response = METADATA.response("throttle_time_ms" / Int32("3+"))
    assert (MetadataRequest.name, MetadataRequest.side, MetadataRequest.key) == ("MetadataRequest", "request", 3)
    assert (response.name, response.side, response.api) == ("MetadataResponse", "response", METADATA)
    assert (response.versions, response.flexible) == (Versions(0, 13), Versions(9, None))
    assert [field.name for field in response.fields] == ["throttle_time_ms"]
    assert repr(METADATA) == "<Metadata (3) 0-13>"
    assert repr(response) == "<MetadataResponse 0-13>"


def test_a_schema_stands_by_itself() -> None:
    schema = Data("Thing", "x" / Int8, "y" / String("1+"), versions="0-1", key=7)
    assert (schema.key, schema.flexible) == (7, NONE)
    check(schema.at(0), {"x": 1}, b"\x01")
    check(schema.at(1), {"x": 1, "y": "a"}, b"\x01\x00\x01a")


@pytest.mark.parametrize("version", [-1, 14, 32767])
def test_a_version_that_is_not_there_is_a_lookup_error(version: int) -> None:
    with pytest.raises(LookupError, match=f"MetadataRequest has no version {version}, only 0-13"):
        MetadataRequest.at(version)


def test_a_version_is_made_once() -> None:
    assert MetadataRequest.at(9) is MetadataRequest.at(9)


def test_the_vocabulary_is_all_that_declarations_need() -> None:
    """Every public type is listed, so that `from structs.grammar import ...` is one line and type-checks."""
    ready = {name for name, value in vars(grammar).items() if isinstance(value, grammar.Type)}
    assert ready <= set(grammar.__all__)
    assert sorted(set(grammar.__all__)) == sorted(grammar.__all__)
    assert all(hasattr(grammar, name) for name in grammar.__all__)


SNIPPET = """
from structs import wire
from structs.grammar import Api, Array, Field, Int32, Message, Secret, Bytes, String, Struct

bare: Field = "x" / String
called: Field = "x" / String("1+")
Inner = Struct("a" / Int32, "b" / Array(Int32, "2+", nullable=True, default=None))
TaggedInner: Struct = Inner("12+", tag=1)
API = Api("Thing", key=0, versions="0-1", flexible="none")
ThingRequest: Message = API.request(bare, called, "c" / Inner(nullable=True), "d" / Secret(Bytes)("0+"))
layout: wire.Struct = ThingRequest.at(0)
decoded: wire.Decoded = wire.decode(layout, b"")
"""
WRONG = ['"x" / String', "String(1)", "Int32(nullabel=True)", "Struct(Int32)", "Array('a')", "3 / Int32"]


def test_the_notation_type_checks_strictly_and_mistakes_do_not(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api", reason="mypy is not installed")
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(SNIPPET, encoding="utf-8")
    lines = [f"wrong_{index}: int = {line}" if not index else line for index, line in enumerate(WRONG)]
    wrong.write_text(
        "\n".join(["from structs.grammar import Array, Int32, String, Struct", *lines, ""]), encoding="utf-8"
    )
    options = ["--strict", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={tmp_path / 'cache'}"]
    found, errors, _ = api.run([*options, str(right), str(wrong)])
    assert errors == ""
    reported = [line for line in found.splitlines() if ": error: " in line]
    assert {line.split(":")[1] for line in reported} == {str(number) for number in range(2, 2 + len(WRONG))}, found
    assert all("wrong.py:" in line for line in reported)

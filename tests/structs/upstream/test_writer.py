"""What a declaration must look like."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from structs.upstream.definitions import define
from structs.upstream.writer import api_module, index, schema_module, spell, variants_index
from structs.versions import Versions

if TYPE_CHECKING:
    from conftest import Define

    from structs.upstream.definitions import Definition


def field(name: str, kind: str = "int32", versions: str = "0+", **facts: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "versions": versions} | facts


def response(*fields: dict[str, Any], **top: Any) -> Definition:
    document = {
        "apiKey": 7,
        "type": "response",
        "name": "ThingResponse",
        "validVersions": "0-3",
        "fields": list(fields),
    }
    return define(document | top, "clients")


def declared(module: str) -> dict[str, str]:
    """Return what each name of a module is bound to."""
    body = ast.parse(module).body
    return {ast.unparse(node.targets[0]): ast.unparse(node.value) for node in body if isinstance(node, ast.Assign)}


@pytest.mark.parametrize(
    ("window", "enclosing", "spelled"),
    [
        ((0, 3), (0, 3), ""),
        ((2, 3), (0, 3), "2+"),
        ((1, 2), (0, 3), "1-2"),
        ((0, 0), (0, 3), "0"),
        ((3, 3), (0, 3), "3+"),
    ],
)
def test_a_window_is_spelled_only_where_it_narrows(
    window: tuple[int, int], enclosing: tuple[int, int], spelled: str
) -> None:
    assert spell(Versions(*window), Versions(*enclosing)) == spelled


@pytest.mark.parametrize(
    ("definition", "written"),
    [
        (field("A"), "'a' / Int32"),
        (field("IsKRaftController", "bool"), "'is_kraft_controller' / Boolean"),
        (field("A", versions="1-2"), "'a' / Int32('1-2')"),
        (field("A", "string", nullableVersions="0+"), "'a' / String(nullable=True)"),
        (field("A", "string", versions="1+", nullableVersions="0+"), "'a' / String('1+', nullable=True)"),
        (field("A", "string", versions="1+", nullableVersions="2+"), "'a' / String('1+', nullable='2+')"),
        (field("A", "string", nullableVersions="1+", default="null"), "'a' / String(nullable='1+', default=None)"),
        (field("A", "string", default=""), "'a' / String"),
        (field("A", "string", default='"'), "'a' / String(default='\"')"),
        (field("A", default="0"), "'a' / Int32"),
        (field("A", default="-1"), "'a' / Int32(default=-1)"),
        (field("A", "bool", default="true"), "'a' / Boolean(default=True)"),
        (field("A", taggedVersions="0+", tag=0), "'a' / Int32(tag=0)"),
        (field("A", "[]string", versions="2+", nullableVersions="2+"), "'a' / Array(String, '2+', nullable=True)"),
        (field("ErrorCode", "int16"), "'error_code' / ErrorCode"),
        (field("AuthBytes", "bytes", versions="1+"), "'auth_bytes' / Secret(Bytes)('1+')"),
    ],
)
def test_a_field_is_one_line_that_says_what_is_not_natural(
    request_definition: Define, definition: dict[str, Any], written: str
) -> None:
    module = api_module(request_definition(definition, flexibleVersions="0+"), response(flexibleVersions="0+"))
    assert declared(module)["ThingRequest"] == f"THING.request({written})"


def test_a_field_that_no_version_has_is_left_out(request_definition: Define) -> None:
    module = api_module(
        request_definition(field("Old", versions="0-1"), validVersions="2"), response(validVersions="2")
    )
    assert declared(module)["ThingRequest"] == "THING.request()"


def test_null_as_the_default_of_what_is_never_null_is_refused(request_definition: Define) -> None:
    with pytest.raises(ValueError, match="never null"):
        api_module(request_definition(field("A", "string", default="null")), response())


def test_the_header_line_names_key_versions_and_flexible_versions(request_definition: Define) -> None:
    module = api_module(request_definition(flexibleVersions="2+"), response(flexibleVersions="2+"))
    assert declared(module)["THING"] == "Api('Thing', key=7, versions='0-3', flexible='2+')"
    assert module.startswith('"""Thing (API key 7)."""\n')


def test_a_request_and_a_response_with_different_versions_are_refused(request_definition: Define) -> None:
    with pytest.raises(ValueError, match="differ in their versions"):
        api_module(request_definition(), response(validVersions="0-2"))


def test_structs_stand_flat_and_before_their_use(request_definition: Define) -> None:
    inner = field("Inner", "[]Inner", fields=[field("A")])
    module = api_module(request_definition(field("Outer", "Outer", fields=[inner])), response())
    assert list(declared(module)) == ["THING", "Inner", "Outer", "ThingRequest", "ThingResponse"]


def test_the_windows_in_a_struct_are_relative_to_its_use(request_definition: Define) -> None:
    rows = field("Rows", "[]Row", versions="2+", fields=[field("A", versions="2+"), field("B", versions="3+")])
    names = declared(api_module(request_definition(rows), response()))
    assert names["Row"] == "Struct('a' / Int32, 'b' / Int32('3+'))"
    assert names["ThingRequest"] == "THING.request('rows' / Array(Row, '2+'))"


def test_a_struct_with_several_uses_has_the_versions_of_all(request_definition: Define) -> None:
    row = [field("A", versions="0+"), field("B", versions="2+")]
    first = field("Old", "Row", versions="0-1", fields=row)
    names = declared(api_module(request_definition(first, field("New", "[]Row", versions="2+")), response()))
    assert names["Row"] == "Struct('a' / Int32, 'b' / Int32('2+'))"


def test_equal_structs_of_request_and_response_are_declared_once(request_definition: Define) -> None:
    rows = field("Rows", "[]Row", fields=[field("A")])
    assert list(declared(api_module(request_definition(rows), response(rows)))) == [
        "THING",
        "Row",
        "ThingRequest",
        "ThingResponse",
    ]


def test_different_structs_of_one_name_are_told_apart_by_their_side(request_definition: Define) -> None:
    module = api_module(
        request_definition(field("Rows", "[]Row", fields=[field("A")])),
        response(field("Rows", "[]Row", fields=[field("B")])),
    )
    names = declared(module)
    assert names["RequestRow"] == "Struct('a' / Int32)"
    assert names["ThingResponse"] == "THING.response('rows' / Array(ResponseRow))"


def test_structs_that_differ_only_inside_are_told_apart(request_definition: Define) -> None:
    def rows(name: str) -> dict[str, Any]:
        return field("Rows", "[]Row", fields=[field("Cells", "[]Cell", fields=[field(name)])])

    names = declared(api_module(request_definition(rows("A")), response(rows("B"))))
    assert {"RequestRow", "ResponseRow", "RequestCell", "ResponseCell"} <= set(names)


def test_a_struct_named_like_a_type_of_the_notation_is_renamed(request_definition: Define) -> None:
    module = api_module(request_definition(field("X", "TopicId", fields=[field("A")])), response())
    assert "RequestTopicId" in declared(module)


def test_the_module_imports_what_it_uses(request_definition: Define) -> None:
    rows = field("Rows", "[]Row", fields=[field("Name", "string", entityType="topicName")])
    module = api_module(request_definition(rows), response(field("Hmac", "bytes")))
    assert "from structs.grammar import Api, Array, Bytes, Secret, Struct, TopicName\n" in module


def test_a_schema_says_its_versions_and_its_record_type() -> None:
    document = {
        "apiKey": 3,
        "type": "metadata",
        "name": "ThingRecord",
        "validVersions": "0-1",
        "flexibleVersions": "1+",
    }
    module = schema_module("Things.", [define(document | {"fields": [field("A")]}, "metadata")])
    assert declared(module)["ThingRecord"] == ("Data('ThingRecord', 'a' / Int32, versions='0-1', flexible='1+', key=3)")


def test_the_index_is_ordered() -> None:
    text = index({3: "metadata", 0: "produce"}, {"Things": "data.things"})
    assert text.index('0: "produce",') < text.index('3: "metadata",') < text.index('"Things": "data.things",')


def test_the_variants_of_a_version_come_latest_first() -> None:
    thing = response(validVersions="0")
    text = variants_index({"kafka_2_7": [thing], "kafka_2_8": [thing]})
    assert '(7, 0, "response"): ("kafka_2_8", "kafka_2_7"),' in text

"""What the reader of Kafka's message definitions must understand, and what it must refuse."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from structs.upstream.definitions import UNSET, DefinitionError, Slot, define, load, read_folder, read_jar
from structs.versions import NONE, Versions

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Define

THING = '{"name": "ThingRecord", "type": "data", "validVersions": "0-2", "fields": []}'


def text_field(**facts: Any) -> dict[str, Any]:
    return {"name": "Text", "type": "string", "versions": "0+"} | facts


@pytest.mark.parametrize(
    "text",
    [
        "// a licence\n" + THING,
        "/* a\nlicence */" + THING,
        THING + "\n]}",
        THING[:-1] + '\n// "not": "this",\n, "listeners": ["a // no comment", "/* nor this */"]}',
    ],
    ids=["line comment", "block comment", "brackets to spare", "comments and what looks like them"],
)
def test_comments_and_trailing_junk_are_left_out(text: str) -> None:
    assert load(text)["name"] == "ThingRecord"


def test_a_string_that_looks_like_a_comment_is_kept() -> None:
    assert load('{"about": "see http://x /* y */ \\" // z"}')["about"] == 'see http://x /* y */ " // z'


@pytest.mark.parametrize("text", ["", "no json", "[1]", '{"open": '])
def test_what_is_no_definition_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError, match="not a message definition"):
        load(text)


def test_versions_and_flexible_versions_are_windows(request_definition: Define) -> None:
    definition = request_definition(validVersions="1-3", flexibleVersions="2+")
    assert (definition.versions, definition.flexible) == (Versions(1, 3), Versions(2, None))


def test_a_reserved_key_has_no_versions(request_definition: Define) -> None:
    definition = define({"apiKey": 4, "type": "request", "name": "GoneRequest", "validVersions": "none"}, "clients")
    assert (definition.versions, definition.fields) == (NONE, ())


def test_a_field_without_versions_has_those_in_which_it_is_tagged(request_definition: Define) -> None:
    definition = request_definition({"name": "Late", "type": "int64", "taggedVersions": "2+", "tag": 0})
    assert (definition.fields[0].versions, definition.fields[0].tag) == (Versions(2, None), 0)


def test_a_tag_may_be_written_as_a_string(request_definition: Define) -> None:
    definition = request_definition(text_field(taggedVersions="0+", tag="3"))
    assert definition.fields[0].tag == 3


def test_a_field_that_is_tagged_in_some_of_its_versions_only_is_refused(request_definition: Define) -> None:
    with pytest.raises(DefinitionError, match="plain in other versions"):
        request_definition(text_field(taggedVersions="2+", tag=0))


def test_flexible_versions_of_a_single_field_are_refused(request_definition: Define) -> None:
    with pytest.raises(DefinitionError, match="flexible versions of its own"):
        request_definition(text_field(flexibleVersions="none"))


def test_null_is_allowed_only_in_versions_that_have_the_field(request_definition: Define) -> None:
    definition = request_definition(text_field(versions="1-2", nullableVersions="0+"))
    assert definition.fields[0].nullable == Versions(1, 2)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("int32", "-1", -1),
        ("int32", -1, -1),
        ("int32", "0x7fffffff", 2147483647),
        ("int64", "9223372036854775807", 9223372036854775807),
        ("bool", "true", True),
        ("bool", "false", False),
        ("bool", True, True),
        ("float64", "0.5", 0.5),
        ("string", "", ""),
        ("string", "null", None),
        ("string", None, UNSET),  # Kafka's generator takes a bare null for none given
        ("[]int32", "null", None),
    ],
)
def test_defaults_are_read_in_both_spellings(
    request_definition: Define, kind: str, written: object, value: object
) -> None:
    field = request_definition({"name": "X", "type": kind, "versions": "0+", "default": written}).fields[0]
    assert (field.default, type(field.default)) == (value, type(value))


def test_a_default_that_is_not_given_is_unset(request_definition: Define) -> None:
    assert request_definition(text_field()).fields[0].default is UNSET


@pytest.mark.parametrize(("kind", "default"), [("[]int32", "1"), ("bytes", "abc"), ("uuid", "AAAA")])
def test_a_default_that_has_no_meaning_is_refused(request_definition: Define, kind: str, default: str) -> None:
    with pytest.raises(DefinitionError, match="default"):
        request_definition({"name": "X", "type": kind, "versions": "0+", "default": default})


def test_structs_are_found_inline_and_in_common(request_definition: Define) -> None:
    definition = request_definition(
        {"name": "A", "type": "Inline", "versions": "0+", "fields": [text_field()]},
        {"name": "B", "type": "[]Shared", "versions": "0+"},
        {"name": "C", "type": "[]Inline", "versions": "0+"},
        commonStructs=[{"name": "Shared", "versions": "0+", "fields": [text_field()]}],
    )
    text = (Slot("string", array=False, nullable=False, tag=None),)
    assert definition.slots(0) == (
        Slot(text, array=False, nullable=False, tag=None),
        Slot(text, array=True, nullable=False, tag=None),
        Slot(text, array=True, nullable=False, tag=None),
    )


def test_a_type_that_nothing_defines_is_refused(request_definition: Define) -> None:
    with pytest.raises(DefinitionError, match="Nowhere"):
        request_definition({"name": "A", "type": "Nowhere", "versions": "0+"})


def test_slots_are_those_of_the_version(request_definition: Define) -> None:
    definition = request_definition(
        text_field(versions="0-1"), text_field(name="New", versions="2+", nullableVersions="3+")
    )
    assert definition.slots(1) == (Slot("string", array=False, nullable=False, tag=None),)
    assert definition.slots(3) == (Slot("string", array=False, nullable=True, tag=None),)


def test_a_folder_is_read_whole_but_for_headers(tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "ThingRecord.json").write_text(THING)
    (tmp_path / "RequestHeader.json").write_text('{"name": "RequestHeader", "type": "header"}')
    found = read_folder(tmp_path)
    assert [(identity, definition.module) for identity, definition in found.items()] == [
        (("data", "ThingRecord"), "storage")
    ]


def test_a_name_that_is_defined_twice_is_refused(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ThingRecord.json").write_text(THING)
    with pytest.raises(DefinitionError, match="twice"):
        read_folder(tmp_path)


@pytest.mark.parametrize("path", ["common/message/", "common/metadata/", "message/"])
def test_a_jar_carries_definitions_as_resources(tmp_path: Path, path: str) -> None:
    jar = tmp_path / "kafka-things.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr(f"{path}ThingRecord.json", THING)
        archive.writestr("other/Config.json", "no definition")
    assert list(read_jar(jar, "things")) == [("data", "ThingRecord")]

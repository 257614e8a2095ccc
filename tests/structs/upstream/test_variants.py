"""When an early layout is a variant: exactly when the merged declaration does not read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from structs.upstream.definitions import DefinitionError
from structs.upstream.variants import find

if TYPE_CHECKING:
    from conftest import Define

    from structs.upstream.definitions import Definition


def field(name: str, kind: str = "int32", versions: str = "0+", **facts: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "versions": versions} | facts


def variants(newest: Definition, *early: Definition) -> list[tuple[str, str]]:
    releases = [(f"2.{minor}", {definition.identity: definition}) for minor, definition in enumerate(early)]
    found = find({newest.identity: newest}, releases)
    return [(line, str(definition.versions)) for line, definitions in found.items() for definition in definitions]


def test_another_layout_is_a_variant_in_the_versions_that_have_it(request_definition: Define) -> None:
    newest = request_definition(field("A"), field("B", versions="1+"))
    assert variants(newest, request_definition(field("A"), field("B", "string", "1+"), validVersions="0-2")) == [
        ("2.0", "1-2")
    ]


@pytest.mark.parametrize(
    "early",
    [
        [field("OldName"), field("Records", "records", nullableVersions="0+")],
        [field("A"), field("Records", "records")],
        [field("A"), field("Records", "bytes", nullableVersions="0+")],
        [field("A"), field("Records", "records"), field("Late", taggedVersions="1+", versions="1+", tag=0)],
    ],
    ids=["another name", "never null", "bytes instead of records", "fewer tags"],
)
def test_what_the_newest_reads_is_no_variant(request_definition: Define, early: list[dict[str, Any]]) -> None:
    tag = field("Late", taggedVersions="1+", versions="1+", tag=0)
    other_tag = field("Later", taggedVersions="1+", versions="1+", tag=1)
    newest = request_definition(
        field("A"), field("Records", "records", nullableVersions="0+"), tag, other_tag, flexibleVersions="1+"
    )
    assert variants(newest, request_definition(*early, flexibleVersions="1+")) == []


@pytest.mark.parametrize(
    "early",
    [
        [field("A", "string", nullableVersions="0+")],
        [field("A", "string"), field("B")],
        [field("A", "[]string")],
        [field("A", "string"), field("Dropped", taggedVersions="0+", tag=9)],
        [field("A", "Struct", fields=[field("A", "string")])],
    ],
    ids=["null", "one field more", "an array", "a tag that is gone", "a struct"],
)
def test_what_the_newest_does_not_read_is_one(request_definition: Define, early: list[dict[str, Any]]) -> None:
    newest = request_definition(field("A", "string"), flexibleVersions="0+", validVersions="0")
    assert variants(newest, request_definition(*early, flexibleVersions="0+", validVersions="0")) == [("2.0", "0")]


def test_another_flexible_version_is_a_variant(request_definition: Define) -> None:
    newest = request_definition(field("A"), flexibleVersions="1+")
    assert variants(newest, request_definition(field("A"), flexibleVersions="2+")) == [("2.0", "1")]


def test_a_layout_that_several_releases_had_is_kept_once(request_definition: Define) -> None:
    early = request_definition(field("A", "string"))
    assert variants(request_definition(field("A")), early, early) == [("2.0", "0-3")]


def test_a_message_that_is_gone_is_a_variant(request_definition: Define) -> None:
    found = find({}, [("2.8", {("data", "Gone"): request_definition(field("A"))})])
    assert list(found) == ["2.8"]


def test_a_variant_has_the_newest_name(request_definition: Define) -> None:
    newest, early = request_definition(field("A"), name="NewRequest"), request_definition(name="OldRequest")
    found = find({newest.identity: newest}, [("2.0", {early.identity: early})])
    assert [definition.name for definition in found["2.0"]] == ["NewRequest"]


def test_versions_with_a_gap_are_refused(request_definition: Define) -> None:
    newest = request_definition(field("A"), field("B", versions="1-1"))
    with pytest.raises(DefinitionError, match="gap"):
        variants(
            newest,
            request_definition(
                field("A", "string", "0"),
                field("A", "int32", "1"),
                field("A", "string", "2+"),
                field("B", versions="1-1"),
            ),
        )

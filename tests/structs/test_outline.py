"""Shapes follow from the declarations, and changes lead from one layout to the next."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from structs import outline, registry
from structs.fields import UNSET
from structs.grammar import Array, Bytes, Data, Int16, Int32, Records, String, Struct, TopicName
from structs.messages import DATA, MODULES

if TYPE_CHECKING:
    from structs.outline import Change, Shape

INNER = Struct("name" / TopicName(nullable="2+"), "count" / Int32(default=-1))
THING = Data(
    "Thing",
    "old" / Int16("0-1"),
    "items" / Array(INNER, nullable="1+"),
    "text" / String(default="x"),
    "hint" / String("2+", nullable=True, default=None, tag=3),
    "inner" / INNER("2+", nullable=True, default=None),
    versions="0-2",
    flexible="2+",
)


def paths(schema: Data, version: int) -> dict[str, Shape]:
    """Return the fields of a version by their paths, each by itself."""
    flat = outline.flatten(outline.shapes(schema.at(version)))
    return {path: shape._replace(fields=(), is_compact=False) for path, shape in flat}


def test_shapes_say_what_the_declaration_says() -> None:
    items, text, inner, hint = outline.shapes(THING.at(2))
    assert (items.kind, items.is_array, items.is_nullable, [field.name for field in items.fields]) == (
        "STRUCT",
        True,
        True,
        ["name", "count"],
    )
    assert items.fields[0].meaning.name == "topic_name"
    assert [field.default for field in items.fields] == [UNSET, -1]
    assert (text.default, text.spelling) == ("x", "COMPACT_STRING")
    assert (inner.is_nullable, inner.default, len(inner.fields)) == (True, None, 2)
    assert (hint.tag, hint.default, hint.spelling) == (3, None, "COMPACT_NULLABLE_STRING")


@pytest.mark.parametrize(
    ("kind", "plain", "flexible"),
    [
        (String, "STRING", "COMPACT_STRING"),
        (String(nullable=True), "NULLABLE_STRING", "COMPACT_NULLABLE_STRING"),
        (Bytes(nullable=True), "NULLABLE_BYTES", "COMPACT_NULLABLE_BYTES"),
        (Records(nullable=True), "RECORDS", "COMPACT_RECORDS"),
        (Array(String, nullable=True), "STRING", "COMPACT_STRING"),
        (Int16, "INT16", "INT16"),
    ],
)
def test_types_are_spelled_as_the_protocol_guide_does(kind: object, plain: str, flexible: str) -> None:
    """Null and compact lengths are a part of the name for strings and bytes, and for nothing else."""
    schema = Data("Thing", "field" / kind, versions="0-1", flexible="1+")
    assert [outline.shapes(schema.at(version))[0].spelling for version in (0, 1)] == [plain, flexible]


def test_null_is_the_natural_default_of_records_only() -> None:
    schema = Data(
        "Thing", "a" / Records(nullable=True), "b" / Bytes(nullable=True), "c" / Bytes(nullable=True, default=None),
        versions="0",
    )  # fmt: skip
    assert [shape.default for shape in outline.shapes(schema.at(0))] == [UNSET, UNSET, None]


def test_changes_name_each_field_that_is_different() -> None:
    """A struct that comes brings a change for each of its fields."""
    found = outline.changes(THING.at(1), THING.at(2))
    assert [(change.kind, change.path) for change in found] == [
        ("flexible", ""),
        ("removed", "old"),
        ("changed", "items.name"),
        ("added", "inner"),
        ("added", "inner.name"),
        ("added", "inner.count"),
        ("added", "hint"),
    ]
    assert (found[2].before.is_nullable, found[2].after.is_nullable) == (False, True)


def test_a_layout_differs_from_itself_in_nothing() -> None:
    assert outline.changes(THING.at(2), THING.at(2)) == []


def follow(fields: dict[str, Shape], changes: list[Change]) -> dict[str, Shape]:
    """Return the fields after the changes."""
    result = dict(fields)
    for change in changes:
        if change.kind == "removed":
            del result[change.path]
        elif change.after is not None:
            assert (change.path in result) is (change.kind == "changed")
            result[change.path] = change.after._replace(fields=(), is_compact=False)
    return result


@pytest.mark.parametrize("key", MODULES)
@pytest.mark.parametrize("side", ["request", "response"])
def test_the_changes_make_the_next_version_of_a_message(key: int, side: str) -> None:
    """Followed from version 0 on they give the fields of every version, and a version is flexible if they say so."""
    check(registry.message(key, side))


@pytest.mark.parametrize("name", DATA)
def test_the_changes_make_the_next_version_of_a_schema(name: str) -> None:
    check(registry.data(name))


def check(schema: Data) -> None:
    """Follow the changes through all versions."""
    versions = list(schema.versions.each())
    fields, flexible = paths(schema, versions[0]), versions[0] in schema.flexible
    for before, after in pairwise(versions):
        changes = outline.changes(schema.at(before), schema.at(after))
        fields = follow(fields, changes)
        flexible ^= any(change.kind == "flexible" for change in changes)
        following = paths(schema, after)
        assert fields == following
        assert [path for path in paths(schema, before) if path in following] == [
            path for path in following if path in paths(schema, before)
        ]
        assert flexible == (after in schema.flexible)

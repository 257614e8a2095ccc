"""What must hold when the definitions of several releases are laid over one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from structs.upstream.definitions import define
from structs.upstream.merge import MergeError, merge, merge_all, number_records
from structs.versions import NONE, Versions

if TYPE_CHECKING:
    from conftest import Define


def number(name: str, versions: str = "0+", kind: str = "int32", **facts: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "versions": versions} | facts


def test_versions_run_from_the_old_floor_to_the_new_ceiling(request_definition: Define) -> None:
    old = request_definition(number("A"), validVersions="0-3", flexibleVersions="2+")
    new = request_definition(number("A"), validVersions="2-5", flexibleVersions="2+")
    merged = merge(old, new)
    assert (str(merged.versions), str(merged.flexible)) == ("0-5", "2+")


def test_a_newer_definition_that_dropped_nothing_is_taken_as_it_is(request_definition: Define) -> None:
    old = request_definition(number("A"), number("Gone"), validVersions="0-1")
    new = request_definition(number("A"), validVersions="0-2")
    assert merge(old, new) is new


def test_a_field_that_only_the_old_definition_has_keeps_its_place_and_the_dropped_versions(
    request_definition: Define,
) -> None:
    old = request_definition(number("A"), number("Gone", "0-2", kind="string"), number("B"), validVersions="0-3")
    new = request_definition(number("A"), number("New", "4+"), number("B"), validVersions="3-4")
    merged = merge(old, new)
    assert [(field.name, str(field.versions)) for field in merged.fields] == [
        ("A", "0-4"),
        ("Gone", "0-2"),
        ("New", "4"),
        ("B", "0-4"),
    ]


def test_old_fields_at_the_front_stay_there(request_definition: Define) -> None:
    old = request_definition(number("Gone", "0", kind="string"), number("Lost", "0"), number("A"), validVersions="0-1")
    new = request_definition(number("A"), validVersions="1")
    assert [field.name for field in merge(old, new).fields] == ["Gone", "Lost", "A"]


def test_where_both_define_a_version_the_newer_is_right(request_definition: Define) -> None:
    old = request_definition(number("A"), number("Preview", "1+"), validVersions="0-1")
    new = request_definition(number("A"), number("Final", "1+", kind="string"), validVersions="1")
    merged = merge(old, new)
    assert merged.slots(0) == old.slots(0)
    assert merged.slots(1) == new.slots(1)
    assert [field.name for field in merged.fields] == ["A", "Final"]


def test_a_renamed_field_has_the_newer_name_in_all_versions(request_definition: Define) -> None:
    old = request_definition(number("ZkVersion", default="-1"), number("B", kind="string"), validVersions="0-2")
    new = request_definition(number("Epoch", default="-2"), number("B", kind="string"), validVersions="1-2")
    merged = merge(old, new)
    assert [(field.name, str(field.versions)) for field in merged.fields] == [("Epoch", "0-2"), ("B", "0-2")]
    assert merged.fields[0].default == -2


def test_a_renamed_struct_has_the_newer_name_and_the_old_fields(request_definition: Define) -> None:
    old = request_definition(
        number("Rows", kind="[]Old", fields=[number("A"), number("Gone", "0", kind="string")]), validVersions="0-1"
    )
    new = request_definition(number("Rows", kind="[]New", fields=[number("A")]), validVersions="1-2")
    merged = merge(old, new)
    assert set(merged.structs) == {"New"}
    assert [(field.name, str(field.versions)) for field in merged.structs["New"]] == [("A", "0-2"), ("Gone", "0")]


def test_nullability_is_joined(request_definition: Define) -> None:
    old = request_definition(number("A", kind="string", nullableVersions="1+"), validVersions="0-2")
    new = request_definition(number("A", kind="string", nullableVersions="0+"), validVersions="2-3")
    assert merge(old, new).fields[0].nullable == Versions(1, 3)


def test_an_api_that_is_gone_stays_as_it_was(request_definition: Define) -> None:
    old = request_definition(number("A"))
    gone = define({"apiKey": 7, "type": "request", "name": "ThingRequest", "validVersions": "none"}, "clients")
    merged = merge(old, gone)
    assert (merged.versions, merged.slots(0)) == (old.versions, old.slots(0))


def test_a_renamed_api_has_the_newer_name(request_definition: Define) -> None:
    old = request_definition(number("A"), name="ListOffsetRequest")
    new = request_definition(number("A"), name="ListOffsetsRequest")
    merged = merge_all([{old.identity: old}, {new.identity: new}])
    assert [definition.name for definition in merged.values()] == ["ListOffsetsRequest"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("0-5", "1-4"), ("0-1", "3-4")],
    ids=["the ceiling falls", "versions are missing between them"],
)
def test_windows_that_do_not_follow_one_another_are_refused(request_definition: Define, old: str, new: str) -> None:
    with pytest.raises(MergeError):
        merge(request_definition(validVersions=old), request_definition(validVersions=new))


def test_a_field_whose_type_changed_is_refused(request_definition: Define) -> None:
    with pytest.raises(MergeError, match="was int32, now is string"):
        merge(request_definition(number("A")), request_definition(number("A", kind="string"), validVersions="1-3"))


def test_fields_that_changed_places_are_refused(request_definition: Define) -> None:
    old = request_definition(number("A"), number("B", kind="string"))
    new = request_definition(number("B", kind="string"), number("A"), validVersions="1-3")
    with pytest.raises(MergeError, match="version 0"):
        merge(old, new)


def test_the_version_of_an_old_coordinator_key_becomes_its_record_type() -> None:
    def schema(name: str, versions: str) -> Any:
        document = {"type": "data", "name": name, "validVersions": versions, "fields": [number("Group", versions)]}
        return define(document, "group-coordinator")

    key, value = schema("ThingKey", "9"), schema("ThingValue", "0-1")
    numbered = number_records({key.identity: key, value.identity: value})
    new_key, new_value = numbered[key.identity], numbered[value.identity]
    assert (new_key.key, str(new_key.versions), str(new_key.fields[0].versions)) == (9, "0", "0")
    assert (new_value.key, new_value.versions) == (9, value.versions)


def test_a_schema_that_is_no_record_gets_no_number() -> None:
    schema = define({"type": "data", "name": "SortKey", "validVersions": "2", "fields": []}, "clients")
    assert number_records({schema.identity: schema})[schema.identity].key is None


def test_a_window_with_nothing_in_it_joins_to_the_other(request_definition: Define) -> None:
    old = request_definition(number("A"), validVersions="0-1")
    new = request_definition(number("A"), validVersions="1-2", flexibleVersions="none")
    assert merge(old, new).flexible == NONE

"""APIs and schemas are found by whatever they are called."""

from __future__ import annotations

import pytest

from structs import lookup, registry
from structs.messages import DATA


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Fetch", ["FetchRequest", "FetchResponse"]),
        ("fETCH", ["FetchRequest", "FetchResponse"]),
        ("1", ["FetchRequest", "FetchResponse"]),
        ("fetchresponse", ["FetchResponse"]),
        ("list_offsets", ["ListOffsetsRequest", "ListOffsetsResponse"]),
        ("offset-for-leader-epoch", ["OffsetForLeaderEpochRequest", "OffsetForLeaderEpochResponse"]),
        ("ListOffset", ["ListOffsetsRequest", "ListOffsetsResponse"]),
        ("ElectPreferredLeadersRequest", ["ElectLeadersRequest"]),
        ("consumerProtocolSubscription", ["ConsumerProtocolSubscription"]),
        ("RequestHeader", ["RequestHeader"]),
        ("95", []),
        ("-1", []),
        ("Request", []),
        ("", []),
        ("Prodce", []),
    ],
)
def test_a_name_finds_what_it_stands_for(name: str, found: list[str]) -> None:
    assert [schema.name for schema in lookup.find(name)] == found


def test_every_api_is_found_by_its_name_and_its_key() -> None:
    """Modules are called what APIs are: no name is hidden by another's former one, or by a schema's."""
    for api in registry.apis():
        messages = [registry.message(api.key, side) for side in ("request", "response")]
        assert lookup.find(api.name) == lookup.find(str(api.key)) == messages


def test_every_schema_is_found_by_its_name() -> None:
    assert all(lookup.find(name) == [registry.data(name)] for name in DATA)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Prodce", "Produce"),
        ("metdata", "Metadata"),
        ("APIVersion", "ApiVersions"),
        ("ListOfset", "ListOffsets"),
        ("ConsumerProtocolSubscriptions", "ConsumerProtocolSubscription"),
        ("raft", "AddRaftVoter"),
    ],
)
def test_a_typing_error_has_a_suggestion(name: str, nearest: str) -> None:
    assert lookup.similar(name)[0] == nearest


def test_nonsense_has_none() -> None:
    assert lookup.similar("xyzzy") == lookup.similar("") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["voter"], ["AddRaftVoter", "RemoveRaftVoter", "UpdateRaftVoter"]),
        (["ISR"], ["LeaderAndIsr", "AlterPartition"]),
        (["1", "api_versions"], ["Fetch", "ApiVersions"]),
        (["xyzzy"], []),
    ],
)
def test_parts_of_names_and_keys_find_apis(words: list[str], found: list[str]) -> None:
    """Former names count: AlterPartition was AlterIsr."""
    assert [api.name for api in lookup.apis_like(words)] == found

"""Which type a field gets by what it stands for."""

from __future__ import annotations

import pytest

from structs import grammar
from structs.upstream.definitions import Field
from structs.upstream.meanings import EMBEDDED, ENCODINGS, ENTITIES, NAMES, OWNED, term
from structs.versions import ALL


@pytest.mark.parametrize(
    ("name", "kind", "owner", "text"),
    [
        ("ErrorCode", "int16", "", "ErrorCode"),
        ("TopicConfigErrorCode", "int16", "", "ErrorCode"),
        ("errorCode", "int32", "", "Int32"),
        ("TopicId", "uuid", "", "TopicId"),
        ("ReplicaDirectoryId", "uuid", "", "Uuid"),
        ("TopicAuthorizedOperations", "int32", "", "AuthorizedOperations"),
        ("group", "string", "", "GroupId"),
        ("leader", "string", "", "String"),
        ("Name", "string", "TopicIdPartition", "TopicName"),
        ("Name", "string", "Listener", "String"),
        ("Records", "records", "", "Records"),
        ("Hmac", "bytes", "", "Secret(Bytes)"),
        ("Salt", "bytes", "ScramCredentialUpsertion", "Secret(Bytes)"),
        ("Assignment", "bytes", "SyncGroupResponse", 'Embedded("group assignment")'),
        ("Assignment", "bytes", "Elsewhere", "Bytes"),
        ("UnalignedRecords", "records", "FetchSnapshotResponse", 'Embedded("snapshot slice")'),
    ],
)
def test_a_meaning_comes_from_name_encoding_and_owner(name: str, kind: str, owner: str, text: str) -> None:
    assert term(Field(name, kind, ALL), "ThingRequest", owner).text == text


def test_kafkas_own_mark_comes_first() -> None:
    assert term(Field("Name", "string", ALL, entity="topicName"), "X").text == "TopicName"
    assert term(Field("GroupId", "string", ALL, entity="topicName"), "X").text == "TopicName"


def test_the_message_owns_a_field_as_much_as_the_struct_around_it() -> None:
    assert (
        term(Field("Metadata", "bytes", ALL), "JoinGroupRequest", "Protocol").text == 'Embedded("group subscription")'
    )


def test_a_term_names_what_must_be_imported() -> None:
    assert term(Field("Hmac", "bytes", ALL), "X").names == ("Secret", "Bytes")


def test_every_type_that_the_tables_name_is_in_the_notation() -> None:
    named = {*ENCODINGS.values(), *ENTITIES.values(), *NAMES.values(), *OWNED.values()}
    assert [name for name in named if not isinstance(getattr(grammar, name, None), grammar.Type)] == []
    assert all(EMBEDDED.values())

"""Where a schema is declared."""

from __future__ import annotations

import pytest

from structs.upstream.definitions import define
from structs.upstream.layout import place


@pytest.mark.parametrize(
    ("name", "part", "module"),
    [
        ("ConsumerProtocolSubscription", "clients", "consumer_protocol"),
        ("VotersRecord", "clients", "control_records"),
        ("ConsumerGroupMetadataKey", "group-coordinator", "consumer_groups"),
        ("OffsetCommitKey", "group-coordinator", "offsets"),
        ("TopicRecord", "metadata", "cluster_metadata"),
        ("RemoteLogSegmentMetadataRecord", "storage", "remote_log_metadata"),
        ("SomethingNew", "new-part", "new_part"),
    ],
)
def test_a_schema_has_one_place_and_a_new_one_goes_to_its_part_of_kafka(name: str, part: str, module: str) -> None:
    schema = define({"type": "data", "name": name, "validVersions": "0", "fields": []}, part)
    assert place(schema).module == module

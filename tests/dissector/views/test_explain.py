"""Grammars in the form of the protocol guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dissector.views.explain import ExplainView
from structs import lookup, outline, registry
from structs.messages import DATA, MODULES

if TYPE_CHECKING:
    from structs.grammar import Data

PRODUCE_9 = """\
Produce version 9 (API key 0): since Kafka 2.8

Request Header v2 => request_api_key request_api_version correlation_id client_id TAG_BUFFER
Produce Request (Version: 9) => transactional_id acks timeout_ms [topic_data] TAG_BUFFER
  transactional_id => COMPACT_NULLABLE_STRING  # default null
  acks => INT16                                # -1=all
  timeout_ms => INT32
  topic_data => name [partition_data] TAG_BUFFER
    name => COMPACT_STRING                     # topic name
    partition_data => index records TAG_BUFFER
      index => INT32
      records => COMPACT_RECORDS               # may be null
Changes from version 8 (Kafka 2.4):
  ~ flexible: compact lengths, tagged fields

Response Header v1 => correlation_id TAG_BUFFER
Produce Response (Version: 9) => [responses] throttle_time_ms TAG_BUFFER
  responses => name [partition_responses] TAG_BUFFER
    name => COMPACT_STRING                      # topic name
    partition_responses => index error_code base_offset log_append_time_ms log_start_offset [record_errors] \
error_message TAG_BUFFER
      index => INT32
      error_code => INT16                       # error code, 0 is NONE
      base_offset => INT64
      log_append_time_ms => INT64               # milliseconds since 1970; default -1
      log_start_offset => INT64                 # default -1
      record_errors => batch_index batch_index_error_message TAG_BUFFER
        batch_index => INT32
        batch_index_error_message => COMPACT_NULLABLE_STRING  # default null
      error_message => COMPACT_NULLABLE_STRING  # default null
  throttle_time_ms => INT32
Changes from version 8 (Kafka 2.4):
  ~ flexible: compact lengths, tagged fields
"""

METADATA_1 = """\
Metadata version 1 (API key 3): since Kafka 0.10.0

Request Header v1 => request_api_key request_api_version correlation_id client_id
Metadata Request (Version: 1) => [topics]
  topics => name    # may be null
    name => STRING  # topic name
Changes from version 0 (Kafka 0.8.0):
  ~ topics: may be null

Response Header v0 => correlation_id
Metadata Response (Version: 1) => [brokers] controller_id [topics]
  brokers => node_id host port rack
    node_id => INT32          # broker id
    host => STRING
    port => INT32
    rack => NULLABLE_STRING   # default null
  controller_id => INT32      # broker id; default -1
  topics => error_code name is_internal [partitions]
    error_code => INT16       # error code, 0 is NONE
    name => STRING            # topic name
    is_internal => BOOLEAN
    partitions => error_code partition_index leader_id [replica_nodes] [isr_nodes]
      error_code => INT16     # error code, 0 is NONE
      partition_index => INT32
      leader_id => INT32      # broker id
      replica_nodes => INT32  # broker id
      isr_nodes => INT32      # broker id
Changes from version 0 (Kafka 0.8.0):
  + brokers.rack => NULLABLE_STRING
  + controller_id => INT32
  + topics.is_internal => BOOLEAN
"""

API_VERSIONS_3_RESPONSE = """\
ApiVersions version 3 (API key 18): since Kafka 2.4

Response Header v0 => correlation_id
ApiVersions Response (Version: 3) => error_code [api_keys] throttle_time_ms TAG_BUFFER
  error_code => INT16                        # error code, 0 is NONE
  api_keys => api_key min_version max_version TAG_BUFFER
    api_key => INT16                         # API key
    min_version => INT16
    max_version => INT16
  throttle_time_ms => INT32
  supported_features<tag: 0> => name min_version max_version TAG_BUFFER
    name => COMPACT_STRING
    min_version => INT16
    max_version => INT16
  finalized_features_epoch<tag: 1> => INT64  # default -1
  finalized_features<tag: 2> => name max_version_level min_version_level TAG_BUFFER
    name => COMPACT_STRING
    max_version_level => INT16
    min_version_level => INT16
  zk_migration_ready<tag: 3> => BOOLEAN
Changes from version 2 (Kafka 2.0):
  ~ flexible: compact lengths, tagged fields
  + supported_features => [name min_version max_version] (tag 0)
  + finalized_features_epoch => INT64 (tag 1)
  + finalized_features => [name max_version_level min_version_level] (tag 2)
  + zk_migration_ready => BOOLEAN (tag 3)
"""

CONSUMER_PROTOCOL_SUBSCRIPTION_3 = """\
ConsumerProtocolSubscription version 3: What the members of a classic consumer group tell each other

ConsumerProtocolSubscription (Version: 3) => [topics] user_data [owned_partitions] generation_id rack_id
  topics => STRING             # topic name
  user_data => NULLABLE_BYTES  # holds a payload: subscription user data; default null
  owned_partitions => topic [partitions]
    topic => STRING            # topic name
    partitions => INT32
  generation_id => INT32       # default -1
  rack_id => NULLABLE_STRING   # default null
Changes from version 2:
  + rack_id => NULLABLE_STRING
"""

FETCH_REQUEST_HISTORY = """\
Fetch (API key 1), versions 0-18
  0  0.8.0-3.9   the first version
  1  0.9.0-3.9   same layout
  2  0.10.0-3.9  same layout
  3  0.10.1-3.9  request: +max_bytes
  4  0.11.0+     request: +isolation_level
  5  0.11.0+     request: +topics.partitions.log_start_offset
  6  1.0+        same layout
  7  1.1+        request: +session_id, +session_epoch, +forgotten_topics_data
  8  2.0+        same layout
  9  2.1+        request: +topics.partitions.current_leader_epoch
 10  2.1+        same layout
 11  2.3+        request: +rack_id
 12  2.7+        request: flexible, +topics.partitions.last_fetched_epoch, +cluster_id
 13  3.1+        request: -topics.topic, -forgotten_topics_data.topic, +topics.topic_id, \
+forgotten_topics_data.topic_id
 14  3.5+        same layout
 15  3.5+        request: -replica_id, +replica_state
 16  3.7+        same layout
 17  3.9+        request: +topics.partitions.replica_directory_id
 18  4.1+        request: +topics.partitions.high_watermark
"""


def explained(name: str, version: int, columns: int | None = None) -> str:
    """Return a version as text without colour."""
    return "".join(f"{line}\n" for line in ExplainView(columns=columns).lines(lookup.find(name), version))


def every_schema() -> list[list[Data]]:
    """Return the messages of each API, and each schema."""
    return [lookup.find(str(key)) for key in MODULES] + [lookup.find(name) for name in DATA]


@pytest.mark.parametrize(
    ("name", "version", "text"),
    [
        ("Produce", 9, PRODUCE_9),
        ("Metadata", 1, METADATA_1),
        ("ApiVersionsResponse", 3, API_VERSIONS_3_RESPONSE),
        ("ConsumerProtocolSubscription", 3, CONSUMER_PROTOCOL_SUBSCRIPTION_3),
    ],
)
def test_a_version_reads_as_in_the_protocol_guide(name: str, version: int, text: str) -> None:
    assert explained(name, version) == text


def test_the_history_has_a_line_for_each_version() -> None:
    lines = ExplainView().history(lookup.find("FetchRequest"))
    assert "".join(f"{line}\n" for line in lines) == FETCH_REQUEST_HISTORY


@pytest.mark.parametrize("columns", [None, 80, 20])
@pytest.mark.parametrize("schemas", every_schema(), ids=lambda schemas: schemas[0].name)
def test_everything_can_be_explained(schemas: list[Data], columns: int | None) -> None:
    """Each field of each version has a line, inner ones included; each line fits the terminal, or is one long word."""
    view = ExplainView(columns=columns)
    for version in schemas[0].versions.each():
        lines = list(view.lines(schemas, version))
        if columns is None:
            starts = [line.strip().partition(" =>")[0].partition("<tag")[0] for line in lines if " =>" in line]
            for schema in schemas:
                names = [shape.name for _, shape in outline.flatten(outline.shapes(schema.at(version)))]
                at = next(index for index, start in enumerate(starts) if start.endswith(f"(Version: {version})")) + 1
                assert starts[at : at + len(names)] == names
                del starts[: at + len(names)]
        else:
            assert all(len(line) <= columns or len(line.split()) <= 2 for line in lines)
    history = list(view.history(schemas))
    assert columns is not None or len(history) == 1 + len(list(schemas[0].versions.each()))


@pytest.mark.parametrize(
    ("name", "version", "line"),
    [
        ("LeaderAndIsr", 0, "LeaderAndIsr version 0 (API key 4): Kafka 0.8.0 to 3.9"),
        ("JoinGroup", 1, "JoinGroup version 1 (API key 11): since Kafka 0.10.1 (dropped by 4.0.0, back in 4.0.1)"),
        ("ListOffset", 1, "ListOffsets version 1 (API key 2, formerly Offsets, ListOffset): since Kafka 0.10.1"),
        ("ControlledShutdown", 0, "Request Header v0 => request_api_key request_api_version correlation_id"),
        ("Fetch", 10, "Same layout as version 9 (Kafka 2.1)."),
        ("Fetch", 4, "  isolation_level => INT8  # 0=read_uncommitted, 1=read_committed"),
        ("SaslAuthenticate", 0, "  auth_bytes => BYTES  # secret: withheld unless --show-secrets"),
        ("Metadata", 4, "  allow_auto_topic_creation => BOOLEAN  # default true"),
        ("Metadata", 11, "  - include_cluster_authorized_operations"),
        ("ShareFetch", 1, "  ~ responses.partitions.records: may not be null"),
        ("ConsumerGroupHeartbeat", 0, "Kafka 3.5 had another layout under this number, replaced later:"),
        ("ConsumerGroupHeartbeat", 0, "  + subscribed_topic_regex => COMPACT_NULLABLE_STRING"),
    ],
)
def test_what_the_form_does_not_say_is_said_beside_it(name: str, version: int, line: str) -> None:
    assert line in explained(name, version).splitlines()


def test_notes_stand_below_each_other_on_a_terminal() -> None:
    """What is longer than the line goes on below where the note began; a struct's line below its name."""
    lines = explained("FetchRequest", 12, columns=80).splitlines()
    at = lines.index("  replica_id => INT32                            # broker id; default -1")
    assert lines[at - 3 : at] == [
        "Fetch Request (Version: 12) => replica_id max_wait_ms min_bytes max_bytes",
        "    isolation_level session_id session_epoch [topics] [forgotten_topics_data]",
        "    rack_id TAG_BUFFER",
    ]
    assert lines[at + 4 : at + 6] == [
        "  isolation_level => INT8                        # 0=read_uncommitted,",
        "                                                   1=read_committed",
    ]


def test_colour_adds_nothing_but_escape_sequences() -> None:
    import re

    schemas = [registry.message(3, "request")]
    plain, colored = (list(ExplainView(color=color).lines(schemas, 9)) for color in (False, True))
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in colored] == plain
    assert colored != plain

"""Names must be those by which Kafka itself spells its fields in snake_case."""

from __future__ import annotations

import pytest

from structs.upstream.naming import constant_name, field_name, module_name


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("TopicId", "topic_id"),
        ("topicId", "topic_id"),
        ("isKRaftController", "is_kraft_controller"),
        ("KRaftVersion", "kraft_version"),
        ("Enable2Pc", "enable2_pc"),
        ("V0Host", "v0_host"),
        ("V3AndBelowTopics", "v3_and_below_topics"),
        ("ResultsByTopicV3AndBelow", "results_by_topic_v3_and_below"),
        ("leader", "leader"),
    ],
)
def test_a_field_is_spelled_as_kafka_spells_it(name: str, spelled: str) -> None:
    assert field_name(name) == spelled


def test_an_api_gives_its_module_and_its_constant_their_names() -> None:
    assert module_name("LeaderAndIsr") == "leader_and_isr"
    assert constant_name("LeaderAndIsr") == "LEADER_AND_ISR"
    assert module_name("group-coordinator") == "group_coordinator"

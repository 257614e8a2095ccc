"""Topic ids and the names they stand for (KIP-516)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structs.wire import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

# The topic of the KRaft quorum has a fixed id that no message announces (Kafka's Uuid.METADATA_TOPIC_ID).
CLUSTER_METADATA: Final = {"AAAAAAAAAAAAAAAAAAAAAQ": "__cluster_metadata"}

# (API key, first version with ids) -> the lists whose elements hold a name beside an id.
_ANNOUNCEMENTS: Final = {
    3: ("topics", "name", 10),  # Metadata
    19: ("topics", "name", 7),  # CreateTopics
    20: ("responses", "name", 6),  # DeleteTopics
    75: ("topics", "name", 0),  # DescribeTopicPartitions
}


class TopicNames:
    """Topic id -> name, learned from responses; `known` is replaced, never changed, so it can be kept as it is."""

    def __init__(self) -> None:
        self.known: Mapping[str, str] = CLUSTER_METADATA

    @staticmethod
    def is_announced_by(api_key: int | None, api_version: int | None) -> bool:
        """Say whether the response of this version teaches topic names."""
        announcement = _ANNOUNCEMENTS.get(api_key) if api_key is not None else None
        return announcement is not None and api_version is not None and api_version >= announcement[2]

    def learn(self, api_key: int, body: Mapping[str, Any]) -> None:
        """Take over the names that a response's body holds."""
        elements, name, _ = _ANNOUNCEMENTS[api_key]
        new = {
            element["topic_id"]: element[name]
            for element in body.get(elements) or ()
            if isinstance(element.get(name), str) and element.get("topic_id", ZERO_UUID) != ZERO_UUID
        }
        if new.items() - self.known.items():
            self.known = {**self.known, **new}

"""Topic ids and the names they stand for (KIP-516)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from structs.wire import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.messages import Message

# The topic of the KRaft quorum has a fixed id that no message announces (Kafka's Uuid.METADATA_TOPIC_ID).
CLUSTER_METADATA: Final = {"AAAAAAAAAAAAAAAAAAAAAQ": "__cluster_metadata"}


class _Announcement(NamedTuple):
    """The field whose elements hold a name beside an id, and the first version in which they do."""

    field: str
    since: int


_ANNOUNCEMENTS: Final = {
    3: _Announcement("topics", since=10),  # Metadata
    19: _Announcement("topics", since=7),  # CreateTopics
    20: _Announcement("responses", since=6),  # DeleteTopics
    75: _Announcement("topics", since=0),  # DescribeTopicPartitions
}


class TopicNames:
    """Topic id -> name, learned from responses; `known` is replaced, never changed, so it can be kept as it is."""

    def __init__(self) -> None:
        self.known: Mapping[str, str] = CLUSTER_METADATA

    def learn(self, response: Message) -> None:
        """Take over the names that a response announces; its body is decoded only if it announces any."""
        announcement = _ANNOUNCEMENTS.get(response.api_key) if response.api_key is not None else None
        if announcement is None or response.api_version is None or response.api_version < announcement.since:
            return
        new = {
            element["topic_id"]: element["name"]
            for element in (response.body or {}).get(announcement.field) or ()
            if isinstance(element.get("name"), str) and element.get("topic_id", ZERO_UUID) != ZERO_UUID
        }
        if new.items() - self.known.items():
            self.known = {**self.known, **new}

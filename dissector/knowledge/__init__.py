"""What the traffic teaches about the cluster, for messages that presuppose it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.knowledge import groups, topics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.exchanges import Exchange


class Knowledge:
    """What a capture taught so far: topic names, the protocols of groups, and when it began.

    `capture_start` are nanoseconds since the epoch. `topic_names` is replaced, never changed, so it can be kept.
    """

    def __init__(self) -> None:
        self.capture_start = 0
        self.topic_names: Mapping[str, str] = topics.CLUSTER_METADATA
        self._topics = topics.TopicNames()
        self._groups = groups.GroupProtocols()

    def teaches(self, api_key: int) -> bool:
        """Say whether exchanges of an API may teach anything."""
        return api_key in topics.TEACHERS or api_key in groups.TEACHERS

    def learn(self, exchange: Exchange) -> None:
        """Take over what an exchange of such an API says, and let it keep what is known with it."""
        request, response = exchange.request, exchange.response
        for message in (request, response):
            if message is not None and message.api_key in topics.TEACHERS:
                self._topics.learn(message)
        exchange.topic_names = self.topic_names = self._topics.known
        if request is not None and request.api_key in groups.TEACHERS:
            exchange.group = self._groups.learn(exchange)

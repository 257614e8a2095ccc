"""Classic groups: in which protocol their members talk (KIP-62 and before; KIP-559 made messages say it)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.exchanges import GroupProtocol

if TYPE_CHECKING:
    from dissector.exchanges import Exchange
    from dissector.messages import Message

JOIN_GROUP: Final = 11
SYNC_GROUP: Final = 14
DESCRIBE_GROUPS: Final = 15

#: Keys of the APIs that say something of classic groups.
TEACHERS: Final = frozenset({JOIN_GROUP, SYNC_GROUP, DESCRIBE_GROUPS})
MAX_GROUPS: Final = 100_000
MAX_NAME: Final = 1024  # characters of what is remembered: nothing longer is a name


class GroupProtocols:
    """Group -> protocol, learned from those who join and those who look; groups are told apart by their server, too.

    What is known is replaced, never changed, so it can be kept as it is. The oldest of more than `limit` groups go.
    """

    def __init__(self, limit: int = MAX_GROUPS) -> None:
        self._known: dict[Any, GroupProtocol] = {}
        self._limit = limit

    def learn(self, exchange: Exchange) -> GroupProtocol | None:
        """Take over what an exchange says of groups; return the protocol of the one group that it is about.

        None stands for exchanges that are not about one, and for groups of which nothing is known.
        """
        request, response = exchange.request, exchange.response
        if request is None:
            return None
        server = exchange.connection.server
        if request.api_key == DESCRIBE_GROUPS:
            for group in _described(response):
                self._note((server, group.get("group_id")), group.get("protocol_type"), group.get("protocol_data"))
        if request.api_key not in (JOIN_GROUP, SYNC_GROUP):
            return None
        key = server, request.peek("group_id")
        self._note(key, request.peek("protocol_type"), request.peek("protocol_name"))
        if response is not None and response.peek("error_code") == 0:
            self._note(key, response.peek("protocol_type"), response.peek("protocol_name"))
        return self._known.get(key)

    def _note(self, key: Any, kind: Any, name: Any) -> None:
        if any(isinstance(text, str) and len(text) > MAX_NAME for text in (key[1], kind, name)):
            return
        known = self._known.get(key, _NOTHING)
        kind = kind if kind and isinstance(kind, str) else known.type
        name = name if name and isinstance(name, str) else known.name if kind == known.type else None
        if (kind, name) != known:
            self._known.pop(key, None)
            self._known[key] = GroupProtocol(kind, name)
            if len(self._known) > self._limit:
                del self._known[next(iter(self._known))]


_NOTHING: Final = GroupProtocol(None, None)


def _described(response: Message | None) -> list[dict[str, Any]]:
    return (response.body or {}).get("groups") or [] if response is not None else []

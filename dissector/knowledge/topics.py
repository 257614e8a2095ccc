"""Topic ids and the names they stand for (KIP-516)."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structs import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.messages import Message

# The topic of the KRaft quorum has a fixed id that no message announces (Kafka's Uuid.METADATA_TOPIC_ID).
CLUSTER_METADATA: Final = {"AAAAAAAAAAAAAAAAAAAAAQ": "__cluster_metadata"}

MAX_TOPICS: Final = 250_000


class TopicNames:
    """Topic id -> name, learned from messages that have both (Metadata, CreateTopics, LeaderAndIsr, ...).

    `known` is replaced, never changed, so it can be kept as it is. The oldest of more than `limit` topics go.
    """

    def __init__(self, limit: int = MAX_TOPICS) -> None:
        self.known: Mapping[str, str] = CLUSTER_METADATA
        self._limit = limit

    def learn(self, message: Message) -> None:
        """Take over the names that a message announces; its body is decoded only if it may announce any."""
        if message.grammar is None or not _teaches(message.grammar, is_request=message.side == "request"):
            return
        body = message.body  # decides between the layouts, where the version has several
        new = {
            topic_id: name
            for topic_id, name in _pairs(message.grammar, body or {})
            if isinstance(name, str) and topic_id not in (None, wire.ZERO_UUID) and self.known.get(topic_id) != name
        }
        if new:
            known = {**self.known, **new}
            excess = len(known) - self._limit
            self.known = {**CLUSTER_METADATA, **dict(islice(known.items(), excess, None))} if excess > 0 else known


class _Places(NamedTuple):
    """Where a struct has names beside ids: the fields of its own that are a pair, and its fields with pairs inside."""

    pair: tuple[wire.Member, wire.Member] | None
    inside: list[tuple[str, wire.Struct]]


@cache
def _places(grammar: wire.Struct) -> _Places:
    members = {member.node.meaning.name: member for member in grammar.each_member() if member.node.meaning is not None}
    topic_id, name = members.get("topic_id"), members.get("topic_name")
    inside = [(member.name, _struct_in(member.node)) for member in grammar.each_member()]
    return _Places(
        None if topic_id is None or name is None else (topic_id, name),
        [(field, struct) for field, struct in inside if struct is not None and any(_places(struct))],
    )


def _struct_in(node: wire.Node) -> wire.Struct | None:
    """Return the struct that a field is, or has as its elements."""
    if isinstance(node, wire.Array):
        node = node.element
    if isinstance(node, wire.NullableStruct):
        node = node.inner
    return node if isinstance(node, wire.Struct) else None


@cache
def _teaches(grammar: wire.Struct, *, is_request: bool) -> bool:
    """Say whether a message may have a name beside an id; a request with a name that may be null has one of them."""
    pair, inside = _places(grammar)
    has_both = pair is not None and not (is_request and isinstance(pair[1].node, wire.String) and pair[1].node.nullable)
    return has_both or any(_teaches(struct, is_request=is_request) for _, struct in inside)


def _pairs(grammar: wire.Struct, values: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the ids in a body with the names beside them; either may be None."""
    pair, inside = _places(grammar)
    if pair is not None:
        yield values.get(pair[0].name), values.get(pair[1].name)
    for field, struct in inside:
        value = values.get(field)
        for element in value if isinstance(value, list) else () if value is None else (value,):
            yield from _pairs(struct, element)

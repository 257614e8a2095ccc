"""Topic ids and the names they stand for (KIP-516)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structs import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dissector.messages import Message

# The topic of the KRaft quorum has a fixed id that no message announces (Kafka's Uuid.METADATA_TOPIC_ID).
CLUSTER_METADATA: Final = {"AAAAAAAAAAAAAAAAAAAAAQ": "__cluster_metadata"}

#: Keys of the APIs whose messages may have a name beside an id: nothing else needs a look.
TEACHERS: Final = frozenset({3, 4, 6, 19, 20, 69, 75, 77, 90, 91, 92})
MAX_TOPICS: Final = 250_000
MAX_NAME: Final = 249  # characters: no topic has a longer name (Kafka's Topic.MAX_NAME_LENGTH)


_Learned = dict[str, list[tuple[int, str]]]  # the names of an id, each with its number among all names learned


class _Known(Mapping[str, str]):
    """The names that were known at one time: of those learned, number `first` to number `last`.

    What is learned later is added to the same dictionary, so that keeping this costs nothing.
    """

    __slots__ = ("_first", "_last", "_learned")

    def __init__(self, learned: _Learned, first: int, last: int) -> None:
        self._learned = learned
        self._first = first
        self._last = last

    def __getitem__(self, topic_id: str) -> str:
        if topic_id in CLUSTER_METADATA:
            return CLUSTER_METADATA[topic_id]
        for number, name in reversed(self._learned[topic_id]):
            if number <= self._last:
                if number < self._first:
                    break
                return name
        raise KeyError(topic_id)

    def __iter__(self) -> Iterator[str]:
        yield from CLUSTER_METADATA
        # What is learned meanwhile is not seen, and must not change what is gone through.
        yield from [topic_id for topic_id in self._learned if topic_id in self]

    def __len__(self) -> int:
        return sum(1 for _ in self)


def place_of(known: Mapping[str, str]) -> tuple[int, int]:
    """Return the numbers of the first and of the last name learned that are among those known at one time."""
    return (known._first, known._last) if isinstance(known, _Known) else (0, 0)


def learned_after(known: Mapping[str, str], number: int) -> list[tuple[int, str, str]]:
    """Return the names, among those known at one time, that were learned after one: number, topic id, name."""
    if not isinstance(known, _Known) or known._last <= number:
        return []
    first = max(known._first, number + 1)
    return [
        (at, topic_id, name)
        for topic_id, names in known._learned.items()
        if names[-1][0] >= first
        for at, name in names
        if first <= at <= known._last
    ]


class CopiedNames:
    """What others learned: it gives the names that were known at one time, as they did."""

    def __init__(self) -> None:
        self._learned: _Learned = {}

    def add(self, learned: Iterable[tuple[int, str, str]], oldest: int) -> None:
        """Take what `learned_after` gave; names before the oldest are not asked for any more."""
        for number, topic_id, name in learned:
            self._learned.setdefault(topic_id, []).append((number, name))
        if len(self._learned) > 2 * MAX_TOPICS:
            self._learned = {key: names for key, names in self._learned.items() if names[-1][0] >= oldest}

    def known(self, first: int, last: int) -> Mapping[str, str]:
        """Return the names at a place that `place_of` gave."""
        return _Known(self._learned, first, last) if last else CLUSTER_METADATA


class TopicNames:
    """Topic id -> name, learned from messages that have both (Metadata, CreateTopics, LeaderAndIsr, ...).

    `known` is replaced, never changed, so it can be kept as it is. The oldest of more than `limit` names go.
    """

    def __init__(self, limit: int = MAX_TOPICS) -> None:
        self._limit = limit
        self._learned: _Learned = {}
        self._count = 0
        self._oldest = 1  # number of the first name in the dictionary
        self.known: Mapping[str, str] = CLUSTER_METADATA

    def learn(self, message: Message) -> None:
        """Take over the names that a message announces; its body is decoded only if it may announce any."""
        if message.grammar is None or not _teaches(message.grammar, is_request=message.side == "request"):
            return
        body = message.body  # decides between the layouts, where the version has several
        before = self._count
        for topic_id, name in _pairs(message.grammar, body or {}):
            if isinstance(name, str) and isinstance(topic_id, str) and topic_id != wire.ZERO_UUID:
                self._note(topic_id, name)
        if self._count != before:
            if self._count - self._oldest >= 2 * self._limit:
                self._forget()
            self.known = _Known(self._learned, self._count - self._limit + 1, self._count)

    def _note(self, topic_id: str, name: str) -> None:
        names = self._learned.get(topic_id)
        is_known = names is not None and names[-1][1] == name and names[-1][0] > self._count - self._limit
        if not is_known and len(name) <= MAX_NAME:
            self._count += 1
            self._learned.setdefault(topic_id, []).append((self._count, name))

    def _forget(self) -> None:
        """Go on with a dictionary of the newest names; those who keep what was known have the other one."""
        self._oldest = self._count - self._limit + 1
        self._learned = {
            topic_id: names[-1:] for topic_id, names in self._learned.items() if names[-1][0] >= self._oldest
        }


class _Places(NamedTuple):
    """Where a struct has names beside ids: the fields of its own that are a pair, and its fields with pairs inside."""

    pair: tuple[wire.Member, wire.Member] | None
    inside: list[tuple[str, wire.Struct]]


@cache
def _places(grammar: wire.Struct) -> _Places:
    members = {member.node.meaning.name: member for member in grammar.each_member() if member.node.meaning is not None}
    topic_id, name = members.get("topic_id"), members.get("topic_name")
    inside = [(member.name, wire.struct_in(member.node)) for member in grammar.each_member()]
    return _Places(
        None if topic_id is None or name is None else (topic_id, name),
        [(field, struct) for field, struct in inside if struct is not None and any(_places(struct))],
    )


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
        for inner in wire.structs_in(values.get(field)):
            yield from _pairs(struct, inner)

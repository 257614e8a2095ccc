"""What there is in a capture, at a glance."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from math import ceil
from typing import TYPE_CHECKING, Final, TypeVar

from dissector import facts
from dissector.display import Shown
from dissector.exchanges import Outcome
from dissector.loaded.progress import shown
from dissector.loaded.walk import Walk
from structs import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dissector.loaded.index import Index
    from dissector.loaded.store import Store
    from dissector.reassembly import Connection
    from dissector.remade import Kind

T = TypeVar("T")

BUCKETS: Final = 60
_LONGEST: Final = (1 << 63) - 1  # nanoseconds that a column takes; a broken capture file has others


@dataclass(frozen=True, slots=True)
class ApiSummary:
    """The exchanges of one API.

    `name` is "API key 200" for one that is not known, "unknown" where the key is not. `versions` counts the exchanges
    by version. Latencies are in nanoseconds, over those answered; None without any. `per_bucket` has the exchanges
    over time, see `Summary`.
    """

    name: str
    exchanges: int
    versions: Mapping[int | None, int]
    unanswered: int
    median: int | None
    p99: int | None
    longest: int | None
    per_bucket: Sequence[int] = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Summary(Shown):
    """What there is among the exchanges of a capture; it shows itself in notebooks.

    `start` and `end` are when the first and the last message were complete, in nanoseconds since the epoch, None
    without any. `bytes` are those of messages. `clients` counts exchanges by client id (None: not known), `brokers` by
    "host:port", `outcomes` by outcome and reason. `apis` come with the most frequent first.

    Time is divided into `BUCKETS` of `bucket` nanoseconds, from `start` on: `requests` counts exchanges in each, by
    when they began, `unanswered` those of them that were not answered.

    `topics`, `groups` and `errors` count the exchanges that name each, among the `looked_into` that were looked at.
    """

    start: int | None
    end: int | None
    exchanges: int
    messages: int
    bytes: int
    connections: int
    clients: Mapping[str | None, int]
    brokers: Mapping[str, int]
    apis: Sequence[ApiSummary]
    outcomes: Mapping[tuple[Outcome, str | None], int]
    bucket: int
    requests: Sequence[int]
    unanswered: Sequence[int]
    looked_into: int
    topics: Mapping[str, int]
    groups: Mapping[str, int]
    errors: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<Summary: {self.exchanges} exchanges, {self.connections} connections, {self.duration / 1e9:.3f} s>"

    @property
    def duration(self) -> int:
        """Nanoseconds from the first message to the last."""
        return 0 if self.start is None or self.end is None else self.end - self.start


class _Api:
    """What is counted of an API."""

    def __init__(self, key: int | None) -> None:
        known = registry.api(key) if key is not None else None
        self.name = known.name if known is not None else "unknown" if key is None else f"API key {key}"
        self.versions: Counter[int | None] = Counter()
        self.unanswered = 0
        self.latencies = array("q")
        self.per_bucket = [0] * BUCKETS

    def take(self, latency: int) -> None:
        """Count a latency."""
        try:
            self.latencies.append(latency)
        except OverflowError:
            self.latencies.append(_LONGEST if latency > 0 else -_LONGEST)

    def summary(self) -> ApiSummary:
        latencies = sorted(self.latencies)
        return ApiSummary(
            self.name,
            sum(self.versions.values()),
            dict(sorted(self.versions.items(), key=lambda each: -1 if each[0] is None else each[0])),
            self.unanswered,
            _quantile(latencies, 0.5),
            _quantile(latencies, 0.99),
            latencies[-1] if latencies else None,
            self.per_bucket,
        )


def summarise(store: Store, numbers: Sequence[int], bodies: int | None) -> Summary:
    """Return the summary of exchanges with these numbers, of which at most `bodies` are looked into."""
    index = store.index
    column, kinds = index.messages, index.kinds
    first = array("I", map(index.exchanges["first_message"].__getitem__, numbers))
    kind_of = array("I", map(index.exchanges["kind"].__getitem__, numbers))
    counts = [(number, kinds[number], count) for number, count in Counter(kind_of).items()]
    last = array("I", (at + kinds[number].is_pair for at, number in zip(first, kind_of, strict=True)))
    begins, ends = (array("q", map(column["timestamp"].__getitem__, places)) for places in (first, last))
    start, end = min(begins, default=0), max(max(begins, default=0), max(ends, default=0))
    bucket = (end - start) // BUCKETS + 1
    apis: dict[int | None, _Api] = {}
    api_of: dict[int, tuple[_Api, bool, bool]] = {}
    for number, kind, count in counts:
        api = apis.get(kind.api_key) or apis.setdefault(kind.api_key, _Api(kind.api_key))
        api.versions[kind.api_version] += count
        api_of[number] = api, kind.is_pair, kind.outcome is Outcome.UNANSWERED
    requests, unanswered = [0] * BUCKETS, [0] * BUCKETS
    for number, begun, ended in zip(kind_of, begins, ends, strict=True):
        api, is_pair, is_unanswered = api_of[number]
        place = (begun - start) // bucket
        requests[place] += 1
        api.per_bucket[place] += 1
        if is_pair:
            api.take(ended - begun)
        elif is_unanswered:
            unanswered[place] += 1
            api.unanswered += 1
    sizes = column["size"]
    pairs = (at for before, at in zip(first, last, strict=True) if before != at)
    looked_into = numbers if bodies is None or len(numbers) <= bodies else _sample(index, numbers, bodies)
    topics, groups, errors = _in_bodies(store, looked_into)
    return Summary(
        start=start if numbers else None,
        end=end if numbers else None,
        exchanges=len(numbers),
        messages=sum(count * (1 + kind.is_pair) for _, kind, count in counts),
        bytes=sum(map(sizes.__getitem__, chain(first, pairs))),
        connections=len({kind.connection for _, kind, _ in counts}),
        clients=_counted((_client(kind), count) for _, kind, count in counts),
        brokers=_counted((_broker(kind.connection), count) for _, kind, count in counts),
        apis=sorted((api.summary() for api in apis.values()), key=lambda each: (-each.exchanges, each.name)),
        outcomes=_counted(((kind.outcome, kind.outcome_reason), count) for _, kind, count in counts),
        bucket=bucket,
        requests=requests,
        unanswered=unanswered,
        looked_into=len(looked_into),
        topics=topics,
        groups=groups,
        errors=errors,
    )


def _sample(index: Index, numbers: Sequence[int], size: int) -> Sequence[int]:
    """Return at most so many numbers: all of rare APIs, which tell most, of the others some in even distances."""
    by_api: dict[int | None, array[int]] = {}
    keys, kind_of = [kind.api_key for kind in index.kinds], index.exchanges["kind"]
    for number in numbers:
        by_api.setdefault(keys[kind_of[number]], array("I")).append(number)
    chosen: list[int] = []
    for place, several in enumerate(sorted(by_api.values(), key=len)):
        share = (size - len(chosen)) // (len(by_api) - place)
        if share:
            chosen += several[:: -(-len(several) // share)]
    return sorted(chosen)


def _quantile(values: list[int], part: float) -> int | None:
    """Return the smallest of sorted values that this part of them does not exceed."""
    return values[ceil(len(values) * part) - 1] if values else None


def _counted(pairs: Iterable[tuple[T, int]]) -> dict[T, int]:
    """Add up what comes several times; the most frequent comes first."""
    counted: Counter[T] = Counter()
    for value, count in pairs:
        counted[value] += count
    return dict(counted.most_common())


def _client(kind: Kind) -> str | None:
    return None if kind.client_id is None else facts.text(kind.client_id)


def _broker(connection: Connection) -> str:
    host, port = connection.server or connection.second
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _in_bodies(store: Store, numbers: Sequence[int]) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return the topics, groups and errors of exchanges, each with how many name it."""
    topics: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    walk = Walk(store.index, numbers)
    with shown(walk, is_long=walk.is_long(decodes=True)):
        for number in walk:
            exchange = store.passing(number)
            topics.update(facts.topics(exchange))
            groups.update(facts.groups(exchange))
            errors.update(facts.errors(exchange))
    return dict(topics.most_common()), dict(groups.most_common()), dict(errors.most_common())

"""What exchanges are told apart by in statistics: their API, client, broker, topic, ..."""

from __future__ import annotations

from enum import Enum
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.exchanges import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dissector.exchanges import Exchange

MAX_KEYS: Final = 100_000  # of one exchange: a message of some megabytes names many topics, and many groups


class StandIn(Enum):
    """What stands in a key in place of a name; no name from the wire is equal to it."""

    NONE = "-"
    OTHERS = "(others)"

    def __str__(self) -> str:
        return self.value


NONE: Final = StandIn.NONE  # the exchange has none
OTHERS: Final = StandIn.OTHERS  # one too many to be counted by its name

_SASL_TOKEN: Final = "(SASL token)"  # noqa: S105
_THROTTLED: Final = ((0, "0 ms"), (10, "1 - 10 ms"), (100, "11 - 100 ms"), (1000, "101 ms - 1 s"))

Key = tuple[object, ...]


class Dimension(NamedTuple):
    """Something that exchanges are told apart by.

    What headers tell, each exchange has one of, and `read` returns it; of other things it returns all that there are.
    """

    name: str
    meaning: str
    read: Callable[[Exchange], Any]
    is_header: bool = True


def api(exchange: Exchange) -> str | StandIn:
    """Return the API's name, or what stands in its place."""
    if exchange.outcome is Outcome.OPAQUE:
        return _SASL_TOKEN
    if exchange.api_key is None:
        return NONE
    return exchange.api_name or f"API key {exchange.api_key}"


def _version(exchange: Exchange) -> object:
    return NONE if exchange.api_version is None else f"v{exchange.api_version}"


def client(exchange: Exchange) -> str | bytes | StandIn:
    """Return the client id."""
    identifier = exchange.client_id
    return NONE if identifier is None else identifier


def _host(exchange: Exchange) -> object:
    client = exchange.connection.client
    return NONE if client is None else client.host


def _broker(exchange: Exchange) -> object:
    return exchange.connection.server or NONE


def _connection(exchange: Exchange) -> object:
    connection = exchange.connection
    return connection.id, connection.client, connection.server


def _outcome(exchange: Exchange) -> object:
    return exchange.outcome.value + (f" ({exchange.outcome_reason})" if exchange.outcome_reason else "")


def _fact(name: str) -> Callable[[Exchange], Any]:
    """Return what reads one of `dissector.facts`, which is imported for those who ask: it knows all payloads."""

    def read(exchange: Exchange) -> Any:
        from dissector import facts

        return getattr(facts, name)(exchange)

    return read


def _throttle(exchange: Exchange) -> tuple[str, ...]:
    from dissector import facts

    throttled = facts.throttle_ms(exchange)
    if throttled is None:
        return ()
    return (next((text for most, text in _THROTTLED if throttled <= most), "over 1 s"),)


DIMENSIONS: Final = {
    dimension.name: dimension
    for dimension in (
        Dimension("api", "the API", api),
        Dimension("version", "the version of the API", _version),
        Dimension("client", "the client id", client),
        Dimension("host", "the client's address", _host),
        Dimension("broker", "the server's address and port", _broker),
        Dimension("connection", "the TCP connection", _connection),
        Dimension("outcome", "what came of it", _outcome),
        Dimension("topic", "each topic that it names", _fact("topics"), is_header=False),
        Dimension("group", "each group that it names", _fact("groups"), is_header=False),
        Dimension("transaction", "each transactional id that it names", _fact("transactional_ids"), is_header=False),
        Dimension("error", "each error in its response", _fact("errors"), is_header=False),
        Dimension("throttle", "for how long the client was throttled", _throttle, is_header=False),
    )
}


def parse_table(text: str) -> tuple[str, ...]:
    """Return the dimensions of a table from their names: "api,client". Raises ValueError for what is none, in words."""
    names = tuple(word.strip().lower() for word in text.split(","))
    for each in names:
        if each not in DIMENSIONS:
            from difflib import get_close_matches

            near = get_close_matches(each, DIMENSIONS, n=1) or [name for name in DIMENSIONS if name in each][:1]
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(DIMENSIONS)}"
            raise ValueError(f"unknown {each or 'empty name'}, {hint}")
    return tuple(dict.fromkeys(names))


def single_key(names: tuple[str, ...]) -> Callable[[Exchange], Iterable[Key]]:
    """Return what gives an exchange's key in dimensions that headers tell."""
    reads = [DIMENSIONS[each].read for each in names]
    return lambda exchange: (tuple([read(exchange) for read in reads]),)


def each_key(names: tuple[str, ...]) -> Callable[[Exchange], Iterable[Key]]:
    """Return what gives all keys that an exchange has: what it has in one dimension with all that it has in others.

    Only topics and errors come in the pairs that the response has.
    """
    if {"topic", "error"} <= set(names):
        return _with_topic_errors(names)
    dimensions = [DIMENSIONS[each] for each in names]

    def keys(exchange: Exchange) -> list[Key]:
        parts: list[tuple[object, ...]] = []
        for dimension in dimensions:
            values = dimension.read(exchange)
            parts.append((values,) if dimension.is_header else tuple(dict.fromkeys(values)) or (NONE,))
        if prod(map(len, parts)) > MAX_KEYS:
            return [tuple(OTHERS for _ in parts)]
        return list(product(*parts))

    return keys


def _with_topic_errors(names: tuple[str, ...]) -> Callable[[Exchange], Iterable[Key]]:
    others = tuple(each for each in names if each not in ("topic", "error"))
    other_keys = each_key(others)
    order = [(*others, "topic", "error").index(each) for each in names]
    pairs_of = _fact("topic_errors")

    def keys(exchange: Exchange) -> list[Key]:
        pairs = [tuple(NONE if part is None else part for part in pair) for pair in pairs_of(exchange)]
        found = list(other_keys(exchange))
        if len(pairs) * len(found) > MAX_KEYS:
            return [tuple(OTHERS for _ in names)]
        return [tuple([(*key, *pair)[place] for place in order]) for key in found for pair in pairs]

    return keys

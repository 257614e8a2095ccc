"""Filters over messages of any API and version, whatever their bytes are.

Nothing that a message holds makes a filter raise, and of a filter and its negation just one picks an exchange.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from dissector import facts, filters
from dissector.exchanges import Exchange, Outcome
from dissector.filters.fields import FIELDS
from dissector.framing import Frame
from dissector.ledger import Ledger
from dissector.messages import Message, read_request, read_response
from fuzz.cursor import Cursor
from fuzz.layers import bodies
from structs import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_BODIES: Final = (
    "request.transactional_id == null",
    "request.topics.name !~ a",
    "request.resources.configs.value != x",
    "response.error_code > 0",
    "any response.topics.partitions.error_code != none",
    "has response.responses.partitions.records",
    "response.responses.partitions.current_leader.leader_id == 1",
    "all response.groups.members.assignment.topic_partitions.topic_name ~ o",
)


def seeds() -> Iterator[bytes]:
    """Yield what is given to the layer of bodies."""
    return bodies.seeds()


def check(data: bytes) -> None:
    """Filter an exchange of which one message is there."""
    cursor = Cursor(data)
    choices = bodies.grammars()
    key, version, side = choices[cursor.number(2) % len(choices)]
    header = {"request_api_key": key, "request_api_version": version, "correlation_id": 1, "client_id": "fuzz"}
    if (key, version) == (7, 0):
        del header["client_id"]  # ControlledShutdown 0 has the only header without one
    asked = registry.header(key, version, "request").build(header)
    ledger = Ledger()
    request: Message | None = read_request(_frame(asked + (cursor.rest() if side == "request" else b"")), ledger)
    response = None
    if side == "response":
        head = registry.header(key, version, "response").build({"correlation_id": 1})
        response, request = read_response(_frame(head + cursor.rest()), request, ledger), None
    exchange = Exchange(_Connection, request, response, Outcome.ANSWERED, None, {})  # type: ignore[arg-type]
    for picks, leaves in _pairs():
        assert picks(exchange) is not leaves(exchange), picks
    for fact in (facts.topics, facts.partitions, facts.groups, facts.transactional_ids, facts.errors):
        assert all(isinstance(value, str | tuple) for value in fact(exchange))


class _Connection:
    id = 0
    client = server = None


@cache
def _pairs() -> list[tuple[filters.Filter, filters.Filter]]:
    """Return filters and their negations."""
    texts = [*_OF_BODIES, *FIELDS, *(field.example for field in FIELDS.values())]
    return [(filters.parse(text), filters.parse(f"not ({text})")) for text in texts]


def _frame(data: bytes) -> Frame:
    return Frame(0, len(data), data, (), (), 1, 1, 1_000_000, 6)

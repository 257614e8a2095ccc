"""Exchanges as bytes, and as they were: a batch is all that a worker gets to know.

What is like in many is there once: a connection, a kind of exchange. Frames are columns of numbers, with their bytes
behind them. Of topic names, those are there that the worker does not have yet.
"""

from __future__ import annotations

import marshal
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, Any, Final

from dissector.exchanges import GroupProtocol, Outcome
from dissector.framing import Frame, Hole
from dissector.knowledge.topics import CopiedNames, learned_after, place_of
from dissector.layouts import Head, layout_of
from dissector.reassembly import Connection
from dissector.remade import Kind, OnceBooks, kind_of, remake
from dissector.segments import Endpoint
from dissector.streams import Held, Limits
from structs.buffers import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dissector.exchanges import Exchange
    from dissector.ledger import Books, Ledger
    from structs import records

_PLAIN: Final = 2  # the version of the format that looks for nothing that is there twice
_SIZE: Final = 8  # bytes of the size in front
_CONNECTIONS: Final = 4096
_make = tuple.__new__  # a named tuple's own constructor takes twice as long


class Packer:
    """Makes the batches of one worker."""

    def __init__(self) -> None:
        self._names_sent = 0

    def pack(self, exchanges: Sequence[Exchange]) -> list[bytes]:
        """Return a batch in pieces."""
        kinds: list[Kind] = []
        numbers: list[int] = []
        known: dict[Any, int] = {}
        frames: list[Frame] = []
        looked_at: dict[int, int] = {}
        named: list[tuple[int, Mapping[str, str]]] = []
        names: Mapping[str, str] | None = None
        for exchange in exchanges:
            request, response = exchange.request, exchange.response
            if exchange.topic_names is not names:
                names = exchange.topic_names
                named.append((len(numbers), names))
            key: Any
            if request is not None and response is not None and request.head.answer is response.head:
                key = request.head, exchange.group, exchange.mechanism
            else:
                key = kind_of(exchange)
            number = known.get(key)
            if number is None:
                number = known[key] = len(kinds)
                kinds.append(kind_of(exchange))
            numbers.append(number)
            for message in (request, response):
                if message is not None:
                    if (unread := message.unread) is not None:
                        looked_at[len(frames)] = unread
                    frames.append(message.frame)
        offsets, sizes, data, missing, rest, *others = zip(*frames, strict=True)
        head = (
            exchanges[0].capture_start,
            [_packed(kind) for kind in kinds],
            numbers,
            looked_at,
            [(position, *place_of(names)) for position, names in named],
            self._new_names([names for _, names in named]),
            offsets,
            sizes,
            [len(each) for each in data],
            [tuple(tuple(hole) for hole in holes) for holes in missing] if any(missing) else None,
            rest if any(rest) else None,
            *others,
        )
        packed = marshal.dumps(head, _PLAIN)
        return [len(packed).to_bytes(_SIZE, "big"), packed, *data]

    def _new_names(self, known: Sequence[Mapping[str, str]]) -> list[tuple[int, str, str]]:
        """Return the names that the worker does not have yet, of those known at any of these times."""
        found: dict[int, tuple[int, str, str]] = {}
        for names in known:
            for name in learned_after(names, self._names_sent):
                found[name[0]] = name
            self._names_sent = max(self._names_sent, place_of(names)[1])
        return sorted(found.values())


class Unpacker:
    """Makes the exchanges of batches again, one batch after the other; their bytes are booked in `ledger`."""

    def __init__(self, ledger: Ledger, limits: records.Limits) -> None:
        self._ledger = ledger
        self._limits = limits
        self._names = CopiedNames()
        self._connections: dict[Any, Connection] = {}

    def unpack(self, batch: bytes) -> Iterator[Exchange]:
        """Yield the exchanges of a batch."""
        start = _SIZE + int.from_bytes(batch[:_SIZE], "big")
        capture_start, packed, numbers, looked_at, named, learned, offsets, sizes, lengths, missing, rest, *others = (
            marshal.loads(batch[_SIZE:start])  # noqa: S302 (our own process made it)
        )
        if named[-1][2]:
            self._names.add(learned, named[0][1])
        kinds = [self._kind(kind) for kind in packed]
        data = [
            batch[at : at + length] for at, length in zip(accumulate(lengths, initial=start), lengths, strict=False)
        ]
        holes = repeat(()) if missing is None else (tuple(Hole(*hole) for hole in each) for each in missing)
        columns = zip(offsets, sizes, data, holes, repeat(()) if rest is None else rest, *others, strict=False)
        frames = [_make(Frame, fields) for fields in columns]
        all_books: list[Books] = [self._ledger] * len(frames)
        for number, unread in looked_at.items():
            all_books[number] = OnceBooks(self._ledger, [unread], 0, frames[number].captured)
        names: Mapping[str, str] = {}
        places = {position: place for position, *place in named}
        first = 0
        for position, number in enumerate(numbers):
            if position in places:
                names = self._names.known(*places[position])
            kind = kinds[number]
            stop = first + (2 if kind.is_pair else 1)
            yield remake(kind, frames[first:stop], all_books[first:stop], self._limits, names, capture_start)
            first = stop

    def _kind(self, packed: tuple[Any, ...]) -> Kind:
        connection, outcome, group, remark, places, *others = packed
        has_request, has_response, reason, mechanism, api_key, api_version, client_id, is_inferred = others
        head = None
        if places is not None:
            head = Head(layout_of(api_key, api_version, "request"), client_id, places[0], self._ledger, self._limits)
            answer = layout_of(api_key, api_version, "response")
            head.answer = Head(answer, None, places[1], self._ledger, self._limits)
        return Kind(
            self._connection(connection),
            has_request,
            has_response,
            Outcome(outcome),
            reason,
            None if group is None else GroupProtocol(*group),
            mechanism,
            api_key,
            api_version,
            client_id,
            is_inferred,
            None if remark is None else Problem(*remark),
            head,
        )

    def _connection(self, packed: tuple[Any, ...]) -> Connection:
        connection = self._connections.get(packed)
        if connection is None:
            number, first, second, first_packet, client, server, decrypted = packed
            connection = Connection(number, Endpoint(*first), Endpoint(*second), first_packet, Limits(), Held())
            connection.client = None if client is None else Endpoint(*client)
            connection.server = None if server is None else Endpoint(*server)
            connection.decrypted = decrypted
            if len(self._connections) >= _CONNECTIONS:
                self._connections.clear()
            self._connections[packed] = connection
        return connection


def _packed(kind: Kind) -> tuple[Any, ...]:
    """Return a kind as values of which none is more than its value."""
    connection, head = kind.connection, kind.head
    client, server = connection.client, connection.server
    return (
        (
            connection.id,
            tuple(connection.first),
            tuple(connection.second),
            connection.first_packet,
            None if client is None else tuple(client),
            None if server is None else tuple(server),
            connection.decrypted,
        ),
        kind.outcome.value,
        None if kind.group is None else tuple(kind.group),
        None if kind.remark is None else tuple(kind.remark),
        None if head is None or head.answer is None else (head.start, head.answer.start),
        kind.has_request,
        kind.has_response,
        kind.outcome_reason,
        kind.mechanism,
        kind.api_key,
        kind.api_version,
        kind.client_id,
        kind.is_inferred,
    )

"""What is kept in memory of a loaded capture: numbers in columns, no object for any message."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.framing import Frame, Hole
from dissector.loaded.columns import Columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dissector.exchanges import Exchange, GroupProtocol
    from dissector.loaded.spool import Spool
    from dissector.reassembly import Connection
    from structs.buffers import Buffer, Problem

NOBODY_LOOKED: Final = 0xFFFFFFFF  # among the bytes unread of messages: at the whole body

_FIRST_TIME: Final = -(1 << 63)  # that a column takes; a broken capture file has others
_LAST_TIME: Final = (1 << 63) - 1
_NANOSECONDS: Final = 1  # a form of a frame: its time has nine digits, not six
_PACKED: Final = 2  # another: there is more to it than its bytes
_HEAD: Final = 4  # bytes of each of the two numbers in front of a packed frame
_ROWS_AT_ONCE: Final = 1024
_BYTES_AT_ONCE: Final = 1 << 20


class Kind(NamedTuple):
    """What many exchanges have in common and is kept once: the connection, the client, the API, what came of them.

    `request` and `response` are the forms of their frames, None where there is none.
    """

    connection: int
    request: int | None
    response: int | None
    outcome: str
    outcome_reason: str | None
    group: GroupProtocol | None
    mechanism: str | None
    api_key: int | None
    api_version: int | None
    client_id: str | bytes | None
    is_token: bool
    is_inferred: bool
    remark: Problem | None

    @property
    def is_pair(self) -> bool:
        """Whether there are both request and response."""
        return self.request is not None and self.response is not None


class Index:
    """The exchanges of a capture: headers, times, sizes, connections, outcomes, and where their bytes are.

    `exchanges` has a row for each exchange, numbered as they settled; `messages` one for each message: an exchange's
    request, then its response, from its `first_message` on. `unread` says how many bytes of their record batches nobody
    looked at yet.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.exchanges = Columns(first_message="I", kind="I", names="I")
        self.messages = Columns(at="Q", size="I", offset="Q", first_packet="I", packet="I", timestamp="q")
        self.unread = array("I")
        self.kinds: list[Kind] = []
        self.connections: dict[int, Connection] = {}
        self.names: list[Mapping[str, str]] = [{}]  # what topic ids stand for, from one exchange to another
        self.capture_start = 0
        self._kinds: dict[tuple[object, ...], int] = {}
        self._looked_at: dict[int, int] = {}
        self._waiting: list[Buffer] = []
        self._bytes = 0
        self._count = 0
        self._message_count = 0

    def __len__(self) -> int:
        return self._count

    def add_all(self, exchanges: Iterable[Exchange]) -> None:
        """Take exchanges, and the bytes of their messages; those that came before an error stay.

        This is all that loading costs beside dissecting, hence one straight loop.
        """
        waiting, kinds = self._waiting, self._kinds
        add_exchange, add_message = self.exchanges.add, self.messages.add
        at, number = self._bytes, self._message_count
        full = at + _BYTES_AT_ONCE
        forms: list[int | None] = [None, None]
        try:
            for exchange in exchanges:
                first = number
                request, response = exchange.request, exchange.response
                for side, message in enumerate((request, response)):
                    if message is None:
                        forms[side] = None
                        continue
                    offset, size, data, missing, _, first_packet, packet, timestamp, digits = frame = message.frame
                    form = _NANOSECONDS if digits == 9 else 0
                    if missing or not _FIRST_TIME <= timestamp <= _LAST_TIME:
                        form |= _PACKED
                        data = _packed(frame)
                        timestamp = min(max(timestamp, _FIRST_TIME), _LAST_TIME)
                    forms[side] = form
                    add_message((at, size, offset, first_packet, packet, timestamp))
                    waiting.append(data)
                    at += len(data)
                    unread = message.unread
                    if unread is not None:
                        self._looked_at[number] = unread
                    number += 1
                head = request or response
                assert head is not None  # noqa: S101 (an exchange has at least one of them)
                is_orphan = request is None
                connection = exchange.connection
                kind = (
                    connection.id,
                    forms[0],
                    forms[1],
                    exchange.outcome._value_,  # .value takes ten times as long
                    exchange.outcome_reason,
                    exchange.group,
                    exchange.mechanism,
                    head.api_key,
                    head.api_version,
                    head.client_id,
                    head.header_grammar is None,  # it is a token
                    is_orphan and head.inferred,
                    head.remark if is_orphan else None,
                )
                kind_number = kinds.get(kind)
                if kind_number is None:
                    kind_number = self._new_kind(Kind(*kind), exchange)
                if exchange.topic_names is not self.names[-1]:
                    self.names.append(exchange.topic_names)  # they are replaced, never changed
                add_exchange((first, kind_number, len(self.names) - 1))
                self._count += 1
                if at >= full or not self._count % _ROWS_AT_ONCE:
                    self._flush()
                    full = at + _BYTES_AT_ONCE
        finally:
            self._bytes, self._message_count = at, number

    def finish(self) -> None:
        """Make everything that was added readable."""
        self._flush()
        self.unread = array("I", [NOBODY_LOOKED]) * self._message_count
        for number, size in self._looked_at.items():
            self.unread[number] = size
        self._looked_at.clear()

    def kind(self, number: int) -> Kind:
        """Return what an exchange has in common with others."""
        return self.kinds[self.exchanges["kind"][number]]

    def frame(self, number: int, form: int) -> Frame:
        """Return the frame of a message, its bytes read from where they are kept."""
        column = self.messages
        at, size, timestamp = column["at"][number], column["size"][number], column["timestamp"][number]
        missing: tuple[Hole, ...] = ()
        rest: tuple[tuple[int, bytes], ...] = ()
        if form & _PACKED:
            head, size = (int.from_bytes(self._spool.read(at + place, _HEAD), "big") for place in (0, _HEAD))
            timestamp, data, missing, rest = _unpacked(self._spool.read(at + 2 * _HEAD, size), head)
            size = column["size"][number]
        else:
            data = self._spool.read(at, size)
        digits = 9 if form & _NANOSECONDS else 6
        first_packet, packet = column["first_packet"][number], column["packet"][number]
        return Frame(column["offset"][number], size, data, missing, rest, first_packet, packet, timestamp, digits)

    def _new_kind(self, kind: Kind, exchange: Exchange) -> int:
        number = self._kinds[kind] = len(self.kinds)
        self.kinds.append(kind)
        self.connections[kind.connection] = exchange.connection
        self.capture_start = exchange.capture_start
        return number

    def _flush(self) -> None:
        self._spool.write(self._waiting)
        self._waiting.clear()
        self.exchanges.flush()
        self.messages.flush()


def _packed(frame: Frame) -> bytes:
    """Return the bytes of a frame behind what else there is to say of it, and the sizes of both."""
    places = [(position, len(piece)) for position, piece in frame.rest]
    head = json.dumps([frame.timestamp, len(frame.data), frame.missing, places]).encode()
    data = b"".join((head, frame.data, *(piece for _, piece in frame.rest)))
    return len(head).to_bytes(_HEAD, "big") + len(data).to_bytes(_HEAD, "big") + data


def _unpacked(data: bytes, head: int) -> tuple[int, bytes, tuple[Hole, ...], tuple[tuple[int, bytes], ...]]:
    """Return what `_packed` was given: time, bytes before the first hole, holes, and the bytes behind it."""
    timestamp, length, holes, places = json.loads(data[:head])
    at = head + length
    rest = []
    for position, size in places:
        rest.append((position, data[at : at + size]))
        at += size
    return timestamp, data[head : head + length], tuple(Hole(*hole) for hole in holes), tuple(rest)

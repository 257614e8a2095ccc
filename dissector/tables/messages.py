"""The table of messages: a row for each request and each response."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from dissector.tables.columns import Column, Kind, Table, in_range
from dissector.tables.exchanges import CONNECTION, HEADER
from dissector.views import jsonl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.exchanges import Exchange
    from dissector.messages import Message


class Row:
    """A message and its exchange; the body is made into JSON when a column needs it."""

    def __init__(self, number: int, exchange: Exchange, message: Message, show_secrets: bool) -> None:
        self.number = number
        self.exchange = exchange
        self.message = message
        self._show_secrets = show_secrets

    @cached_property
    def values(self) -> dict[str, Any]:
        """The message as in JSON Lines."""
        values = jsonl.message_object(self.message, self.exchange, show_secrets=self._show_secrets, fragments=True)
        assert values is not None  # noqa: S101 (there is a message)
        return values

    def error(self, name: str) -> Any:
        """Return what an error says, None if there is none."""
        error = self.message.error
        return None if error is None else getattr(error, name)


class _Rows:
    def __init__(self, show_secrets: bool) -> None:
        self._show_secrets = show_secrets

    def take(self, number: int, exchange: Exchange) -> Iterable[Row]:
        messages = (exchange.request, exchange.response)
        return [Row(number, exchange, message, self._show_secrets) for message in messages if message is not None]

    def rest(self) -> Iterable[Row]:
        return ()


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


TABLE = Table(
    "messages",
    "requests and responses, each for itself; those of an exchange have its number",
    [
        Column("exchange", Kind.LONG, "number of the exchange in the capture, from 0", lambda row: row.number),
        Column("side", Kind.NAME, "request or response", lambda row: row.message.side),
        *HEADER,
        Column(
            "packet",
            Kind.LONG,
            "number of the packet that completes the message",
            lambda row: row.message.packet_number,
        ),
        Column("timestamp", Kind.TIME, "when that packet was captured", lambda row: in_range(row.message.timestamp)),
        Column("size", Kind.WORD, "bytes of the message, without the length prefix", lambda row: row.message.size),
        Column("inferred", Kind.FLAG, "whether its grammar was guessed", lambda row: row.message.inferred),
        Column("error_kind", Kind.NAME, "why it could not be decoded whole", lambda row: row.error("kind")),
        Column("error_message", Kind.TEXT, "the same in words", lambda row: row.error("message")),
        Column("error_offset", Kind.LONG, "at which byte", lambda row: row.error("offset")),
        Column("error_field", Kind.TEXT, "in which field", lambda row: row.error("field")),
        Column(
            "warnings", Kind.JSON, "what else is wrong, as in JSON Lines", lambda row: _json(row.values["warnings"])
        ),
        Column("body", Kind.JSON, "the body as in JSON Lines", lambda row: _json(row.values["body"])),
        *CONNECTION,
    ],
    _Rows,
    weigh=lambda row: row.message.frame.captured,
)

"""An exchange as a tree of fields, each with its byte range.

Ranges are `start:stop` from the message's first byte (behind the length prefix), the stop not included: what
`message.frame.data[start:stop]` holds. Fields without a range are not on the wire: tagged fields at their default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dissector import payloads
from dissector.views import style, wording
from dissector.views.escape import printable
from dissector.views.regions import Region
from dissector.views.style import Piece, Pieces
from dissector.views.text import api, outcome
from dissector.views.timestamps import iso_timestamp
from dissector.views.tree_fields import Fields
from dissector.views.tree_scalars import REVEAL
from structs.buffers import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.views.regions import Buffer
    from dissector.views.tree_places import Problems
    from dissector.views.tree_records import Line

_COLUMNS: Final = 160  # where no terminal says how many there are
_INDENT: Final = 4  # of a title that takes more than a line
_MARGINS: Final = 12  # columns beside the byte range that are not for values


class TreeView:
    """Makes the lines of exchanges' trees; structs that fit into `columns` of the terminal stand on one line."""

    def __init__(
        self, *, color: bool = False, show_secrets: bool = False, columns: int | None = None, reveal: str = REVEAL
    ) -> None:
        self._color = color
        self._reveal = reveal
        self._show_secrets = show_secrets
        self._columns = columns or _COLUMNS

    def lines(self, exchange: Exchange) -> Iterator[str]:
        """Yield the lines of an exchange, the last of them empty."""
        pieces = title(exchange)
        if style.width(pieces) > self._columns:
            pieces = style.wrap(pieces, self._columns, _INDENT)
        yield from self._paint(pieces).split("\n")
        for message in (exchange.request, exchange.response):
            if message is not None:
                yield from self.message(message, exchange)
        yield ""

    def message(self, message: Message, exchange: Exchange) -> Iterator[str]:
        """Yield the lines of one message."""
        tree = MessageTree(
            message,
            exchange,
            columns=self._columns,
            show_secrets=self._show_secrets,
            is_located=False,
            reveal=self._reveal,
        )
        yield self._paint([Piece("  "), *tree.title()])
        is_plain, gutter, buffer = not self._color, tree.gutter, tree.buffers[0]
        for region, depth, pieces in tree.lines():
            place = "" if region is None or region[0] is not buffer else f"{region[1]}:{region[2]}"
            if is_plain:
                text = "".join([piece[0] for piece in pieces])
                yield f"    {place.rjust(gutter)}  {'  ' * depth}{text}".rstrip(" ")
            else:
                yield self._paint([Piece(f"    {place.rjust(gutter)}  ", "dim"), Piece("  " * depth), *pieces])

    def _paint(self, pieces: Pieces) -> str:
        return style.paint(pieces, color=self._color).rstrip(" ")


def title(exchange: Exchange) -> Pieces:
    """Return who asked whom for what, and what came of it."""
    connection, latency = exchange.connection, exchange.latency
    came = outcome(exchange) if latency is None else Piece(f"{exchange.outcome.value} after {latency / 1e6:.3f} ms")
    pieces = [
        Piece(api(exchange), "strong"),
        Piece(f"  correlation id {exchange.correlation_id}" if exchange.correlation_id is not None else ""),
        Piece(f"  {wording.endpoint(connection.client)} -> {wording.endpoint(connection.server)}"),
        Piece(f"  connection {connection.id}  "),
        came,
    ]
    if exchange.client_id is not None:
        pieces.insert(2, Piece(f"  {printable(exchange.client_id)}", "client"))
    return pieces


class MessageTree:
    """The lines of one message: its header, its body, and what is wrong with it; see `Fields` for the options.

    `gutter` is how many columns the largest byte range takes.
    """

    def __init__(
        self,
        message: Message,
        exchange: Exchange,
        *,
        columns: int = _COLUMNS,
        show_secrets: bool = False,
        elements: int | None = None,
        decompressed: bool = False,
        is_located: bool = True,
        reveal: str = REVEAL,
    ) -> None:
        self._message = message
        self._show_secrets = show_secrets
        self.gutter = 2 * len(str(len(message.frame.data))) + 1
        self._fields = Fields(
            message,
            exchange,
            columns - self.gutter - _MARGINS,
            show_secrets=show_secrets,
            elements=elements,
            decompressed=decompressed,
            is_located=is_located,
            reveal=reveal,
        )

    @property
    def buffers(self) -> list[Buffer]:
        """What the regions of the lines so far refer to."""
        return self._fields.buffers

    def title(self) -> Pieces:
        """Return which message this is, where and when it was captured."""
        message = self._message
        moment = iso_timestamp(message.timestamp, message.frame.digits)
        guess = ", layout guessed" if message.inferred else ""
        text = f", packet {message.packet_number}, {moment}, {wording.plural(message.size, 'byte')}{guess}"
        return [Piece(message.side, "strong"), Piece(text)]

    def lines(self) -> Iterator[Line]:
        """Yield a line for each field, and for what is wrong."""
        message, fields = self._message, self._fields
        if message.is_token:
            yield from fields.token(message.frame.data)
            return
        problems: Problems = {}
        for warning in message.warnings:
            problems.setdefault(warning.field, []).append((warning, "warning"))
        if message.error is not None:
            problems.setdefault(message.error.field, []).append((message.error, "error"))
        stop = 0  # up to where the message was read
        if message.header is not None and message.header_grammar is not None:
            stop = start = message.header.stop
            yield Region(self.buffers[0], 0, start), 0, [Piece("header", "strong")]
            with fields.within(fields.place(message.header_spans(), problems)):
                yield from fields.struct(message.header_grammar, message.header.value or {}, (), 1)
            if message.grammar is not None and message.body is not None:
                spans = message.spans()
                stop = max((span.stop for span in spans.values()), default=start)
                yield Region(self.buffers[0], start, stop), 0, [Piece("body", "strong")]
                with fields.within(fields.place(spans, problems, f"exchange.{message.side}.body")):
                    yield from fields.struct(message.grammar, message.body, (), 1)
        with fields.within(fields.place({}, problems)):
            yield from fields.rest(0)
        self._withhold_rest(stop)

    def _withhold_rest(self, stop: int) -> None:
        """Have the bytes withheld that were not read, and may hold secrets for all that is known."""
        message, buffer = self._message, self.buffers[0]
        if message.faultless_body is not None:
            return
        is_odd = message.error is not None or any(warning.kind == "trailing_bytes" for warning in message.warnings)
        may_hide = message.grammar is None or payloads.may_hide(message.grammar)
        if is_odd and may_hide and not self._show_secrets:
            buffer.withheld.append(Span(stop, len(buffer.data)))

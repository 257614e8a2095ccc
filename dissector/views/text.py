"""One line for each exchange, to be scanned by people.

The columns grow with what comes, so that nothing needs to be known beforehand. A line with the date, which begins with
"#", names the columns, at the start and wherever the date changes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dissector.exchanges import Outcome
from dissector.views import style, summary, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.exchanges import Exchange
    from dissector.messages import Message

_MICROSECONDS: Final = 6
_LEAST: Final = 40  # columns for facts behind the others; a narrower terminal has them on lines of their own
_INDENT: Final = 4
_CELLS: Final = ("dim", "dim", "", "", "dim", "", "strong", "client", "")  # their tones
_CONNECTION: Final = 6  # cells up to the server's, which stand on the first line where there is room for no more
_GAP: Final = Piece("  ")
_ARROW: Final = Piece("  => ", "dim")
_WIDEST: Final = 24  # what is longer does not widen its column

#: Of an exchange: date, time, the texts of its other cells, and its facts, each with its tone.
Row = tuple[str, str, tuple[str, str, str, str, str, str], list[tuple[str, str]]]


class TextView:
    """Makes lines of exchanges; it remembers the date and the widths of columns.

    `columns` is the width of the terminal: longer lines are broken, with the facts below one another. None: never.
    """

    def __init__(self, *, color: bool = False, columns: int | None = None) -> None:
        self._color = color
        self._columns = columns
        self._date = ""
        self._widths: dict[str, int] = {"packets": 9, "latency": 11, "client": 15, "server": 15, "api": 18, "id": 9}

    def lines(self, exchange: Exchange) -> Iterator[str]:
        """Yield the exchange's line, before it the date's where that is another one."""
        return self.place(row(exchange))

    def place(self, row: Row) -> Iterator[str]:
        """Yield the same of an exchange's row."""
        date, time, texts, facts = row
        cells = self._cells(time, *texts)
        if date != self._date:
            self._date = date
            yield self._paint(self._heading(date))
        if self._columns is None and not self._color:
            yield "".join([*cells, *[text for text, _ in facts]]).rstrip(" ")
        else:
            yield self._paint(self._fit(list(map(Piece, cells, _CELLS)), [Piece(text, tone) for text, tone in facts]))

    def _fit(self, cells: Pieces, facts: Pieces) -> Pieces:
        """Break a line that is wider than the terminal: below the facts, or before them, or before the API."""
        line = [*cells, *facts]
        if self._columns is None or style.width(line) <= self._columns:
            return line
        width = style.width(cells)
        if self._columns - width >= _LEAST:
            return style.wrap(line, self._columns, width)
        first = len(cells) if width <= self._columns else _CONNECTION
        rest: Pieces = [Piece(" " * _INDENT)]
        for text, tone, _ in cells[first:]:
            rest += [Piece(text.strip(), tone), Piece("  ")] if text.strip() else []
        return [*cells[:first], Piece("\n"), *style.wrap([*rest, *facts], self._columns, _INDENT)]

    def _paint(self, pieces: Pieces) -> str:
        return style.paint(pieces, color=self._color).rstrip(" ")

    def _heading(self, date: str) -> Pieces:
        cells = self._cells(f"# {date}".ljust(15), "packets", "latency", "client", "server", "API", "client id")
        return [Piece(f"{''.join(cells)}request => response (times in UTC)"[: self._columns], "dim")]

    def _cells(
        self, time: str, packets: str, latency: str, client: str, server: str, api: str, name: str
    ) -> tuple[str, ...]:
        """Return the texts of cells, as wide as their columns have become."""
        return (
            time,
            f"  {self._padding('packets', packets)}{packets}",
            f"  {self._padding('latency', latency)}{latency}",
            f"  {client}{self._padding('client', client)}",
            " ->",
            f" {server}{self._padding('server', server)}",
            f"  {api}{self._padding('api', api)}",
            f"  {name}{self._padding('id', name)}",
            "  ",
        )

    def _padding(self, name: str, text: str) -> str:
        taken, width = style.columns(text), self._widths[name]
        if taken > width:
            width = self._widths[name] = max(width, min(taken, _WIDEST))
        return " " * (width - taken)


def row(exchange: Exchange) -> Row:
    """Return what there is to say of an exchange, whatever stands above it."""
    first = exchange.request or exchange.response
    assert first is not None  # noqa: S101 (an exchange has at least one of them)
    date, _, time = iso_timestamp(first.frame.timestamp, _MICROSECONDS)[:-1].rpartition("T")
    latency, connection = exchange.latency, exchange.connection
    texts = (
        packets(exchange),
        "-" if latency is None else f"{latency / 1e6:.3f} ms",
        _endpoint(connection.client),
        _endpoint(connection.server),
        api(exchange),
        _client_id(first.head.client_id),
    )
    merged: list[tuple[str, str]] = []
    before: str | None = None
    for text, tone, _ in facts(exchange):
        if tone == before:
            merged[-1] = (merged[-1][0] + text, tone)
        else:
            merged.append((text, tone))
            before = tone
    return date, time, texts, merged


_endpoint: Final = lru_cache(maxsize=1024)(wording.endpoint)


@lru_cache(maxsize=1024)
def _client_id(identifier: str | bytes | None) -> str:
    return "-" if identifier is None else wording.elide(printable(identifier), _WIDEST)


def packets(exchange: Exchange) -> str:
    """Return the numbers of the packets that complete request and response."""
    request, response = exchange.request, exchange.response
    return f"{request.packet_number if request else ''}>{response.packet_number if response else ''}"


def api(exchange: Exchange) -> str:
    """Return the API with the version of an exchange."""
    if exchange.outcome is Outcome.OPAQUE:
        return "(SASL token)"
    first = exchange.request or exchange.response
    layout = None if first is None else first.head.layout
    if layout is None or layout.api_key is None:
        return "?"
    return f"{layout.api.name if layout.api is not None else f'API key {layout.api_key}'} v{layout.api_version}"


def facts(exchange: Exchange) -> Pieces:
    """Return what an exchange is about: the request's part, an arrow, and the response's or why there is none."""
    request, response = exchange.request, exchange.response
    asked = summary.facts(request, exchange) if request is not None else []
    pieces = _message(request, asked) if request is not None else [Piece("?", "dim")]
    pieces.append(_ARROW)
    if response is None or (response.api is None and not response.is_token):
        return [*pieces, outcome(exchange)]
    return pieces + _message(response, summary.facts(response, exchange, asked))


def _message(message: Message, facts: list[Pieces]) -> Pieces:
    pieces: Pieces = [*facts[0]]
    for fact in facts[1:]:
        pieces.append(_GAP)
        pieces += fact
    if message.faultless_body is not None:
        return pieces
    if message.error is not None:
        pieces.append(Piece(f"  !! {message.error.kind}: {printable(str(message.error))}", "error"))
    warnings = message.warnings
    if warnings:
        more = f" +{len(warnings) - 1} more" if len(warnings) > 1 else ""
        pieces.append(Piece(f"  ! {warnings[0].kind}: {printable(str(warnings[0]))}{more}", "warning"))
    return pieces


def outcome(exchange: Exchange) -> Piece:
    """Return what came of an exchange, and why, where there is no pair of messages."""
    reason = wording.reason(exchange.outcome_reason)
    if exchange.outcome is Outcome.NO_RESPONSE_EXPECTED:
        return Piece(f"no response expected: {reason}", "dim")
    text = exchange.outcome.value.replace("_", " ")
    if exchange.outcome is Outcome.ORPHAN_RESPONSE and exchange.response is not None:
        text = f"{text} to correlation id {exchange.correlation_id}, {wording.size(exchange.response.size)}"
    return Piece(f"{text}: {reason}" if reason else text, "warning")

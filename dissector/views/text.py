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
    from collections.abc import Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.layouts import Layout
    from dissector.messages import Message
    from dissector.segments import Endpoint
    from dissector.views.style import Words

_MICROSECONDS: Final = 6
_LEAST: Final = 40  # columns for facts behind the others; a narrower terminal has them on lines of their own
_MOST_LINES: Final = 2  # of facts behind the others; those that would take more have lines of their own as well
_INDENT: Final = 4
_CELLS: Final = ("dim", "", "", "dim", "", "strong", "client", "")  # their tones; time and packets are the first
_CONNECTION: Final = 5  # cells up to the server's, which stand on the first line where there is room for no more
_ENDS: Final = ("client", "server", "api", "id")
_REMEMBERED: Final = 1024  # ends
_NANOSECONDS: Final = 1_000_000_000
_ARROW: Final = Piece("  => ", "dim")
_DIM_ARROW: Final = (_ARROW.text, _ARROW.tone)
_WIDEST: Final = 24  # what is longer does not widen its column

#: Of an exchange: who asked whom for what (client, server, API, client id).
Ends = tuple[str, str, str, str]
#: Of an exchange: date, time, packets, latency, who asked whom, and its facts, each with its tone.
Row = tuple[str, str, str, str, Ends, list[tuple[str, str]]]


class TextView:
    """Makes lines of exchanges; it remembers the date and the widths of columns.

    `columns` is the width of the terminal: longer lines are broken, with the facts below one another. None: never.
    """

    def __init__(self, *, color: bool = False, columns: int | None = None) -> None:
        self._color = color
        self._columns = columns
        self._date = ""
        self._widths: dict[str, int] = {"packets": 9, "latency": 11, "client": 15, "server": 15, "api": 18, "id": 9}
        self._ends: dict[Ends, tuple[str, str]] = {}  # as they are written at these widths: plain, and painted

    def lines(self, exchange: Exchange) -> Iterator[str]:
        """Yield the exchange's line, before it the date's where that is another one."""
        return self.place(row(exchange))

    def place(self, row: Row) -> Iterator[str]:
        """Yield the same of an exchange's row."""
        date, time, packets, latency, ends, facts = row
        widths = self._widths
        if len(packets) > widths["packets"] or len(latency) > widths["latency"]:
            self._widen("packets", len(packets))
            self._widen("latency", len(latency))
        try:
            behind, painted = self._ends[ends]
        except KeyError:
            behind, painted = self._ends[ends] = self._written(ends)
        packets, latency = packets.rjust(widths["packets"]), latency.rjust(widths["latency"])
        if date != self._date:
            self._date = date
            yield self._heading(date)
        line = f"{time}  {packets}  {latency}{behind}"
        for text, _ in facts:
            line += text
        if self._columns is not None and style.columns(line) > self._columns:
            cells = [f"{time}  {packets}", f"  {latency}", *_cells(ends, self._widths)]
            yield self._paint(self._fit(list(map(Piece, cells, _CELLS)), [Piece(text, tone) for text, tone in facts]))
        elif self._color:
            told = "".join([style.tinted(text, tone) for text, tone in facts])
            yield f"{style.tinted(f'{time}  {packets}', 'dim')}  {latency}{painted}{told}".rstrip(" ")
        else:
            yield line.rstrip(" ")

    def _fit(self, cells: Pieces, facts: Pieces) -> Pieces:
        """Break a line that is wider than the terminal: below the facts, or before them, or before the API."""
        assert self._columns is not None  # noqa: S101 (nothing else is too narrow)
        width = style.width(cells)
        if self._columns - width >= _LEAST:
            wrapped = style.wrap([*cells, *facts], self._columns, width)
            if sum(text.count("\n") for text, _, _ in wrapped) < _MOST_LINES:
                return wrapped
        first = len(cells) if width <= self._columns else _CONNECTION
        rest: Pieces = [Piece(" " * _INDENT)]
        for text, tone, _ in cells[first:]:
            rest += [Piece(text.strip(), tone), Piece("  ")] if text.strip() else []
        return [*cells[:first], Piece("\n"), *style.wrap([*rest, *facts], self._columns, _INDENT)]

    def _paint(self, pieces: Pieces) -> str:
        return style.paint(pieces, color=self._color).rstrip(" ")

    def _heading(self, date: str) -> str:
        packets, latency = "packets".rjust(self._widths["packets"]), "latency".rjust(self._widths["latency"])
        cells = "".join(_cells(("client", "server", "API", "client id"), self._widths))
        text = f"{f'# {date}'.ljust(15)}  {packets}  {latency}{cells}request => response (times in UTC)"
        return self._paint([Piece(text[: self._columns], "dim")])

    def _written(self, ends: Ends) -> tuple[str, str]:
        """Return who asked whom, as wide as the columns have become, plain and painted."""
        for name, text in zip(_ENDS, ends, strict=True):
            self._widen(name, style.columns(text))
        if len(self._ends) >= _REMEMBERED:
            self._ends.clear()
        cells = _cells(ends, self._widths)
        return "".join(cells), style.paint(map(Piece, cells, _CELLS[2:]), color=self._color)

    def _widen(self, name: str, taken: int) -> None:
        """Make a column as wide as what is to stand in it."""
        width = min(taken, _WIDEST)
        if width > self._widths[name]:
            self._widths[name] = width
            self._ends.clear()


def _cells(ends: Ends, widths: Mapping[str, int]) -> list[str]:
    """Return the texts of the cells from the client to the client id, as wide as their columns."""
    client, server, api, name = (
        text + " " * (widths[column] - style.columns(text)) for column, text in zip(_ENDS, ends, strict=True)
    )
    return [f"  {client}", " ->", f" {server}", f"  {api}", f"  {name}", "  "]


def row(exchange: Exchange) -> Row:
    """Return what there is to say of an exchange, whatever stands above it."""
    request, response = exchange.request, exchange.response
    first = request or response
    assert first is not None  # noqa: S101 (an exchange has at least one of them)
    head, connection = first.head, exchange.connection
    seconds, fraction = divmod(first.frame.timestamp, _NANOSECONDS)
    date, time = _second(seconds)
    if request is not None and response is not None:
        latency = f"{(response.frame.timestamp - request.frame.timestamp) / 1e6:.3f} ms"
        numbers = f"{request.frame.packet_number}>{response.frame.packet_number}"
    else:
        latency, numbers = "-", packets(exchange)
    layout = None if exchange.outcome is Outcome.OPAQUE else head.layout
    ends = _ends(connection.client, connection.server, layout, head.client_id)
    return date, f"{time}{fraction // 1000:06d}", numbers, latency, ends, _runs(exchange)


@lru_cache(maxsize=1024)
def _ends(
    client: Endpoint | None, server: Endpoint | None, layout: Layout | None, identifier: str | bytes | None
) -> Ends:
    name = "-" if identifier is None else wording.elide(printable(identifier), _WIDEST)
    return wording.endpoint(client), wording.endpoint(server), _api(layout), name


@lru_cache(maxsize=64)
def _second(seconds: int) -> tuple[str, str]:
    """Return the date and the time of day of a second since the epoch, up to the point before its fraction."""
    date, _, time = iso_timestamp(seconds * _NANOSECONDS, _MICROSECONDS).removesuffix("000000Z").rpartition("T")
    return date, time


def packets(exchange: Exchange) -> str:
    """Return the numbers of the packets that complete request and response."""
    request, response = exchange.request, exchange.response
    return f"{request.packet_number if request else ''}>{response.packet_number if response else ''}"


def api(exchange: Exchange) -> str:
    """Return the API with the version of an exchange."""
    first = exchange.request or exchange.response
    return _api(None if exchange.outcome is Outcome.OPAQUE or first is None else first.head.layout)


def _api(layout: Layout | None) -> str:
    if layout is None:
        return "(SASL token)"
    if layout.api_key is None:
        return "?"
    return f"{layout.api.name if layout.api is not None else f'API key {layout.api_key}'} v{layout.api_version}"


def facts(exchange: Exchange) -> Pieces:
    """Return what an exchange is about: the request's part, an arrow, and the response's or why there is none."""
    asked, answered = _parts(exchange)
    return [*style.pieces_of(asked), _ARROW, *style.pieces_of(answered)]


def _runs(exchange: Exchange) -> list[tuple[str, str]]:
    """Return the same as texts with their tones, no two neighbours in one tone."""
    runs: list[tuple[str, str]] = []
    asked, answered = _parts(exchange)
    if type(asked) is str and type(answered) is str:
        return [(asked, ""), _DIM_ARROW, (answered, "")]
    run, before = "", ""
    for text, tone, _ in (*style.pieces_of(asked), _ARROW, *style.pieces_of(answered)):
        if tone == before:
            run += text
        elif text:
            if run:
                runs.append((run, before))
            run, before = text, tone
    runs.append((run, before))
    return runs


def _parts(exchange: Exchange) -> tuple[Words, Words]:
    """Return what the request and the response of an exchange are about, or why there is none."""
    request, response = exchange.request, exchange.response
    if request is None:
        told: list[Words] = []
        asked: Words = [Piece("?", "dim")]
    else:
        told = summary.told(request, exchange)
        asked = _message(request, told)
    if response is None or (response.head.layout.api is None and not response.is_token):
        return asked, [outcome(exchange)]
    return asked, _message(response, summary.told(response, exchange, told))


def _message(message: Message, facts: list[Words]) -> Words:
    words = facts[0] if len(facts) == 1 else style.joined(facts, "  ")
    if message.faultless_body is not None:
        return words
    problems: list[Words] = []
    if message.error is not None:
        problems.append([Piece(f"  !! {message.error.kind}: {printable(str(message.error))}", "error")])
    warnings = message.warnings
    if warnings:
        more = f" +{len(warnings) - 1} more" if len(warnings) > 1 else ""
        problems.append([Piece(f"  ! {warnings[0].kind}: {printable(str(warnings[0]))}{more}", "warning")])
    return style.joined((words, *problems), "") if problems else words


def outcome(exchange: Exchange) -> Piece:
    """Return what came of an exchange, and why, where there is no pair of messages."""
    reason = wording.reason(exchange.outcome_reason)
    if exchange.outcome is Outcome.NO_RESPONSE_EXPECTED:
        return Piece(f"no response expected: {reason}", "dim")
    text = exchange.outcome.value.replace("_", " ")
    if exchange.outcome is Outcome.ORPHAN_RESPONSE and exchange.response is not None:
        text = f"{text} to correlation id {exchange.correlation_id}, {wording.size(exchange.response.size)}"
    return Piece(f"{text}: {reason}" if reason else text, "warning")

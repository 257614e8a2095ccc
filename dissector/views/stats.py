"""Statistics as tables for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.dimensions import NONE, OTHERS
from dissector.segments import Endpoint
from dissector.statistics import LATE
from dissector.views import style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces
from dissector.views.timestamps import iso_timestamp
from dissector.views.wording import endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dissector.dimensions import Key
    from dissector.quantiles import Quantiles
    from dissector.statistics import Row, Slow, Statistics

QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

_MICROSECONDS: Final = 6
_NANOSECONDS: Final = 9
_WIDEST: Final = 48
_NARROW: Final = 24  # to which names are cut before numbers go
_NARROWEST: Final = 10  # and after
_WAITS: Final = " *"
_ALWAYS: Final = 3  # columns of the slowest


class Line(NamedTuple):
    """A row of a table as it is shown: `quantiles` (p50, p95, p99, max) are of waits if there is nothing else."""

    key: Key
    row: Row
    quantiles: tuple[int | None, ...]
    is_waiting: bool


SORTS: Final[dict[str, Callable[[Line], Any]]] = {
    "requests": lambda line: -line.row.requests,
    "name": lambda _: (),
    "sent": lambda line: -line.row.request_bytes,
    "received": lambda line: -line.row.response_bytes,
    "bytes": lambda line: -line.row.request_bytes - line.row.response_bytes,
    "p50": lambda line: _slowest_first(line, 0),
    "p95": lambda line: _slowest_first(line, 1),
    "p99": lambda line: _slowest_first(line, 2),
    "max": lambda line: _slowest_first(line, 3),
    "unanswered": lambda line: -line.row.unanswered,
    "late": lambda line: -line.row.late,
}


class _Column(NamedTuple):
    """A column of numbers: what stands above it, what is in it, and whether it is there without any."""

    heading: str
    cell: Callable[[Line], str]
    is_optional: bool = False
    tone: str = ""


_COLUMNS: Final = (
    _Column("requests", lambda line: str(line.row.requests)),
    _Column("sent", lambda line: wording.size(line.row.request_bytes)),
    _Column("received", lambda line: wording.size(line.row.response_bytes)),
    _Column("p50 ms", lambda line: milliseconds(line.quantiles[0])),
    _Column("p95 ms", lambda line: milliseconds(line.quantiles[1])),
    _Column("p99 ms", lambda line: milliseconds(line.quantiles[2])),
    _Column("max ms", lambda line: milliseconds(line.quantiles[3])),
    _Column("late", lambda line: str(line.row.late or ""), True, "warning"),
    _Column("unanswered", lambda line: str(line.row.unanswered or ""), True, "warning"),
    _Column("acks=0", lambda line: str(line.row.no_response_expected or ""), True),
    _Column("orphans", lambda line: str(line.row.orphan_responses or ""), True, "warning"),
)
_FIRST_TO_GO: Final = ("p95 ms", "acks=0", "sent", "p50 ms", "received")  # where a terminal is narrow


class StatsView:
    """Makes lines of statistics: what there is to know first, then the tables, `top` rows of each (None: all).

    `columns` is the width of the terminal: what does not fit is left out, or cut. None: everything is shown.
    """

    def __init__(
        self, *, sort: str = "requests", top: int | None = None, color: bool = False, columns: int | None = None
    ) -> None:
        self._sort = sort
        self._top = top
        self._color = color
        self._columns = columns

    def lines(self, statistics: Statistics) -> Iterator[str]:
        """Yield the lines of statistics as they are now."""
        for pieces in self._all(statistics):
            for line in style.paint(self._fit(pieces), color=self._color).split("\n"):
                yield line.rstrip(" ")

    def _all(self, statistics: Statistics) -> Iterator[Pieces]:
        total, tables = statistics.read()
        yield from _overview(statistics, total)
        for table, rows in tables.items():
            yield []
            yield from self._table(table, rows)
        if statistics.slowest:
            yield []
            yield from _slowest(statistics.slowest, self._columns)
        if len(total.waits):
            yield []
            yield [
                Piece(
                    f"{_WAITS.strip()} Brokers hold back answers to Fetch and ShareFetch until there are records, to"
                    " JoinGroup and SyncGroup until other members are there. These latencies are in no other row, nor"
                    " are those of requests that stood behind them on their connections.",
                    "dim",
                )
            ]
        if total.late:
            text = f"  late: answers to Fetch that came over {LATE // 1_000_000} ms after their max_wait_ms"
            yield [Piece(text, "dim")]

    def _fit(self, pieces: Pieces) -> Pieces:
        return pieces if self._columns is None else style.wrap(pieces, self._columns, 2)

    def _table(self, table: tuple[str, ...], rows: dict[Key, Row]) -> Iterator[Pieces]:
        lines = sorted_lines(rows, self._sort)
        shown = lines if self._top is None else lines[: self._top]
        names = [[label(part) for part in line.key] for line in shown]
        names = [[*name[:-1], name[-1] + _WAITS * line.is_waiting] for name, line in zip(names, shown, strict=True)]
        columns = [column for column in _COLUMNS if not column.is_optional or any(map(column.cell, shown))]
        cells = [[column.cell(line) for line in shown] for column in columns]
        widths = [max(map(len, (column.heading, *texts))) for column, texts in zip(columns, cells, strict=True)]
        taken = [
            min(max(style.columns(text) for text in (heading, *parts)), _WIDEST)
            for heading, parts in zip(table, zip(*names, strict=True) if names else ((),) * len(table), strict=True)
        ]
        kept = self._kept(columns, widths, taken)
        heading = "".join(f"{text:<{width}}  " for text, width in zip(table, taken, strict=True))
        heading += "  ".join(f"{columns[index].heading:>{widths[index]}}" for index in kept)
        yield [Piece(heading, "dim")]
        for number, name in enumerate(names):
            pieces: Pieces = []
            for text, width in zip(name, taken, strict=True):
                short = _cut(text, width)
                pieces.append(Piece(short + " " * (width - style.columns(short) + 2), "strong"))
            for index in kept:
                tone = "dim" if shown[number].is_waiting and columns[index].heading.endswith(" ms") else ""
                pieces.append(Piece(f"{cells[index][number]:>{widths[index]}}  ", tone or columns[index].tone))
            yield pieces
        if len(lines) > len(shown):
            yield [Piece(f"+{len(lines) - len(shown)} more: --top {len(lines)} shows them", "dim")]

    def _kept(self, columns: list[_Column], widths: list[int], taken: list[int]) -> list[int]:
        """Return the columns that there is room for: names are cut, numbers go, and names are cut further."""
        kept = list(range(len(columns)))
        if self._columns is None:
            return kept
        for narrow, heading in ((_NARROW, ""), *((_NARROW, gone) for gone in _FIRST_TO_GO), (_NARROWEST, "")):
            kept = [index for index in kept if columns[index].heading != heading]
            room = self._columns - sum(widths[index] + 2 for index in kept) - 2 * len(taken) + 2
            while sum(taken) > room and max(taken) > narrow:
                taken[taken.index(max(taken))] -= 1
            if sum(taken) <= room:
                break
        return kept


def sorted_lines(rows: dict[Key, Row], sort: str) -> list[Line]:
    """Return the rows of a table in an order of `SORTS`, with what is equal by name, and what was too much last."""
    lines = []
    for key, row in rows.items():
        is_waiting = not len(row.latencies) and len(row.waits) > 0
        values = row.waits if is_waiting else row.latencies
        greatest = values.greatest if len(values) else None
        lines.append(Line(key, row, (*values.at(*QUANTILES.values()), greatest), is_waiting))
    order = SORTS[sort]
    return sorted(lines, key=lambda line: (OTHERS in line.key, order(line), [label(part) for part in line.key]))


def to_json(statistics: Statistics, *, sort: str = "requests", top: int | None = None, indent: int | None = 2) -> str:
    """Return statistics as a JSON object, on one line where `indent` is None.

    `began` and `ended` (ISO 8601, UTC), `seconds` between them, `total`, `slowest`, and `tables`: a list of objects
    with `by`, the names of the dimensions, and `rows`. A row has its key under these names (null: there is none), the
    counters of `dissector.statistics.Row`, and `latency_ms` and `wait_ms` with `count`, `mean`, `min`, `p50`, `p95`,
    `p99`, `max`. Of the slowest, `others` counts exchanges with the same two packets.
    """
    import json  # tables for people need none

    began, ended = statistics.began, statistics.ended
    total, tables = statistics.read()
    return json.dumps(
        {
            "began": None if began is None else iso_timestamp(began, _NANOSECONDS),
            "ended": None if ended is None else iso_timestamp(ended, _NANOSECONDS),
            "seconds": _seconds(statistics),
            "total": _values(total),
            "slowest": [_slow_values(slow) for slow in statistics.slowest],
            "tables": [
                {
                    "by": list(table),
                    "rows": [
                        {**dict(zip(table, map(_plain_or_null, line.key), strict=True)), **_values(line.row)}
                        for line in sorted_lines(rows, sort)[:top]
                    ],
                }
                for table, rows in tables.items()
            ],
        },
        indent=indent,
    )


def label(part: object) -> str:
    """Return a part of a row's key as printable text; an empty name is a pair of quotes."""
    return printable(part if isinstance(part, bytes) else plain(part)) or '""'


def plain(part: object) -> str:
    """Return a part of a row's key as text."""
    if isinstance(part, Endpoint):
        return endpoint(part)
    if isinstance(part, tuple):  # a connection: its id and its ends
        number, client, server = part
        return f"{number}: {endpoint(client)} -> {endpoint(server)}"
    return part.decode(errors="backslashreplace") if isinstance(part, bytes) else str(part)


def _cut(text: str, width: int) -> str:
    """Return text without its middle where it takes more columns than there are."""
    limit = width
    while style.columns(short := wording.elide(text, limit)) > width:
        limit -= 1
    return short


def _plain_or_null(part: object) -> str | None:
    return None if part is NONE else plain(part)


def milliseconds(nanoseconds: int | None) -> str:
    """Return a latency in milliseconds, "-" for none."""
    return "-" if nanoseconds is None else f"{nanoseconds / 1e6:.2f}"


def _overview(statistics: Statistics, total: Row) -> Iterator[Pieces]:
    began, ended = statistics.began, statistics.ended
    seconds = _seconds(statistics)
    pieces = [Piece(wording.plural(total.exchanges, "exchange"), "strong")]
    if began is not None and ended is not None:
        date, _, start = iso_timestamp(began, _MICROSECONDS).partition("T")
        other, _, end = iso_timestamp(ended, _MICROSECONDS).partition("T")
        end = end if other == date else f"{other} {end}"
        pieces.append(Piece(f" in {seconds:.1f} s, from {date} {start} to {end}"))
    yield pieces
    if seconds:
        rate = [
            f"{_rate(total.requests / seconds)} requests",
            f"{wording.size(round(total.request_bytes / seconds))} sent",
            f"{wording.size(round(total.response_bytes / seconds))} received",
        ]
        yield [Piece("  each second  ", "dim"), Piece(", ".join(rate))]
    pieces = [Piece("  outcomes     ", "dim"), Piece(f"{total.answered} answered")]
    for count, text, tone in (
        (total.no_response_expected, "no response expected", ""),
        (total.unanswered, "unanswered", "warning"),
        (total.orphan_responses, "orphan response" + "s" * (total.orphan_responses > 1), "warning"),
    ):
        pieces += [Piece(", "), Piece(f"{count} {text}", tone)] if count else []
    yield pieces
    for title, values in (("latency", total.latencies), ("waits *", total.waits)):
        if len(values):
            quantiles = zip((*QUANTILES, "max"), (*values.at(*QUANTILES.values()), values.greatest), strict=True)
            text = "  ".join(f"{name} {milliseconds(value)}" for name, value in quantiles)
            yield [Piece(f"  {title:<13}", "dim"), Piece(f"{text} ms"), Piece(f"  of {len(values)}", "dim")]


def _rate(each_second: float) -> str:
    """Return a rate so that one that is low is not zero."""
    return f"{each_second:.1f}" if each_second >= 1 else f"{each_second:.2g}"


def _slowest(slowest: list[Slow], columns: int | None) -> Iterator[Pieces]:
    """Yield the lines of the slowest exchanges; where a terminal is narrow, the last columns go.

    Behind the packets stands how many more exchanges had them both.
    """
    rows = [
        (
            f"{milliseconds(slow.latency)} ms",
            plain(slow.api),
            f"packets {slow.request_packet}>{slow.response_packet}" + (f" (+{slow.others})" if slow.others else ""),
            wording.elide(label(slow.client)),
            endpoint(slow.server),
            iso_timestamp(slow.timestamp, _MICROSECONDS).partition("T")[2],
        )
        for slow in slowest
    ]
    widths = [max(map(style.columns, column)) for column in zip(*rows, strict=True)]
    while columns is not None and sum(widths) + 2 * len(widths) > columns and len(widths) > _ALWAYS:
        widths.pop()
    shared = "  (+N): so many more in the same packets" if any(slow.others for slow in slowest) else ""
    yield [Piece(f"slowest{shared}", "dim")]
    for latency, *others in rows:
        api, *rest = [
            text + " " * (width - style.columns(text)) for text, width in zip(others, widths[1:], strict=False)
        ]
        yield [Piece(f"  {latency:>{widths[0]}}  "), Piece(api, "strong"), Piece("  " + "  ".join(rest))]


def _seconds(statistics: Statistics) -> float:
    if statistics.began is None or statistics.ended is None:
        return 0.0
    return (statistics.ended - statistics.began) / 1e9


def _slowest_first(line: Line, index: int) -> tuple[bool, int]:
    """Order by a quantile; what waits on purpose comes after what does not, and what has none at the end."""
    value = line.quantiles[index]
    return line.is_waiting or value is None, -(value or 0)


def _values(row: Row) -> dict[str, Any]:
    return {
        "requests": row.requests,
        "answered": row.answered,
        "unanswered": row.unanswered,
        "no_response_expected": row.no_response_expected,
        "orphan_responses": row.orphan_responses,
        "late": row.late,
        "request_bytes": row.request_bytes,
        "response_bytes": row.response_bytes,
        "latency_ms": _quantiles(row.latencies),
        "wait_ms": _quantiles(row.waits),
    }


def _quantiles(values: Quantiles) -> dict[str, float | int] | None:
    """Return what there is to say of latencies, in milliseconds; None without any."""
    if not len(values):
        return None
    found = dict(zip(QUANTILES, values.at(*QUANTILES.values()), strict=True))
    return {
        "count": len(values),
        "mean": round(values.total / len(values) / 1e6, 6),
        "min": values.least / 1e6,
        **{name: value / 1e6 for name, value in found.items() if value is not None},
        "max": values.greatest / 1e6,
    }


def _slow_values(slow: Slow) -> dict[str, Any]:
    return {
        "latency_ms": slow.latency / 1e6,
        "api": _plain_or_null(slow.api),
        "client": _plain_or_null(slow.client),
        "broker": endpoint(slow.server),
        "timestamp": iso_timestamp(slow.timestamp, _NANOSECONDS),
        "request_packet": slow.request_packet,
        "response_packet": slow.response_packet,
        "others": slow.others,
    }

"""Who said what to whom, one after the other: a sequence diagram."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.exchanges import Outcome
from dissector.pictures import canvas
from dissector.views import style, summary, wording
from dissector.views.escape import printable
from dissector.views.text import api
from dissector.views.timestamps import iso_timestamp
from dissector.views.wording import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from dissector.exchanges import Exchange
    from dissector.messages import Message

_ROW: Final = 0.3  # inches
_WORDS: Final = 72  # characters above an arrow
_LANE: Final = 5.0  # inches between two that talk


class Arrow(NamedTuple):
    """A message: when (nanoseconds since the epoch), from and to which participant, what it says."""

    at: int
    source: str
    target: str
    text: str
    tone: str


def sequence(exchanges: Iterable[Exchange], *, count: int = 20, ax: Axes | None = None) -> Axes:
    """Draw the messages of the first exchanges as arrows between clients and brokers, in the order of their packets.

    Give it the exchanges of a connection, or of a few that belong together. Time runs downwards and not to scale: each
    message has a row, with its time at the left and the latency at the responses. Decodes the bodies.
    """
    iterator = iter(exchanges)
    several = list(islice(iterator, count))
    has_more = next(iterator, None) is not None
    arrows = sorted((arrow for exchange in several for arrow in _arrows(exchange)), key=lambda arrow: arrow.at)
    names = _participants(several)
    width = 1.6 + _LANE * max(len(names) - 1, 1) if ax is None else 0
    ax = canvas.axes(ax, width=width, height=1.0 + _ROW * max(len(arrows), 2))
    if not arrows:
        return canvas.nothing(ax, "no exchanges")
    ax.set_axis_off()
    places = {name: place for place, name in enumerate(names)}
    for name, place in places.items():
        ax.plot([place, place], [-0.4, len(arrows) - 0.4], color=canvas.OTHERS, linewidth=1, zorder=1)
        ax.text(
            place,
            -0.7,
            canvas.plain(name),
            ha="center",
            va="bottom",
            fontsize=canvas.TEXT,
            weight="bold",
            linespacing=1.3,
        )
    for row, arrow in enumerate(arrows):
        _draw(ax, row, arrow, places)
    ax.set_xlim(-0.32, max(places.values()) + 0.12)
    ax.set_ylim(len(arrows) + 0.2, -2.2)
    first = iso_timestamp(arrows[0].at, 0).partition("T")[0]
    more = f" of more than {count}" if has_more else ""
    canvas.title(ax, f"{wording.plural(len(several), 'exchange')}{more}, {first}, times in UTC")
    return ax


def _draw(ax: Axes, row: int, arrow: Arrow, places: dict[str, int]) -> None:
    start, stop = places[arrow.source], places[arrow.target]
    colour = {"request": canvas.COLOURS[0], "error": canvas.BAD}.get(arrow.tone, canvas.COLOURS[2])
    ax.annotate(
        "",
        (stop, row),
        (start, row),
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linewidth": 1.1,
            "linestyle": "-" if arrow.tone == "request" else (0, (5, 2)),
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    ax.text(
        (start + stop) / 2, row - 0.09, canvas.plain(arrow.text), ha="center", va="bottom", fontsize=canvas.TEXT - 1.5
    )
    time = iso_timestamp(arrow.at, 6).partition("T")[2].removesuffix("Z")
    ax.text(-0.06, row, time, ha="right", va="center", fontsize=canvas.TEXT - 1.5, color="#606060", family="monospace")


def _arrows(exchange: Exchange) -> list[Arrow]:
    client, broker = _client(exchange), _broker(exchange)
    request, response = exchange.request, exchange.response
    asked = summary.facts(request, exchange) if request is not None else []
    arrows = []
    if request is not None:
        lost = exchange.outcome is Outcome.UNANSWERED
        text = _words(api(exchange), asked, "never answered" if lost else "")
        arrows.append(Arrow(request.timestamp, client, broker, text, "error" if lost else "request"))
    if response is not None:
        told = summary.facts(response, exchange, asked)
        waited = "" if exchange.latency is None else f"after {canvas.duration(exchange.latency / 1e6)}"
        tone = "error" if _has_error(response, told) else "response"
        arrows.append(Arrow(response.timestamp, broker, client, _words("", told, waited), tone))
    return arrows


def _words(before: str, told: list[style.Pieces], behind: str) -> str:
    """Return what a message is about, the facts that there is room for, between what stands before and behind."""
    room = _WORDS - len(before) - len(behind)
    shown: list[str] = []
    for fact in (style.paint(pieces, color=False) for pieces in told):
        if len(fact) + 2 <= room:
            shown.append(fact)
            room -= len(fact) + 2
    if len(shown) < len(told):
        shown.append("…")
    return "  ".join(filter(None, (before, *shown, behind)))


def _has_error(message: Message, told: list[style.Pieces]) -> bool:
    return message.error is not None or any(piece.tone == "error" for pieces in told for piece in pieces)


def _participants(exchanges: list[Exchange]) -> list[str]:
    """Return the names of clients, then those of brokers, in the order in which they come.

    An only broker stands between its clients, so that few arrows cross them.
    """
    clients = list(dict.fromkeys(_client(exchange) for exchange in exchanges))
    brokers = list(dict.fromkeys(_broker(exchange) for exchange in exchanges))
    middle = (len(clients) + 1) // 2 if len(brokers) == 1 else len(clients)
    return [*clients[:middle], *brokers, *clients[middle:]]


def _client(exchange: Exchange) -> str:
    name = "" if exchange.client_id is None else f"{wording.elide(printable(exchange.client_id))}\n"
    return f"{name}{endpoint(exchange.connection.client)}"


def _broker(exchange: Exchange) -> str:
    return f"broker\n{endpoint(exchange.connection.server)}"

"""How long answers took, over time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal

from dissector.exchanges import Outcome
from dissector.pictures import canvas
from dissector.views.escape import printable
from dissector.views.wording import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from dissector.exchanges import Exchange

_LEAST: Final = 0.001  # ms: what a capture's clock tells apart
_CROWDED: Final = 5000  # points of one colour, from which on they are drawn as one image


def latency(
    exchanges: Iterable[Exchange], *, by: Literal["api", "client", "broker"] = "api", ax: Axes | None = None
) -> Axes:
    """Draw the latency of every answered request over the time of the request, on a logarithmic scale.

    `by` says what colours tell apart; those that took longest, all their requests together, have one of their own.
    Requests that were never answered stand as crosses above. A Fetch waits for records up to its `max_wait_ms`: such
    long polls are a line of dots at that height, and nothing slow. Decodes no bodies.
    """
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    unanswered: list[int] = []
    for exchange in exchanges:
        if exchange.request is not None and exchange.outcome is Outcome.UNANSWERED:
            unanswered.append(exchange.request.timestamp)
        elif exchange.request is not None and exchange.latency is not None:
            milliseconds = max(exchange.latency / 1e6, _LEAST)
            points[_name(exchange, by)].append((exchange.request.timestamp, milliseconds))
    ax = canvas.axes(ax)
    moments = [moment for several in points.values() for moment, _ in several] + unanswered
    if not moments:
        return canvas.nothing(ax, "no request with an answer")
    shown = canvas.ranked(points, lambda several: sum(milliseconds for _, milliseconds in several), rounds=2)
    for layer, (name, colour, marker, several) in enumerate(shown):
        ax.scatter(
            [canvas.days(moment) for moment, _ in several],
            [milliseconds for _, milliseconds in several],
            s=14,
            alpha=0.7,
            color=colour,
            marker=marker,
            linewidths=0,
            zorder=2 + layer,  # the rare above the frequent
            rasterized=len(several) > _CROWDED,
            label=canvas.plain(f"{name} ({len(several)})"),
        )
    if unanswered:
        above = ax.get_xaxis_transform()
        ax.scatter(
            [canvas.days(moment) for moment in unanswered],
            [0.98] * len(unanswered),
            marker="x",
            s=28,
            color=canvas.BAD,
            transform=above,
            label=f"never answered ({len(unanswered)})",
        )
    canvas.latency_axis(ax)
    ax.set_ylabel("latency, request to response", fontsize=canvas.TEXT)
    canvas.time_axis(ax, min(moments), max(moments))
    canvas.legend(ax)
    canvas.title(ax, f"Latency by {'API' if by == 'api' else by}")
    return ax


def _name(exchange: Exchange, by: str) -> str:
    if by == "client":
        return "no client id" if exchange.client_id is None else printable(exchange.client_id)
    if by == "broker":
        return endpoint(exchange.connection.server)
    return exchange.api_name or f"API key {exchange.api_key}"

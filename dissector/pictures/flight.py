"""How many requests waited for their answers, over time."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from dissector.pictures import canvas
from dissector.views.wording import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from dissector.exchanges import Exchange


def in_flight(exchanges: Iterable[Exchange], *, ax: Axes | None = None) -> Axes:
    """Draw the number of requests in flight to each broker: sent, and not answered yet.

    Requests that were never answered are left out: nobody knows how long they waited. Decodes no bodies.
    """
    changes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for exchange in exchanges:
        if exchange.request is not None and exchange.response is not None:
            broker = changes[endpoint(exchange.connection.server)]
            broker.append((exchange.request.timestamp, 1))
            broker.append((exchange.response.timestamp, -1))
    ax = canvas.axes(ax)
    if not changes:
        return canvas.nothing(ax, "no request with an answer")
    for name, colour, _, several in canvas.ranked(changes):
        several.sort()
        moments = [canvas.days(moment) for moment, _ in several]
        counts = list(accumulate(change for _, change in several))
        ax.step(
            moments,
            counts,
            where="post",
            color=colour,
            linewidth=1.2,
            label=f"{canvas.plain(name)} (at most {max(counts)})",
        )
    moments_ns = [moment for several in changes.values() for moment, _ in several]
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(canvas.whole_numbers())
    ax.grid(axis="y", color=canvas.FAINT, linewidth=0.5)
    ax.set_ylabel("requests in flight", fontsize=canvas.TEXT)
    canvas.time_axis(ax, min(moments_ns), max(moments_ns))
    canvas.legend(ax)
    canvas.title(ax, "Requests in flight by broker")
    return ax

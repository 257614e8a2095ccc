"""Which errors were answered when, and what was never answered."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dissector import facts
from dissector.exchanges import Outcome
from dissector.pictures import canvas

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from dissector.exchanges import Exchange


def errors(exchanges: Iterable[Exchange], *, ax: Axes | None = None) -> Axes:
    """Draw a row for each of Kafka's errors, and one for requests without an answer, with a dot at every time.

    Colours tell the APIs apart. Decodes the bodies of all responses that have error codes.
    """
    rows: dict[str, list[tuple[int, str]]] = defaultdict(list)
    moments = []
    for exchange in exchanges:
        api = exchange.api_name or f"API key {exchange.api_key}"
        moments.append(exchange.settled_at)
        for name in facts.errors(exchange):
            rows[name].append((exchange.settled_at, api))
        if exchange.outcome is Outcome.UNANSWERED:
            rows["(no answer)"].append((exchange.settled_at, api))
    ordered = sorted(rows, key=lambda name: (len(rows[name]), name))
    ax = canvas.axes(ax, height=1.2 + 0.32 * max(len(rows), 3))
    if not rows:
        return canvas.nothing(ax, "no errors")
    by_api: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, name in enumerate(ordered):
        for moment, api in rows[name]:
            by_api[api].append((moment, place))
    for name, colour, marker, several in canvas.ranked(by_api, rounds=2):
        ax.scatter(
            [canvas.days(moment) for moment, _ in several],
            [place for _, place in several],
            s=30,
            alpha=0.75,
            linewidths=0,
            color=colour,
            marker=marker,
            label=f"{name} ({len(several)})",
        )
    ax.set_yticks(range(len(ordered)), [f"{name}  {len(rows[name])}" for name in ordered])
    ax.set_ylim(-0.6, len(ordered) - 0.4)
    ax.grid(axis="y", color=canvas.FAINT, linewidth=0.5)
    canvas.time_axis(ax, min(moments), max(moments))
    canvas.legend(ax)
    canvas.title(ax, "Errors, and how often")
    return ax

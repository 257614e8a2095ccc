"""How many bytes of records went into topics and came out of them, over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from dissector.pictures import canvas
from dissector.records import each_field
from dissector.views import wording
from dissector.views.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matplotlib.axes import Axes

    from dissector.exchanges import Exchange

_INTERVALS: Final = 60  # in a picture, unless one is given
_SECOND: Final = 1_000_000_000
_STEPS: Final[tuple[int, ...]] = tuple(
    step * 10**power for power in range(6, 14) for step in (1, 2, 5)
)  # nanoseconds, from a millisecond


def throughput(exchanges: Iterable[Exchange], *, interval: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the bytes of record batches per second by topic: produced above the line, fetched below it.

    Counted are record batches as they are on the wire, compressed as they are; a batch counts when its message is
    complete. `interval` is the width of a bar in seconds. Decodes the bodies of messages that have record batches
    (Produce, Fetch, ShareFetch, ...), no records.
    """
    amounts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    moments = []
    for exchange in exchanges:
        moments.append(exchange.settled_at)
        for moment, topic, size in _amounts(exchange):
            amounts[topic].append((moment, size))
    ax = canvas.axes(ax)
    if not amounts:
        return canvas.nothing(ax, "no records were produced or fetched")
    moments += [moment for several in amounts.values() for moment, _ in several]
    start, stop = min(moments), max(moments)
    width = round(interval * _SECOND) if interval is not None else _interval(stop - start)
    above: Counter[int] = Counter()
    below: Counter[int] = Counter()
    for name, colour, _, several in canvas.ranked(amounts):
        _bars(ax, name, colour, several, start, width, above, below)
    ax.axhline(0, color=canvas.OTHERS, linewidth=0.8)
    ax.yaxis.set_major_formatter(lambda rate, _: _rate(abs(rate)))
    ax.set_ylabel("← fetched | produced →", fontsize=canvas.TEXT)
    ax.grid(axis="y", color=canvas.FAINT, linewidth=0.5)
    canvas.time_axis(ax, start, stop + width)
    canvas.legend(ax)
    canvas.title(ax, f"Record batches by topic, in steps of {canvas.duration(width / 1e6)}")
    return ax


def _bars(
    ax: Axes,
    name: str,
    colour: str,
    several: list[tuple[int, int]],
    start: int,
    width: int,
    above: Counter[int],
    below: Counter[int],
) -> None:
    """Draw the bars of one topic on those that stand there already; negative sizes were fetched."""
    steps: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    for moment, size in several:
        steps[size < 0][(moment - start) // width] += size
    label: str | None = (
        f"{canvas.plain(name)} ({wording.size(sum(steps[0].values()))} in, {wording.size(-sum(steps[1].values()))} out)"
    )
    for sizes, bottoms in zip(steps, (above, below), strict=True):
        if sizes:
            ax.bar(
                [canvas.days(start + step * width) for step in sizes],
                [size / canvas.seconds(width) for size in sizes.values()],
                width=canvas.days(width),
                bottom=[bottoms[step] / canvas.seconds(width) for step in sizes],
                align="edge",
                color=colour,
                label=label,
            )
            label = None
        bottoms.update(sizes)


def _amounts(exchange: Exchange) -> Iterator[tuple[int, str, int]]:
    """Yield when how much was produced (above 0) and fetched (below) of which topic."""
    for field in each_field(exchange):
        if field.batches.size:
            sign = 1 if field.message.side == "request" else -1
            yield (
                field.message.timestamp,
                printable(field.topic or field.topic_id or "no topic"),
                sign * field.batches.size,
            )


def _interval(span: int) -> int:
    """Return a round width for some dozens of bars."""
    return next((step for step in _STEPS if step * _INTERVALS >= span), _STEPS[-1])


def _rate(rate: float) -> str:
    """Return bytes a second in the unit that fits: "1.5 kB/s"."""
    for unit in ("B/s", "kB/s", "MB/s"):
        if rate < 1000:
            return f"{rate:g} {unit}"
        rate /= 1000
    return f"{rate:g} GB/s"

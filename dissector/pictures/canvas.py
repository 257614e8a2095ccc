"""What all pictures share: axes, the time below them, units, colours, and legends beside the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from dissector.views.timestamps import iso_timestamp

try:
    from matplotlib import pyplot, ticker
except ImportError as error:  # pragma: no cover (the message is what there is to it)
    raise ImportError('pictures need matplotlib: pip install "kafka-dissector[notebook]"') from error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.axes import Axes

Value = TypeVar("Value")

# Told apart by those who see no red or no green as well (Okabe and Ito), the palest left out.
COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
MARKERS: Final = ("o", "D", "^")
OTHERS: Final = "#9a9a9a"
BAD: Final = "#d55e00"
FAINT: Final = "#d9d9d9"
TEXT: Final = 9  # points

_NANOSECONDS: Final = 1_000_000_000
_DAY: Final = 86_400 * _NANOSECONDS
_PRECISION: Final = 1000  # nanoseconds; a day of this century as a float tells no less apart
_TICKS: Final = 8  # of a time axis, at most
_STEPS: Final[tuple[int, ...]] = (
    *(step * 10**power for power in range(3, 9) for step in (1, 2, 5)),
    *(seconds * _NANOSECONDS for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)),
    *(hours * 3600 * _NANOSECONDS for hours in (1, 2, 3, 6, 12, 24, 48, 168)),
)


def axes(ax: Axes | None, *, width: float = 10.0, height: float = 4.0) -> Axes:
    """Return the axes to draw on, new ones (in inches) where none are given."""
    if ax is None:
        _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(OTHERS)
    ax.tick_params(color=OTHERS, labelsize=TEXT)
    ax.set_axisbelow(True)
    return ax


def days(moment: int) -> float:
    """Return nanoseconds since the epoch as matplotlib counts time; exact to a microsecond."""
    return moment / _DAY


def seconds(duration: int) -> float:
    """Return nanoseconds as seconds."""
    return duration / _NANOSECONDS


def time_axis(ax: Axes, start: int, stop: int) -> None:
    """Have the times between two moments below, their date and zone said once."""
    margin = max((stop - start) // 50, _NANOSECONDS // 1000)
    ax.set_xlim(days(start - margin), days(stop + margin))
    ax.xaxis.set_major_locator(_TimeLocator())
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda day, _: _clock(ax, day)))
    first, last = (iso_timestamp(moment, 0).partition("T")[0] for moment in (start, stop))
    ax.set_xlabel(f"time on {first if first == last else f'{first} to {last}'} (UTC)", fontsize=TEXT)
    ax.grid(axis="x", color=FAINT, linewidth=0.5)


def latency_axis(ax: Axes) -> None:
    """Have a logarithmic scale of milliseconds on the left, in the unit that fits."""
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda milliseconds, _: duration(milliseconds)))
    ax.yaxis.set_minor_formatter(ticker.NullFormatter())
    ax.grid(axis="y", color=FAINT, linewidth=0.5)


def whole_numbers() -> ticker.Locator:
    """Return what puts ticks at whole numbers only."""
    return ticker.MaxNLocator(nbins=8, integer=True)


def duration(milliseconds: float) -> str:
    """Return a duration in the unit that fits: "250 µs", "1.5 ms", "2 s"."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.3g} s"
    return f"{milliseconds:.3g} ms" if milliseconds >= 1 else f"{milliseconds * 1000:.3g} µs"


def plain(text: str) -> str:
    """Return text that matplotlib shows as it is: dollars would begin a formula, `_` a label that no legend has."""
    return f"{' ' * text.startswith('_')}{text}".replace("$", r"\$")


def legend(ax: Axes) -> None:
    """Have the legend right of the data, where it covers none."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, frameon=False, fontsize=TEXT)


def title(ax: Axes, text: str) -> None:
    """Say above, at the left, what there is to see."""
    ax.set_title(text, loc="left", fontsize=TEXT + 2)


def ranked(
    groups: Mapping[str, list[Value]], weight: Callable[[list[Value]], float] = len, *, rounds: int = 1
) -> list[tuple[str, str, str, list[Value]]]:
    """Return the groups of most weight with their names, colours and markers, the rest as one, in grey.

    The colours come `rounds` times, each time with another marker.
    """
    ordered = sorted(groups.items(), key=lambda group: (-weight(group[1]), group[0]))
    looks = [(colour, marker) for marker in MARKERS[:rounds] for colour in COLOURS]
    shown = [(name, colour, marker, several) for (name, several), (colour, marker) in zip(ordered, looks, strict=False)]
    rest = [value for _, several in ordered[len(looks) :] for value in several]
    return [*shown, ("others", OTHERS, "o", rest)] if rest else shown


def nothing(ax: Axes, text: str) -> Axes:
    """Say that there is nothing to draw, and why."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, fontsize=TEXT + 1, color="#606060")
    return ax


class _TimeLocator(ticker.Locator):
    """Puts ticks at round times of the day, also below a second."""

    def __call__(self) -> list[float]:
        return [] if self.axis is None else self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """Return the ticks between two days."""
        step = _step(vmin, vmax)
        first = -(-round(vmin * _DAY) // step)
        return [days(number * step) for number in range(first, round(vmax * _DAY) // step + 1)]


def _step(first: float, last: float) -> int:
    """Return the nanoseconds between ticks."""
    span = (last - first) * _DAY
    return next((step for step in _STEPS if step * _TICKS >= span), _STEPS[-1])


def _clock(ax: Axes, day: float) -> str:
    """Return a time of the day with as many digits as the ticks need."""
    step = _step(*ax.get_xlim())
    digits = next(digits for digits in range(10) if digits == 9 or step % 10 ** (9 - digits) == 0)
    time = iso_timestamp(round(day * _DAY / _PRECISION) * _PRECISION, 9).partition("T")[2].removesuffix("Z")
    return time[: 8 + (digits + 1 if digits else 0)]

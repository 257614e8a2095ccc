"""A consumer group over time: who was a member with which partitions, and how long it took to agree on that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dissector.pictures import canvas
from dissector.pictures.memberships import Member, Phase, groups
from dissector.views import wording
from dissector.views.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from dissector.exchanges import Exchange

_GENERATIONS: Final = ("#9ecae9", "#c6dff2")  # in turn, so that one is told from the next
_ROW: Final = 0.55  # inches
_LETTER: Final = 0.0085  # of the width of the axes
_SUFFIX: Final = 6  # characters of a member id that tell members of one client apart


class Rebalance(NamedTuple):
    """From the first request to join a generation to the last assignment in it: nanoseconds since the epoch."""

    generation: int
    start: int
    stop: int


def group(exchanges: Iterable[Exchange], name: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the members of a consumer group, a row for each: generations with assignments, and rebalances.

    Without a name it is the group with most phases. A rebalance of a member lasts from its request to join until it has
    its assignment; above stands how long that took for all members together. With eager assignors members consume
    nothing meanwhile, with cooperative ones (KIP-429) they go on with what they keep. Of the new protocols (KIP-848,
    KIP-932, KIP-1071) only joining is one, and generations are the member's epochs; members of Kafka Streams have
    tasks, by subtopology and partition. Decodes the bodies of group messages.
    """
    found = groups(exchanges)
    if name is None:
        name = max(found, key=lambda each: sum(len(member.phases) for member in found[each]), default="")
    members = [member for member in found.get(name, ()) if member.phases]
    ax = canvas.axes(ax, height=1.6 + _ROW * max(len(members), 2))
    if not members:
        return canvas.nothing(
            ax, f"no members of a group {canvas.plain(printable(name))}" if name else "no members of a group"
        )
    start = min(member.phases[0].start for member in members)
    stop = max(member.phases[-1].stop for member in members)
    canvas.time_axis(ax, start, stop)
    for row, member in enumerate(members):
        for phase in member.phases:
            _draw(ax, row, phase, stop - start)
        for moment in member.moments:
            is_leaving = moment.kind == "leave"
            ax.plot(
                canvas.days(moment.at),
                row,
                marker="|" if is_leaving else "x",
                markersize=18 if is_leaving else 7,
                markeredgewidth=2,
                color="#404040" if is_leaving else canvas.BAD,
            )
    rebalances = pauses(members)
    _label(ax, rebalances, stop - start)
    ax.set_yticks(range(len(members)), [_name(member, members) for member in members])
    ax.set_ylim(len(members) - 0.45, -0.75)
    ax.tick_params(axis="y", length=0)
    _key(ax, members)
    longest = max((each.stop - each.start for each in rebalances), default=0)
    words = f"{wording.plural(len(members), 'member')}, {wording.plural(len(rebalances), 'rebalance')}"
    canvas.title(ax, f"Group {canvas.plain(printable(name))}: {words}, the longest {canvas.duration(longest / 1e6)}")
    return ax


def pauses(members: Iterable[Member]) -> list[Rebalance]:
    """Return the rebalances of a group, a generation each, in the order of their starts."""
    found: dict[int, Rebalance] = {}
    for phase in (phase for member in members for phase in member.phases if phase.kind == "rebalance"):
        number = -1 if phase.generation is None else phase.generation
        known = found.get(number, Rebalance(number, phase.start, phase.stop))
        found[number] = Rebalance(number, min(known.start, phase.start), max(known.stop, phase.stop))
    return sorted(found.values(), key=lambda each: each.start)


def _draw(ax: Axes, row: int, phase: Phase, span: int) -> None:
    is_member = phase.kind == "member"
    number = phase.generation if phase.generation is not None else 0
    ax.barh(
        row,
        canvas.days(phase.stop - phase.start),
        left=canvas.days(phase.start),
        height=0.5,
        color=_GENERATIONS[number % 2] if is_member else "#ffffff",
        edgecolor="#5b9bc8" if is_member else canvas.BAD,
        hatch=None if is_member else "/////",
        linewidth=0.8,
        zorder=2 if is_member else 3,
    )
    if is_member:
        room = (phase.stop - phase.start) / max(span, 1) / _LETTER
        words = (f"{number}: {phase.text}", phase.text, str(number)) if phase.text else (str(number),)
        text = next((each for each in words if len(each) < room), "")
        middle = canvas.days((phase.start + phase.stop) // 2)
        ax.text(
            middle, row, canvas.plain(text), ha="center", va="center", fontsize=canvas.TEXT - 1, clip_on=True, zorder=4
        )


def _label(ax: Axes, rebalances: list[Rebalance], span: int) -> None:
    """Say above the rows how long each rebalance took, as far as the words do not run into one another."""
    free = 0.0
    for each in rebalances:
        text = canvas.duration((each.stop - each.start) / 1e6)
        ax.axvspan(canvas.days(each.start), canvas.days(each.stop), color=canvas.BAD, alpha=0.12, linewidth=0)
        at = (each.start - rebalances[0].start) / max(span, 1)
        if at >= free:
            ax.text(
                canvas.days(each.start),
                -0.5,
                text,
                fontsize=canvas.TEXT - 1,
                color="#a03c00",
                va="center",
                clip_on=True,
                zorder=5,
                bbox={"boxstyle": "square,pad=0.1", "facecolor": "#fdf1e8", "edgecolor": "none"},
            )
            free = at + (len(text) + 1) * _LETTER


def _name(member: Member, members: list[Member]) -> str:
    text = wording.elide(member.client or member.id)
    if sum(other.client == member.client for other in members) > 1:
        text += f" …{member.id[-_SUFFIX:]}"
    return canvas.plain(text) + (" (leader)" if member.is_leader else "")


def _key(ax: Axes, members: list[Member]) -> None:
    """Say right of the data what the shapes mean."""
    shapes: list[Patch | Line2D] = [
        Patch(facecolor=_GENERATIONS[0], edgecolor="#5b9bc8", label="member, generation: partitions"),
        Patch(facecolor="#ffffff", edgecolor=canvas.BAD, hatch="/////", label="rebalance: join to assignment"),
    ]
    kinds = {moment.kind for member in members for moment in member.moments}
    if "leave" in kinds:
        shapes.append(Line2D([], [], marker="|", color="#404040", ls="", ms=12, mew=2, label="left"))
    if kinds - {"leave"}:
        errors = ", ".join(sorted(kinds - {"leave"}))
        shapes.append(Line2D([], [], marker="x", color=canvas.BAD, ls="", ms=7, mew=2, label=wording.elide(errors)))
    ax.legend(
        handles=shapes,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.32 if len(members) < 3 else -0.18),
        ncols=len(shapes),
        frameon=False,
        fontsize=canvas.TEXT - 1,
    )

"""The tree of a message as HTML that opens and closes: the lines of `dissector.views.tree`, one inside the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dissector.notebook.markup import pieces, place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.views.tree_records import Line

_OPEN: Final = 6  # levels that are open at first
_BRIEF: Final = 150  # lines up to which everything is


def tree(lines: Iterable[Line]) -> str:
    """Return the lines of a message as nested elements."""
    made: list[str] = []
    open_depths: list[int] = []
    several = list(lines)
    for index, (region, depth, line) in enumerate(several):
        while open_depths and open_depths[-1] >= depth:
            open_depths.pop()
            made.append("</div></details>")
        attributes = place(region)
        span = f"{region.start}:{region.stop}" if region is not None and region.start < region.stop else ""
        shown = f'<span class="kd-range">{span}</span>{pieces(line, region)}'
        if index + 1 < len(several) and several[index + 1][1] > depth:
            state = " open" if depth < _OPEN or len(several) <= _BRIEF else ""
            made.append(f'<details{state}><summary{attributes}>{shown}</summary><div class="kd-inside">')
            open_depths.append(depth)
        else:
            made.append(f'<div class="kd-line"{attributes}>{shown}</div>')
    made += ["</div></details>"] * len(open_depths)
    return f'<div class="kd-tree" tabindex="0">{"".join(made)}</div>'

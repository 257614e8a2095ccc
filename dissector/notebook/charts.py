"""Small charts as inline SVG, in the colours of the text around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dissector.notebook.markup import text

if TYPE_CHECKING:
    from collections.abc import Sequence

_BAR: Final = 60  # pixels
_TONES: Final = ("kd-bar", "kd-bar-bad")


def bars(layers: Sequence[Sequence[int]], *, width: int, height: int, unit: str = "") -> str:
    """Return counts over time as bars, the layers on top of one another; the second layer is what went wrong."""
    totals = [sum(counts) for counts in zip(*layers, strict=True)]
    most = max(totals, default=0) or 1
    step = width / max(len(totals), 1)
    made = []
    for place, counts in enumerate(zip(*layers, strict=True)):
        top = float(height)
        for tone, count in zip(_TONES, counts, strict=False):
            if count:
                tall = max(count / most * height, 1.0)
                top -= tall
                at = f'x="{place * step:.1f}" y="{top:.1f}" width="{step * 0.85:.1f}" height="{tall:.1f}"'
                made.append(f'<rect class="{tone}" {at}/>')
    says = f"<title>at most {most} {text(unit)}</title>" if unit else ""
    return (
        f'<svg class="kd-bars" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
        f"{says}{''.join(made)}</svg>"
    )


def bar(count: int, most: int) -> str:
    """Return a bar that is as long as its count's share of the largest."""
    long = max(count / max(most, 1) * _BAR, 1.0)
    return (
        f'<svg class="kd-bars" width="{_BAR}" height="9" viewBox="0 0 {_BAR} 9" role="img">'
        f'<rect class="kd-bar" x="{_BAR - long:.1f}" y="0" width="{long:.1f}" height="9"/></svg>'
    )

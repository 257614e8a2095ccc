"""The bytes of a message as rows of hex and text, as many as are needed to see where its fields are."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.notebook.markup import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dissector.views.regions import Buffer, Region

WIDTH: Final = 16  # bytes in a row; view.js counts on the layout of `_row`
_HEAD: Final = 256  # bytes that are shown of a long field, with a row of its end
_WHOLE: Final = 256  # rows up to which a buffer is shown whole
_BRIDGED: Final = 2  # rows that nobody asked for, which are shown rather than skipped


def hexview(buffer: Buffer, regions: Iterable[Region], limit: int, *, stop: int) -> str:
    """Return at most `limit` rows of a buffer as HTML: those in which the regions begin and end, and those between.

    Where rows are left out, the range of their bytes stands instead, as for all from `stop` on. Withheld bytes are
    stars.
    """
    size = min(stop, len(buffer.data))
    digits = max(len(str(size)), 4)
    hidden = _hidden(buffer)
    made: list[str] = []
    position = 0
    for number in islice(_wanted(size, regions), limit):
        if number * WIDTH > position:
            made.append(_gap(position, number * WIDTH))
        position = min((number + 1) * WIDTH, size)
        row = _row(buffer.data[number * WIDTH : position], number * WIDTH, digits, hidden)
        made.append(f'<div class="kd-row" data-offset="{number * WIDTH}">{text(row)}</div>')
    if position < len(buffer.data):
        made.append(_gap(position, len(buffer.data)))
    return f'<div class="kd-hex" data-buffer="{buffer.number}" data-digits="{digits}">{"".join(made)}</div>'


def _wanted(size: int, regions: Iterable[Region]) -> Iterator[int]:
    """Yield the numbers of the rows to show, in order."""
    count = -(-size // WIDTH)
    if count <= _WHOLE:
        yield from range(count)
        return
    wanted: set[int] = set()
    for region in regions:
        stop = min(region.stop, size)
        if region.start < stop:
            wanted.update(range(region.start // WIDTH, -(-min(stop, region.start + _HEAD) // WIDTH)))
            wanted.add((stop - 1) // WIDTH)
    last = -1
    for number in sorted(wanted):
        yield from range(last + 1 if number - last - 1 <= _BRIDGED else number, number + 1)
        last = number


def _hidden(buffer: Buffer) -> list[range]:
    """Return the withheld ranges in order, those that touch drawn together."""
    merged: list[range] = []
    for start, stop in sorted(buffer.withheld):
        if merged and start <= merged[-1].stop:
            merged[-1] = range(merged[-1].start, max(stop, merged[-1].stop))
        elif start < stop:
            merged.append(range(start, stop))
    return merged


def _row(raw: bytes, offset: int, digits: int, hidden: list[range]) -> str:
    """Return the offset, the bytes in hex, and as text: `0016  6b 61 66 6b 61 ...  kafka...`."""
    stars = {
        place - offset
        for secret in hidden
        if secret.start < offset + WIDTH and secret.stop > offset
        for place in range(max(secret.start, offset), min(secret.stop, offset + WIDTH))
    }
    cells = ["**" if index in stars else f"{byte:02x}" for index, byte in enumerate(raw)]
    cells += ["  "] * (WIDTH - len(raw))
    half = WIDTH // 2
    letters = "".join(
        "*" if index in stars else chr(byte) if 0x20 <= byte < 0x7F else "." for index, byte in enumerate(raw)
    )
    return f"{offset:>{digits}}  {' '.join(cells[:half])}  {' '.join(cells[half:])}  {letters}"


def _gap(start: int, stop: int) -> str:
    return f'<div class="kd-gap" data-bytes="{start}:{stop}">&hellip; bytes {start}:{stop}</div>'

"""An exchange, or one message, as HTML: the fields, and beside them the bytes that they stand in."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.notebook.hexview import hexview
from dissector.notebook.markup import page, pieces, text
from dissector.notebook.tree import tree
from dissector.views.style import Piece
from dissector.views.tree import MessageTree, title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.views.regions import Buffer, Region
    from dissector.views.tree_records import Line

REVEAL: Final = "show(…, show_secrets=True)"
_COLUMNS: Final = 110  # up to which a struct stands on one line


class Bounds(NamedTuple):
    """How much is shown: structs of a list, lines of a message, rows of bytes of a buffer (none of them for 0)."""

    elements: int = 100
    lines: int = 2000
    rows: int = 1024


def exchange_page(exchange: Exchange, bounds: Bounds, *, show_secrets: bool) -> str:
    """Return an exchange with both its messages."""
    head = f'<div class="kd-head">{pieces(title(exchange))}</div>'
    messages = [message for message in (exchange.request, exchange.response) if message is not None]
    sections = [section(message, exchange, bounds, show_secrets=show_secrets) for message in messages]
    return page("exchange", head + "".join(sections), script=True)


def message_page(message: Message, exchange: Exchange, bounds: Bounds, *, show_secrets: bool) -> str:
    """Return one message of an exchange."""
    return page("exchange", section(message, exchange, bounds, show_secrets=show_secrets), script=True)


def section(message: Message, exchange: Exchange, bounds: Bounds, *, show_secrets: bool) -> str:
    """Return a message: its title, its tree, and its bytes unless there are to be no rows of them."""
    walk = MessageTree(
        message,
        exchange,
        columns=_COLUMNS,
        show_secrets=show_secrets,
        elements=bounds.elements,
        decompressed=bool(bounds.rows),
        reveal=REVEAL,
    )
    lines, is_cut = _first(walk.lines(), bounds.lines)
    head = f'<div class="kd-title">{pieces(walk.title())}</div>'
    beside = _bytes(walk.buffers, lines, bounds.rows, is_cut=is_cut) if bounds.rows else ""
    if is_cut:
        more = f"more than {bounds.lines} lines: show(exchange.{message.side}, lines={bounds.lines * 10})"
        lines.append((None, 0, [Piece(more, "dim")]))
    return f'<div class="kd-message">{head}<div class="kd-split">{tree(lines)}{beside}</div></div>'


def _first(lines: Iterator[Line], limit: int) -> tuple[list[Line], bool]:
    """Return the first lines, and whether there are more."""
    first = list(islice(lines, limit))
    return first, next(lines, None) is not None


def _bytes(buffers: list[Buffer], lines: list[Line], limit: int, *, is_cut: bool) -> str:
    """Return the buffers that the lines show, each as rows.

    Where lines were cut off, so are the bytes behind those that are shown: nobody looked whether they are secret.
    """
    regions: dict[int, list[Region]] = {buffer.number: [] for buffer in buffers}
    for region in _regions(lines):
        regions[region.buffer.number].append(region)
    made = []
    for buffer in buffers:
        if buffer.number:
            made.append(f'<div class="kd-label">{text(buffer.label)}</div>')
        stop = _reached(lines, buffer) if is_cut else len(buffer.data)
        made.append(hexview(buffer, regions[buffer.number], limit, stop=stop))
    if any(buffer.withheld for buffer in buffers):
        made.append('<div class="kd-note">** withheld</div>')
    return f'<div class="kd-bytes">{"".join(made)}</div>'


def _regions(lines: Iterable[Line]) -> Iterator[Region]:
    for region, _, line in lines:
        if region is not None:
            yield region
        for piece in line:
            if piece.region is not None:
                yield piece.region


def _reached(lines: list[Line], buffer: Buffer) -> int:
    """Return where in a buffer the last field ends that is shown to its end, which has no lines below its own."""
    ends = (
        region.stop
        for (region, depth, _), (_, following, _) in pairwise(lines)
        if region is not None and region.buffer is buffer and following <= depth
    )
    return max(ends, default=0)

"""The formats that exchanges are written in: what is made of each by itself, and how these become the text.

What is made holds nothing but text, bytes, numbers, and tuples or lists of these: it may come from another process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dissector.exchanges import Exchange


class Format(NamedTuple):
    """A format: `make` makes something of an exchange, `text` the text of several such, which come in order.

    `make_all` does what `make` does for several: the same if it is done again, after it was interrupted. Text that is
    nothing but ASCII may be bytes.
    """

    make: Callable[[Exchange], Any]
    make_all: Callable[[Sequence[Exchange]], list[Any]]
    text: Callable[[list[Any]], str | bytes]


def find(name: str, *, color: bool = False, show_secrets: bool = False, columns: int | None = None) -> Format:
    """Return a format, "jsonl", "tree" or "text", each of which is imported only where it is asked for.

    `columns` is the width of the terminal, None for what is none.
    """
    if name == "jsonl":
        from dissector.views import jsonl

        lines = jsonl.JsonLines(show_secrets=show_secrets)
        return Format(lines.write, lines.write_all, lambda lines: jsonl.in_ascii(b"".join(lines)))
    if name == "tree":
        from dissector.views.tree import TreeView

        tree = TreeView(color=color, show_secrets=show_secrets, columns=columns)
        return _one_by_one(lambda exchange: "\n".join([*tree.lines(exchange), ""]), "".join)
    from dissector.views.text import TextView, row

    view = TextView(color=color, columns=columns)
    return _one_by_one(row, lambda rows: "".join(f"{line}\n" for made in rows for line in view.place(made)))


def _one_by_one(make: Callable[[Exchange], Any], text: Callable[[list[Any]], str]) -> Format:
    return Format(make, lambda exchanges: [*map(make, exchanges)], text)


def maker(
    name: str, *, color: bool = False, show_secrets: bool = False, columns: int | None = None
) -> Callable[[Exchange], Any]:
    """Return the `make` of a format."""
    return find(name, color=color, show_secrets=show_secrets, columns=columns).make

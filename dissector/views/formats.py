"""The formats that exchanges are written in: what is made of each by itself, and how these become the text.

What is made holds nothing but text, bytes, numbers, and tuples or lists of these: it may come from another process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.exchanges import Exchange


class Format(NamedTuple):
    """A format: `make` makes something of an exchange, `text` the text of several such, which come in order."""

    make: Callable[[Exchange], Any]
    text: Callable[[list[Any]], str]


def find(name: str, *, color: bool = False, show_secrets: bool = False, columns: int | None = None) -> Format:
    """Return a format, "jsonl", "tree" or "text", each of which is imported only where it is asked for.

    `columns` is the width of the terminal, None for what is none.
    """
    if name == "jsonl":
        from dissector.views import jsonl

        write = jsonl.JsonLines(show_secrets=show_secrets).write
        return Format(write, lambda lines: jsonl.in_ascii(b"".join(lines)))
    if name == "tree":
        from dissector.views.tree import TreeView

        lines = TreeView(color=color, show_secrets=show_secrets, columns=columns).lines
        return Format(lambda exchange: "\n".join([*lines(exchange), ""]), "".join)
    from dissector.views.text import TextView, row

    view = TextView(color=color, columns=columns)
    return Format(row, lambda rows: "".join(f"{line}\n" for made in rows for line in view.place(made)))


def maker(
    name: str, *, color: bool = False, show_secrets: bool = False, columns: int | None = None
) -> Callable[[Exchange], Any]:
    """Return the `make` of a format."""
    return find(name, color=color, show_secrets=show_secrets, columns=columns).make

"""Exchanges on standard output, in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dissector.commands.common import columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from dissector.capture import Capture
    from dissector.commands.run import Run
    from dissector.exchanges import Exchange

format_option = click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["text", "tree", "jsonl"]),
    default="text",
    show_default=True,
    help="text: a line for each exchange. tree: every field with its byte range. jsonl: an object for each exchange.",
)


def show(
    run: Run,
    capture: Capture,
    form: str,
    *,
    show_secrets: bool,
    is_live: bool,
    progress: AbstractContextManager[object] | None = None,
) -> int:
    """Write a capture's exchanges as they settle, then its ledger, and return the exit code.

    `progress` is open meanwhile, and shown in place of the bar.
    """
    lines = _view(form, columns=columns_of(run.out), color=run.color, show_secrets=show_secrets)
    out = run.out
    # What comes from a pipe or an interface, or goes to a terminal, is looked at while it comes.
    flush = is_live or out.isatty()

    def write(exchange: Exchange) -> None:
        out.write("".join(f"{line}\n" for line in lines(exchange)))
        if flush:
            out.flush()

    return run.over(capture, write, progress=progress)


def _view(form: str, *, columns: int | None, color: bool, show_secrets: bool) -> Callable[[Exchange], Iterable[str]]:
    """Return what makes lines of an exchange; each format is imported only where it is asked for."""
    if form == "jsonl":
        from dissector.views import jsonl

        return lambda exchange: (jsonl.line(exchange, show_secrets=show_secrets),)
    if form == "tree":
        from dissector.views.tree import TreeView

        return TreeView(color=color, show_secrets=show_secrets, columns=columns).lines
    from dissector.views.text import TextView

    return TextView(color=color, columns=columns).lines

"""Exchanges on standard output, in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

import click

from dissector.commands.common import columns_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import TextIO

    from dissector.capture import Capture
    from dissector.commands.run import Run
    from dissector.exchanges import Exchange

WrittenT = TypeVar("WrittenT", str, bytes)

_BLOCK: Final = 1 << 16  # characters that are written at once where nobody watches

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
    # What comes from a pipe or an interface, or goes to a terminal, is looked at while it comes.
    size = 0 if is_live or run.out.isatty() else _BLOCK
    output = _output(run.out, form, size, color=run.color, show_secrets=show_secrets)
    return run.over(capture, output.take, output.flush, progress=progress)


class _Output(Generic[WrittenT]):
    """Writes what `make` makes of exchanges to a stream, as the `text` of all together, once it has some size."""

    def __init__(
        self, out: TextIO, size: int, make: Callable[[Exchange], WrittenT], text: Callable[[list[WrittenT]], str]
    ) -> None:
        self._out = out
        self._size = size
        self._make = make
        self._text = text
        self._waiting: list[WrittenT] = []
        self._waiting_size = 0

    def take(self, exchange: Exchange) -> None:
        """Make what is to be written of an exchange."""
        made = self._make(exchange)
        self._waiting.append(made)
        self._waiting_size += len(made)
        if self._waiting_size >= self._size:
            self.flush()

    def flush(self) -> None:
        """Write what was made so far."""
        waiting, self._waiting, self._waiting_size = self._waiting, [], 0
        self._out.write(self._text(waiting))
        if not self._size:
            self._out.flush()


def _output(out: TextIO, form: str, size: int, *, color: bool, show_secrets: bool) -> _Output[str] | _Output[bytes]:
    """Return what writes exchanges in a format, each of which is imported only where it is asked for."""
    if form == "jsonl":
        from dissector.views import jsonl

        def write(exchange: Exchange) -> bytes:
            return jsonl.written(exchange, show_secrets=show_secrets)

        return _Output(out, size, write, lambda written: jsonl.in_ascii(b"".join(written)))
    if form == "tree":
        from dissector.views.tree import TreeView

        lines = TreeView(color=color, show_secrets=show_secrets, columns=columns_of(out)).lines
    else:
        from dissector.views.text import TextView

        lines = TextView(color=color, columns=columns_of(out)).lines
    return _Output(out, size, lambda exchange: "".join(f"{line}\n" for line in lines(exchange)), "".join)

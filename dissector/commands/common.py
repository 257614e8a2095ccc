"""What several commands offer and need."""

from __future__ import annotations

import os
import stat
import sys
from errno import EACCES, ENOENT, ENOTDIR
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import TextIO

STANDARD_OUTPUT: Final = "standard output"

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="auto: on a terminal, unless NO_COLOR is set.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


def columns_of(stream: TextIO) -> int | None:
    """Return the width of a terminal, None for what is none."""
    if not stream.isatty():
        return None
    from shutil import get_terminal_size  # imports all that packs files

    return get_terminal_size().columns


def is_pipe(stream: TextIO) -> bool:
    """Say whether another program reads a stream: it may write to the terminal that standard error goes to."""
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except OSError:  # not a stream that has a descriptor
        return False


def mute(stream: TextIO) -> None:
    """Let a stream go nowhere from now on: its reader has enough, and Python flushes it once more at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def problem_with(folder: Path) -> str | None:
    """Return why no file can be written to a folder, None if it can."""
    if not folder.is_dir():
        return os.strerror(ENOTDIR if folder.exists() else ENOENT)
    return None if os.access(folder, os.W_OK | os.X_OK) else os.strerror(EACCES)


def print_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output, as coloured as they are; a reader that has enough is no error."""
    try:
        for line in lines:
            click.echo(line, color=True)
    except BrokenPipeError:
        mute(sys.stdout)


def is_colored(stream: TextIO, choice: str) -> bool:
    """Say whether to colour what goes to a stream (NO_COLOR: https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def suggestion(name: str) -> str:
    """Return what to do about a name that stands for nothing."""
    from structs import lookup

    names = " or ".join(lookup.similar(name))
    return f" Did you mean {names}?" if names else " To see all APIs: kafka-dissect apis"

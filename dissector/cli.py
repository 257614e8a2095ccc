"""The command line: `kafka-dissect`."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from dissector.commands.exits import BROKEN, FINE, INTERRUPTED, NO_KAFKA, USAGE

__all__ = ["BROKEN", "FINE", "INTERRUPTED", "NO_KAFKA", "USAGE", "main"]

_COMMANDS: Final = ("decode", "live", "stats", "slice", "export", "fields", "apis", "explain")
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _Commands(click.Group):
    """Commands that are imported when they are asked for: none waits for what another needs."""

    def main(self, *arguments: Any, **others: Any) -> Any:
        """Run a command; that there is no room for what it writes is no fault of ours."""
        _open_what_is_closed()
        try:
            return super().main(*arguments, **others)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            from dissector.commands.common import STANDARD_OUTPUT, mute

            mute(sys.stdout)
            sys.stderr.write(f"kafka-dissect: error: {STANDARD_OUTPUT}: {error.strerror}\n")
            sys.exit(BROKEN)

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"dissector.commands.{name}").command
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, args)
        except click.UsageError:
            if args[0] in _COMMANDS:
                raise
            import shlex
            from difflib import get_close_matches
            from pathlib import Path

            if Path(args[0]).is_file():
                context.fail(f"'{args[0]}' is a file, no command. Try: kafka-dissect decode {shlex.quote(args[0])}")
            near = get_close_matches(args[0].lower(), _COMMANDS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(_COMMANDS)}."
            context.fail(f"No such command {args[0]!r}. {hint}")


def _open_what_is_closed() -> None:
    """Have all three standard streams, be it that they go nowhere: Python has None for what a service has closed."""
    for name in ("stdin", "stdout", "stderr"):  # in the order of their descriptors: the lowest that is free is taken
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version  # slow to import, seldom wanted

        click.echo(f"kafka-dissect {version('kafka-dissector')}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def main() -> None:
    """Decode Kafka traffic from packet captures: every API, every version, nothing dropped silently."""

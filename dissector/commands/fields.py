"""`kafka-dissect fields`: what filters can ask."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.common import color_option, columns_of, is_colored, json_option, suggestion

if TYPE_CHECKING:
    from structs.grammar import Message

_EPILOG: Final = """\b
Examples:
  kafka-dissect fields
  kafka-dissect fields Produce
  kafka-dissect fields fetch response
  kafka-dissect fields partition
  kafka-dissect decode orders.pcapng --filter 'error != none and not api == Metadata'
  kafka-dissect decode orders.pcapng --filter 'api == Produce and request.acks == 0'
"""


@click.command("fields", short_help="List what filters can ask.", epilog=_EPILOG)
@click.argument("name", metavar="[API|WORD]", required=False)
@click.argument("side", metavar="[request|response]", required=False)
@json_option
@color_option
def command(name: str | None, side: str | None, as_json: bool, color: str) -> None:
    """List the fields that filters can ask: those of all exchanges, or those of the bodies of an API.

    A word that is no API's name is looked for in all of them. The paths of bodies are those of all versions; where a
    version lacks a field, comparisons with it are false.
    """
    from dissector.filters.fields import FIELDS
    from dissector.views import fields as view

    painted, columns = is_colored(sys.stdout, color), columns_of(sys.stdout)
    messages = [] if name is None else _messages(name, side)
    if name is None:
        lines = view.general(color=painted, columns=columns)
        general, paths = list(FIELDS.values()), []
    elif messages:
        general, paths = [], view.paths(messages)
        lines = view.lines(paths, color=painted, columns=columns)
    else:
        general, paths = view.search(name)
        if not general and not paths:
            raise click.UsageError(f"No field has {name!r} in its name, and no API is called so.{suggestion(name)}")
        lines = view.found(general, paths, color=painted, columns=columns)
    if as_json:
        click.echo(view.to_json(general, paths))
        return
    for line in lines:
        click.echo(line, color=True)


def _messages(name: str, side: str | None) -> list[Message]:
    """Return the messages of an API, or one of them; none where a name is no API's."""
    from structs import lookup
    from structs.grammar import Message

    if side is not None and side.lower() not in ("request", "response"):
        raise click.UsageError(f"What is {side!r}? Try: kafka-dissect fields {name} [request|response]")
    messages = [found for found in lookup.find(name) if isinstance(found, Message)]
    if side is None:
        return messages
    if not messages:
        raise click.UsageError(f"No API is called {name!r}.{suggestion(name)}")
    return [message for message in messages if message.side == side.lower()]

"""`kafka-dissect fields`: what filters can ask."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.common import color_option, columns_of, is_colored, json_option, print_lines

if TYPE_CHECKING:
    from structs.grammar import Message, Side

_EPILOG: Final = """\b
Examples:
  kafka-dissect fields
  kafka-dissect fields Produce
  kafka-dissect fields fetch response
  kafka-dissect fields partition
  kafka-dissect fields outcome
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

    A word that is no API's name is looked for in the names of all fields. The paths of bodies are those of all
    versions; where a version lacks a field, comparisons with it are false.
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
        sides: dict[str | None, tuple[Side, ...]] = {"request": ("request",), "response": ("response",)}
        general, paths = view.search(name, sides.get(side and side.lower(), view.SIDES))
        if not general and not paths:
            whose = f" of {side.lower()}s" if side else ""
            text = f"No field{whose} has {name!r} in its name, and no API is called so.{_suggestion(name)}"
            raise click.UsageError(text)
        lines = view.found(general, paths, color=painted, columns=columns)
    print_lines([view.to_json(general, paths)] if as_json else lines)


def _messages(name: str, side: str | None) -> list[Message]:
    """Return the messages of an API, or one of them; none where a name is no API's."""
    from structs import lookup
    from structs.grammar import Message

    if side is not None and side.lower() not in ("request", "response"):
        raise click.UsageError(f"What is {side!r}? Try: kafka-dissect fields {name} [request|response]")
    messages = [found for found in lookup.find(name) if isinstance(found, Message)]
    if side is None:
        return messages
    return [message for message in messages if message.side == side.lower()]


def _suggestion(name: str) -> str:
    """Return what to do about a name that is no API's and in no field's."""
    from dissector.filters.compiler import suggestions
    from structs import lookup

    near = list(dict.fromkeys([*lookup.similar(name), *suggestions(name)]))[:3]
    return f" Did you mean {' or '.join(near)}?" if near else " To see all fields: kafka-dissect fields"

"""`kafka-dissect explain`: a version's grammar."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.common import color_option, columns_of, is_colored, json_option, print_lines, suggestion

if TYPE_CHECKING:
    from structs.grammar import Data

_EPILOG: Final = """\b
Examples:
  kafka-dissect explain Produce 9
  kafka-dissect explain fetch 12 response
  kafka-dissect explain Metadata --history
  kafka-dissect explain ConsumerProtocolSubscription 3
  kafka-dissect explain Fetch 17 request --json | jq -r '.messages[].fields[].name'
"""


@click.command("explain", short_help="Show what a version of an API looks like.", epilog=_EPILOG)
@click.argument("name", metavar="NAME|KEY")
@click.argument("which", metavar="[VERSION] [request|response]", nargs=-1)
@click.option("--history", is_flag=True, help="A line for each version: what it changed.")
@json_option
@color_option
def command(name: str, which: tuple[str, ...], history: bool, as_json: bool, color: str) -> None:
    """Show the grammar of an API's version as Kafka's protocol guide does, what it means, and what changed in it.

    Without a version, the newest; without a side, both. Payloads and records of internal topics are explained as well.
    """
    from dissector.views import explain_json
    from dissector.views.explain import ExplainView

    schemas, version = _asked_for(name, which)
    if history and version is not None:
        raise click.UsageError(f"--history is about all versions: leave out the {version}.")
    if version is None:
        version = max(schemas[0].versions.each())
    if as_json:
        print_lines([explain_json.history_to_json(schemas) if history else explain_json.to_json(schemas, version)])
        return
    view = ExplainView(color=is_colored(sys.stdout, color), columns=columns_of(sys.stdout))
    print_lines(view.history(schemas) if history else view.lines(schemas, version))


def _asked_for(name: str, which: tuple[str, ...]) -> tuple[list[Data], int | None]:
    """Return the schemas that a name and perhaps a side stand for, and the version if there is one."""
    from structs import lookup

    found = lookup.find(name)
    if not found:
        what = f"API has the key {name}" if name.isdecimal() else f"API and no schema is called {name!r}"
        raise click.UsageError(f"No {what}.{suggestion(name)}")
    version = None
    for word in which:
        if word.lower() in ("request", "response"):
            found = [schema for schema in found if schema.name.endswith(word.capitalize())]
            if not found:
                raise click.UsageError(f"{name} has no {word}. Try: kafka-dissect explain {name}")
        elif version is None and word.removeprefix("v").isdecimal():
            version = int(word.removeprefix("v"))
        else:
            raise click.UsageError(f"What is {word!r}? Try: kafka-dissect explain {name} [VERSION] [request|response]")
    versions = found[0].versions
    if version is not None and version not in versions:
        newest = max(versions.each())
        text = f"{name} has no version {version}, only {versions}. Try: kafka-dissect explain {name} {newest}"
        raise click.UsageError(text)
    return found, version

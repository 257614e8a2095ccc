"""`kafka-dissect apis`: the coverage table."""

from __future__ import annotations

import sys

import click

from dissector.commands.common import color_option, columns_of, is_colored, json_option, print_lines, suggestion


@click.command("apis", short_help="List the APIs with their versions and releases.")
@click.argument("filters", metavar="[NAME|KEY]...", nargs=-1)
@json_option
@color_option
def command(filters: tuple[str, ...], as_json: bool, color: str) -> None:
    """List the APIs: their versions, and the releases of Kafka that speak them.

    A name is a part of the API's name, or of one that it had before. FLEX is the first flexible version, HEADERS are
    the versions of the request's and the response's header, LAST is the last release if the API is gone.
    """
    from dissector.views import apis as view
    from structs import lookup, registry

    found = lookup.apis_like(filters) if filters else registry.apis()
    if not found:
        raise click.UsageError(f"No API is like {' '.join(filters)!r}.{suggestion(filters[0])}")
    if as_json:
        print_lines([view.to_json(found)])
        return
    print_lines(view.lines(found, color=is_colored(sys.stdout, color), columns=columns_of(sys.stdout)))
    if sys.stdout.isatty():
        click.echo(err=True)
    click.echo(view.totals(found), err=True)

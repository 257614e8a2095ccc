"""`kafka-dissect stats`: how many, how large, how slow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.common import columns_of, json_option
from dissector.commands.options import captures_argument, dissection_options, filter_option, run_options
from dissector.commands.run import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.commands.run import Run
    from dissector.correlation import Exchange
    from dissector.engine import Options

_TOP: Final = 20

_EPILOG: Final = f"""\b
Examples:
  kafka-dissect stats orders.pcapng
  kafka-dissect stats orders.pcapng --by api,client --sort p99 --top 10
  kafka-dissect stats orders.pcapng --by topic --by error --filter 'api in (Produce, Fetch)'
  kafka-dissect stats orders.pcapng --json | jq '.tables[0].rows[] | select(.unanswered > 0)'

{EXIT_CODES}"""


def _tables(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    from dissector.statistics import DEFAULT, DIMENSIONS, parse_table

    try:
        return tuple(dict.fromkeys(map(parse_table, texts))) or DEFAULT
    except ValueError as error:
        raise click.BadParameter(f"{str(error)!r} is none of {', '.join(DIMENSIONS)}.") from None


@click.command("stats", short_help="Count exchanges: how many, how large, how slow.", epilog=_EPILOG)
@captures_argument
@click.option(
    "--by",
    "tables",
    multiple=True,
    metavar="WHAT[,WHAT...]",
    callback=_tables,
    help="A table by: api, version, client, host (the client's), broker, connection, outcome, or, which decodes bodies:"
    " topic, group, transaction, error, throttle; or by several of them. Repeatable.  [default: api, client, broker]",
)
@click.option(
    "--sort",
    type=click.Choice(
        ["requests", "name", "sent", "received", "bytes", "p50", "p95", "p99", "max", "unanswered", "late"]
    ),
    default="requests",
    show_default=True,
    help="What comes first in a table: the most, the slowest; names in their order.",
)
@click.option(
    "--top",
    type=click.IntRange(1),
    metavar="N",
    help=f"Show the first N rows of each table.  [default: {_TOP}; with --json, all]",
)
@filter_option
@json_option
@dissection_options
@run_options
def command(
    captures: tuple[str, ...],
    tables: tuple[tuple[str, ...], ...],
    sort: str,
    top: int | None,
    where: Callable[[Exchange], bool] | None,
    as_json: bool,
    options: Options,
    run: Run,
) -> None:
    """Count the exchanges in captures by API, client and broker: requests, bytes both ways, latencies, unanswered.

    Latency is from the packet that completes a request to the one that completes its response. Headers tell all that
    the default tables need. What has several topics, groups or errors counts in the row of each, with all its bytes.
    Latencies are exact of up to 1000 exchanges, beyond they are off by 0.5 % at most.
    """
    from dissector.capture import open_capture
    from dissector.statistics import Statistics
    from dissector.views import stats

    statistics = Statistics(tables)

    def write() -> None:
        if as_json:
            run.out.write(stats.to_json(statistics, sort=sort, top=top) + "\n")
            return
        if statistics.began is None:
            return
        view = stats.StatsView(sort=sort, top=top or _TOP, color=run.color, columns=columns_of(run.out))
        for line in view.lines(statistics):
            run.out.write(f"{line}\n")

    sys.exit(run.over(open_capture(*captures, where=where, **options), statistics.take, write))

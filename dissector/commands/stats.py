"""`kafka-dissect stats`: how many, how large, how slow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.common import columns_of, json_option
from dissector.commands.exits import BROKEN
from dissector.commands.options import dissection_options, filter_option, optional_captures_argument, run_options
from dissector.commands.run import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dissector.commands.run import Run
    from dissector.engine import Options
    from dissector.exchanges import Exchange
    from dissector.statistics import Statistics

_TOP: Final = 20

_EPILOG: Final = f"""\b
Examples:
  kafka-dissect stats orders.pcapng
  kafka-dissect stats orders.pcapng --by api,client --sort p99 --top 10
  kafka-dissect stats orders.pcapng --by topic --by error --filter 'api in (Produce, Fetch)'
  kafka-dissect stats -i eth0 --by client --sort bytes --interval 5
  kafka-dissect stats orders.pcapng --json | jq '.tables[0].rows[] | select(.unanswered > 0)'

{EXIT_CODES}"""


def _tables(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    from dissector.dimensions import parse_table
    from dissector.statistics import DEFAULT

    try:
        return tuple(dict.fromkeys(map(parse_table, texts))) or DEFAULT
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("stats", short_help="Count exchanges: how many, how large, how slow.", epilog=_EPILOG)
@optional_captures_argument
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
@click.option(
    "-i",
    "--interface",
    "interfaces",
    multiple=True,
    metavar="IFACE",
    help="Count what crosses this interface from now on, instead of captures; repeatable.",
)
@click.option("--bpf", metavar="FILTER", help="With -i: what to capture, in tcpdump's language.")
@click.option(
    "--duration", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="With -i: stop after so long."
)
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 86_400),
    metavar="SECONDS",
    help="With -i: show what was counted so far every so often; what is no terminal gets it anew each time, with"
    " --json in a line.  [default: 1 on a terminal, else at the end]",
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
    interfaces: tuple[str, ...],
    bpf: str | None,
    duration: float | None,
    interval: float | None,
    where: Callable[[Exchange], bool] | None,
    as_json: bool,
    options: Options,
    run: Run,
) -> None:
    """Count exchanges by API, client and broker: requests, bytes both ways, latencies, unanswered.

    Latency is from the packet that completes a request to the one that completes its response. Headers tell all that
    the default tables need. What has several topics, groups or errors counts in the row of each, with all its bytes;
    by several of these, in the row of each combination; only topics and errors go together as the response has them.
    Latencies are exact of up to 1000 exchanges, beyond they are off by 0.5 % at most.
    """
    if bool(captures) == bool(interfaces):
        raise click.UsageError("Name captures to read, or an interface to watch with -i: one of both.")
    if not interfaces and (bpf, duration, interval) != (None, None, None):
        raise click.UsageError("--bpf, --duration and --interval are for live interfaces (-i).")
    from dissector.statistics import Statistics

    statistics = Statistics(tables)
    lines = _json(statistics, sort, top, interval) if as_json else _text(statistics, sort, top, run)

    def write() -> None:
        run.out.write("".join(f"{line}\n" for line in lines()))

    if not interfaces:
        from dissector.capture import open_capture

        files = open_capture(*captures, where=where, **options)
        files.spare(statistics.take_pair)
        sys.exit(run.over(files, statistics.take, write, progress=run.progress(files, writes_lines=False)))
    from dissector.live import sniff
    from dissector.sources.errors import CaptureError

    try:
        capture = sniff(*interfaces, bpf=bpf, duration=duration, where=where, **options)
    except CaptureError as error:
        run.say(f"error: {error}")
        sys.exit(BROKEN)
    if interval is None and (as_json or not run.out.isatty()):
        from dissector.commands.watching import Watching

        sys.exit(run.over(capture, statistics.take, write, progress=Watching(capture, run)))
    from dissector.commands.refreshing import Refreshing

    refreshing = Refreshing(
        capture, run, lines, statistics.take, interval=interval or 1, has_screen=run.out.isatty() and not as_json
    )
    sys.exit(run.over(capture, refreshing.take, write, progress=refreshing))


def _text(statistics: Statistics, sort: str, top: int | None, run: Run) -> Callable[[], Iterable[str]]:
    """Return what gives lines of the tables, as wide as the terminal is then."""
    from dissector.views.stats import StatsView

    def lines() -> Iterable[str]:
        if statistics.began is None:
            return ()  # the ledger says why there is nothing
        return StatsView(sort=sort, top=top or _TOP, color=run.color, columns=columns_of(run.out)).lines(statistics)

    return lines


def _json(statistics: Statistics, sort: str, top: int | None, interval: float | None) -> Callable[[], Iterable[str]]:
    """Return what gives the JSON object, in one line where others follow."""
    from dissector.views.stats import to_json

    return lambda: (to_json(statistics, sort=sort, top=top, indent=2 if interval is None else None),)

"""`kafka-dissect live`: the exchanges on the interfaces of this machine, as they happen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.options import dissection_options, filter_option, run_options, show_secrets_option
from dissector.commands.showing import format_option, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.commands.run import Run
    from dissector.engine import Options
    from dissector.exchanges import Exchange

_EPILOG: Final = """\b
Examples:
  kafka-dissect live
  kafka-dissect live -i eth0 --filter 'error != none'
  kafka-dissect live -i eth0 --write today.pcapng --duration 60
  kafka-dissect live -i eth0 --write >(wireshark -k -i -)
  kafka-dissect live -i lo --format jsonl | jq 'select(.latency_ms > 50)'
  kafka-dissect live -i eth0 --bpf 'host 10.0.0.7 and tcp port 9092'

\b
Exit codes:
  0    it ended as it was told to: Ctrl-C, --duration, --count
  1    it could not capture (no permission, no such interface), or no longer
  2    the command line is wrong
  3    no Kafka was seen: the ledger says what there was, and what to try
  130  Ctrl-C, a second time: what was captured and not decoded yet is left
"""


def _beside_output(_: click.Context, __: click.Parameter, write: str | None) -> str | None:
    """Refuse "-", which would be a file of that name, or packets between the exchanges."""
    if write == "-":
        raise click.BadParameter(
            "standard output is for the exchanges: name a file, or in bash a program that reads it,"
            " such as >(wireshark -k -i -)"
        )
    return write


@click.command("live", short_help="Show requests and responses on network interfaces, as they happen.", epilog=_EPILOG)
@click.option(
    "-i",
    "--interface",
    "interfaces",
    multiple=True,
    metavar="IFACE",
    help="Watch this interface; repeatable.  [default: any, all there are]",
)
@click.option(
    "--bpf",
    metavar="FILTER",
    help="What to capture, in tcpdump's language.  [default: TCP, with --port on these ports, in tunnels too]",
)
@click.option("--duration", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Stop after so long.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="Stop after so many exchanges.")
@click.option(
    "--write",
    type=click.Path(dir_okay=False, writable=True, readable=False),
    metavar="FILE",
    callback=_beside_output,
    help="Write what is captured to a pcapng file, while watching: all of it, whatever --filter picks.",
)
@format_option
@filter_option
@dissection_options
@show_secrets_option
@run_options
def command(
    interfaces: tuple[str, ...],
    bpf: str | None,
    duration: float | None,
    count: int | None,
    write: str | None,
    form: str,
    where: Callable[[Exchange], bool] | None,
    options: Options,
    show_secrets: bool,
    run: Run,
) -> None:
    """Show the requests and responses that cross network interfaces, each as its response arrives.

    Ctrl-C ends it. What is found goes to standard output, and nothing else; on standard error follows the ledger, with
    the packets that were dropped where there were too many to keep up with. Needs the right to capture (root, or
    CAP_NET_RAW), and Linux.
    """
    from dissector.commands.watching import Watching
    from dissector.live import sniff
    from dissector.sources.errors import CaptureError

    try:
        capture = sniff(*interfaces, bpf=bpf, duration=duration, count=count, write=write, where=where, **options)
    except CaptureError as error:
        run.say(f"error: {error}")
        sys.exit(1)
    watching = Watching(capture, run)
    sys.exit(show(run, capture, form, show_secrets=show_secrets, is_live=True, progress=watching))

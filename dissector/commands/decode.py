"""`kafka-dissect decode`: the exchanges in captures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.options import (
    captures_argument,
    dissection_options,
    filter_option,
    jobs_option,
    run_options,
    show_secrets_option,
)
from dissector.commands.run import EXIT_CODES
from dissector.commands.showing import format_option, show

if TYPE_CHECKING:
    from dissector.commands.run import Run
    from dissector.engine import Options
    from dissector.filters import Filter

_EPILOG: Final = f"""\b
Examples:
  kafka-dissect decode orders.pcapng
  kafka-dissect decode orders.pcapng --filter 'api == Produce and latency > 50ms'
  kafka-dissect decode --format tree broker-1.pcap broker-2.pcap
  kafka-dissect decode orders.pcapng --format jsonl | jq 'select(.outcome != "answered")'
  tcpdump -i any -U -w - port 9092 | kafka-dissect decode -

{EXIT_CODES}"""


@click.command("decode", short_help="Show the requests and responses in captures.", epilog=_EPILOG)
@captures_argument
@format_option
@filter_option
@dissection_options
@show_secrets_option
@jobs_option
@run_options
def command(
    captures: tuple[str, ...],
    form: str,
    where: Filter | None,
    options: Options,
    show_secrets: bool,
    jobs: int,
    run: Run,
) -> None:
    """Show the requests and responses in pcap or pcapng files ("-" is standard input), as they settle.

    What is found goes to standard output, and nothing else. On standard error follows the ledger: where every captured
    byte went. Several files are read one after the other, as one capture.
    """
    from dissector.capture import open_capture

    is_live = "-" in captures
    if is_live and jobs > 1:
        raise click.UsageError("--jobs is for files: what comes from standard input is shown as it comes.")
    shared = where if jobs > 1 and where is not None and where.needs_bodies else None  # by those who decode bodies
    capture = open_capture(*captures, where=where if shared is None else None, **options)
    sys.exit(show(run, capture, form, show_secrets=show_secrets, is_live=is_live, jobs=jobs, where=shared))

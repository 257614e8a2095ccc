"""Options that several commands have, as decorators; each hands its command one argument, whatever it asks for."""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from dissector.commands.common import color_option, problem_with
from dissector.commands.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector import streams
    from dissector.decryption import Decryption
    from dissector.engine import Options
    from dissector.filters import Filter
    from structs import records

    Function = Callable[..., Any]


def _one_terminal(_: click.Context, __: click.Parameter, captures: tuple[str, ...]) -> tuple[str, ...]:
    if "-" in captures and sys.stdin.isatty():
        raise click.UsageError("Standard input is a terminal: pipe a capture into it, or name a file.")
    return captures


def _captures(*, required: bool) -> Callable[[Function], Function]:
    return click.argument(
        "captures",
        metavar="CAPTURE..." if required else "[CAPTURE...]",
        nargs=-1,
        required=required,
        type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
        callback=_one_terminal,
    )


captures_argument = _captures(required=True)
optional_captures_argument = _captures(required=False)

show_secrets_option = click.option(
    "--show-secrets", is_flag=True, help="Show SASL tokens, salts, HMACs and passwords instead of their sizes."
)


_ALL: Final = 16  # processes at most that 0 stands for: one reads packets for all, and more would wait for it


def _jobs(_: click.Context, __: click.Parameter, jobs: int) -> int:
    if jobs:
        return jobs
    from dissector.jobs.workers import available

    return min(available(), _ALL)


jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0, 64),
    default=1,
    show_default=True,
    metavar="N",
    callback=_jobs,
    help=f"How many processes share the work; 0: one for each processor, {_ALL} at most. What is written is the same.",
)


def _parsed(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> Filter | None:
    if not texts:
        return None
    from dissector import filters

    try:
        parsed = [filters.parse(text) for text in texts]  # each for itself: none may lean on another's parentheses
        return parsed[0] if len(parsed) == 1 else filters.parse(" and ".join(f"({text})" for text in texts))
    except filters.FilterError as error:
        raise click.BadParameter(str(error)) from None


filter_option = click.option(
    "--filter",
    "where",
    multiple=True,
    metavar="FILTER",
    callback=_parsed,
    help="Only exchanges that this picks, such as 'api == Produce and latency > 50ms'; repeatable, for those that all"
    " pick. See: kafka-dissect fields",
)


def dissection_options(function: Function) -> Function:
    """Add how traffic is dissected; the command gets it as `options`, an `engine.Options`."""

    @wraps(function)
    def command(
        *arguments: Any,
        ports: tuple[int, ...],
        decode_as: tuple[int, ...],
        wait_packets: int | None,
        wait_bytes: int | None,
        max_decompressed: int | None,
        max_records: int | None,
        decryption: Decryption | None,
        **others: Any,
    ) -> Any:
        options: Options = {
            "ports": ports or None,
            "decode_as": decode_as,
            "stream_limits": _stream_limits(wait_packets, wait_bytes),
            "record_limits": _record_limits(max_decompressed, max_records),
            "decryption": decryption,
        }
        return function(*arguments, options=options, **others)

    for option in reversed(_DISSECTION_OPTIONS):
        command = option(command)
    return command


def _decryption(_: click.Context, __: click.Parameter, keylog: str | None) -> Decryption | None:
    if keylog is None:
        return None
    from dissector.capture import decryption_with
    from dissector.keylog import KeyLogError

    try:
        return decryption_with(keylog)
    except KeyLogError as error:
        raise click.BadParameter(str(error)) from None


_DISSECTION_OPTIONS = (
    click.option(
        "-p",
        "--port",
        "ports",
        type=click.IntRange(1, 65535),
        multiple=True,
        metavar="PORT",
        help="Look at this port of brokers or controllers only; repeatable. Default: Kafka is recognised on any port.",
    ),
    click.option(
        "--decode-as",
        type=click.IntRange(1, 65535),
        multiple=True,
        metavar="PORT",
        help="Take what is on this port for Kafka, whatever it looks like; repeatable.",
    ),
    click.option(
        "--keylog",
        "decryption",
        type=click.Path(exists=True, dir_okay=False, readable=True),
        metavar="FILE",
        callback=_decryption,
        help="Decrypt TLS with the secrets in this file (a key log, as SSLKEYLOGFILE makes it; it may grow meanwhile), "
        "through tshark. Secrets that are embedded in a pcapng need no option.",
    ),
    click.option(
        "--wait-packets",
        type=click.IntRange(1),
        metavar="N",
        help="For how many packets of its connection to wait for a segment that is missing.  [default: 512]",
    ),
    click.option(
        "--wait-bytes",
        type=click.IntRange(1),
        metavar="N",
        help="How many bytes of its stream to hold meanwhile.  [default: 8388608]",
    ),
    click.option(
        "--max-decompressed",
        type=click.IntRange(1),
        metavar="MIB",
        help="What a record batch may decompress to, in MiB; beyond, it is reported and not read.  [default: 128]",
    ),
    click.option(
        "--max-records",
        type=click.IntRange(1),
        metavar="N",
        help="How many records a batch may have.  [default: 1000000, 250000 of them compressed]",
    ),
)


def _stream_limits(wait_packets: int | None, wait_bytes: int | None) -> streams.Limits:
    from dissector.streams import Limits

    given = {"wait_packets": wait_packets, "wait_bytes": wait_bytes}
    return Limits(**{name: value for name, value in given.items() if value is not None})


def _record_limits(max_decompressed: int | None, max_records: int | None) -> records.Limits:
    from dataclasses import replace

    from structs.records import DEFAULT

    limits = DEFAULT
    if max_decompressed is not None:
        limits = replace(limits, decompressed=max_decompressed << 20)
    if max_records is not None:
        limits = replace(limits, records=max_records, compressed_records=max_records)
    return limits


def _can_be_made(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file that cannot be written: now, and not when hours have passed."""
    problem = None if path is None or path.exists() else problem_with(path.parent)
    if problem is not None:
        raise click.BadParameter(f"{path}: {problem}")
    return path


def run_options(function: Function) -> Function:
    """Add what a run says beside its results; the command gets it as `run`, a `Run`."""

    @wraps(function)
    def command(*arguments: Any, ledger_file: Path | None, color: str, quiet: bool, **others: Any) -> Any:
        return function(*arguments, run=Run(ledger_file, color=color, quiet=quiet), **others)

    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


_RUN_OPTIONS = (
    click.option(
        "--ledger",
        "ledger_file",
        type=click.Path(dir_okay=False, writable=True, readable=False, path_type=Path),
        metavar="FILE",
        callback=_can_be_made,
        help="Write the ledger to a file too, as JSON; also when the capture breaks off.",
    ),
    color_option,
    click.option("-q", "--quiet", is_flag=True, help="No progress bar and no ledger; errors are still said."),
)

"""`kafka-dissect export`: captures as tables, for whatever reads tables."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.exits import BROKEN
from dissector.commands.options import (
    captures_argument,
    dissection_options,
    filter_option,
    run_options,
    show_secrets_option,
)
from dissector.commands.run import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector.commands.run import Run
    from dissector.engine import Options
    from dissector.exchanges import Exchange
    from dissector.tables import Table
    from dissector.tables.export import Export, Format

_FORMATS: Final = ("parquet", "csv", "sqlite", "duckdb")
_TABLES: Final = ("connections", "exchanges", "messages", "records")

_EPILOG: Final = f"""\b
Examples:
  kafka-dissect export orders.pcapng --to parquet -o tables
  kafka-dissect export ring-*.pcap --to duckdb -o incident.duckdb --filter 'latency > 100ms'
  kafka-dissect export orders.pcapng --to csv -o tables --table exchanges,records
  kafka-dissect export --columns
  duckdb incident.duckdb 'from exchanges order by latency desc limit 10'

{EXIT_CODES}"""


def _chosen(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    names = [name.strip() for text in texts for name in text.split(",")]
    unknown = [name for name in names if name not in _TABLES]
    if unknown:
        raise click.BadParameter(f"there is no table {unknown[0]!r}, only {', '.join(_TABLES)}.")
    return tuple(dict.fromkeys(names)) or _TABLES


def _columns(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from dissector.tables import TABLES

        click.echo("\n\n".join(table.describe() for table in TABLES.values()))
        context.exit()


@click.command("export", short_help="Write captures as tables: Parquet, CSV, SQLite, DuckDB.", epilog=_EPILOG)
@captures_argument
@click.option("--to", "form", required=True, type=click.Choice(_FORMATS), help="What to write.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The folder to write to (parquet, csv: a file for each table), or the file (sqlite, duckdb).",
)
@click.option(
    "--table",
    "names",
    multiple=True,
    callback=_chosen,
    metavar="NAMES",
    help="Only these tables, of: connections, exchanges, messages, records. With commas, or repeated.",
)
@filter_option
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@click.option(
    "--for-spreadsheets",
    is_flag=True,
    help="In CSV, put an apostrophe before text that a spreadsheet would run as a formula: clients may send such.",
)
@click.option(
    "--columns",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_columns,
    help="Say what is in the tables, and exit.",
)
@dissection_options
@show_secrets_option
@run_options
def command(
    captures: tuple[str, ...],
    form: str,
    output: Path,
    names: tuple[str, ...],
    where: Callable[[Exchange], bool] | None,
    overwrite: bool,
    for_spreadsheets: bool,
    options: Options,
    show_secrets: bool,
    run: Run,
) -> None:
    """Write what is in captures as tables: connections, exchanges, messages (with their bodies, as JSON), and records.

    Times are in UTC, to the nanosecond where the format can do that. The column "exchange" numbers the exchanges of the
    capture: tables are joined by it. Files appear when they are complete; Ctrl-C completes them with what was read
    until then. Needs pip install 'kafka-dissector[arrow]' for Parquet and 'kafka-dissector[duckdb]' for DuckDB, nothing
    for the others.
    """
    from dissector.capture import open_capture
    from dissector.tables import TABLES
    from dissector.tables.export import Export, Format
    from dissector.tables.tabular import MissingExtraError

    tables = [TABLES[name] for name in names]
    as_format = Format(form)
    if for_spreadsheets and as_format is not Format.CSV:
        raise click.UsageError("--for-spreadsheets is for --to csv.")
    _check(as_format, output, tables, captures, overwrite=overwrite)
    try:
        sink = as_format.sink(output, tables, for_spreadsheets=for_spreadsheets)
    except MissingExtraError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        run.say(f"error: {error.filename or output}: {error.strerror or error}")
        sys.exit(BROKEN)
    export = Export(sink, tables, where=where, show_secrets=show_secrets)
    capture = open_capture(*captures, **options)

    def finish() -> None:
        if capture.ledger.exchanges:
            from dissector.views.escape import printable

            export.finish()
            paths = as_format.files(output, tables).values()
            for path, count in zip(paths, _counts(as_format, export, names), strict=True):
                run.out.write(f"{printable(str(path))}: {count}\n")

    progress = run.progress(capture, writes_lines=False)
    with ExitStack() as stack:
        stack.callback(sink.discard)
        sys.exit(run.over(capture, export.take, finish, progress=progress, output=str(output), errors=sink.errors))


def _counts(form: Format, export: Export, names: tuple[str, ...]) -> list[str]:
    """Return how many rows there are, for each file."""
    if form.is_one_file:
        return [", ".join(f"{export.counts[name]} {name}" for name in names)]
    return [f"{export.counts[name]} rows" for name in names]


def _check(form: Format, output: Path, tables: list[Table], captures: tuple[str, ...], *, overwrite: bool) -> None:
    """Refuse to write over what is there, unless that is wanted; captures are never overwritten."""
    if form.is_one_file and output.is_dir():
        raise click.UsageError(f"{output} is a folder: {form.value} is one file, name it with -o.")
    if not form.is_one_file and output.exists() and not output.is_dir():
        raise click.UsageError(f"{output} is a file: {form.value} is a file for each table, name a folder with -o.")
    for path in form.files(output, tables).values():
        if not path.exists():
            continue
        if not overwrite:
            raise click.UsageError(f"{path} is there already: give --overwrite to replace it.")
        if any(capture != "-" and path.samefile(capture) for capture in captures):
            raise click.UsageError(f"{path} is a capture to read, and would be overwritten: name another file.")

"""`kafka-dissect decode`: the exchanges in captures."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dissector.commands.common import color_option, columns_of, is_colored
from dissector.commands.exits import BROKEN, FINE, INTERRUPTED, NO_KAFKA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from typing import TextIO

    from dissector import streams
    from dissector.capture import Capture
    from dissector.correlation import Exchange
    from structs import records

_PROGRESS_FROM: Final = 20_000_000  # bytes of captures below which a progress bar would only flicker

_EPILOG: Final = """\b
Examples:
  kafka-dissect decode orders.pcapng
  kafka-dissect decode --format tree broker-1.pcap broker-2.pcap
  kafka-dissect decode orders.pcapng --format jsonl | jq 'select(.outcome != "answered")'
  tcpdump -i any -U -w - port 9092 | kafka-dissect decode -

\b
Exit codes:
  0    the captures were read to their ends (what could not be decoded says so in its place)
  1    a capture could not be read, or breaks off: what came before was decoded, and other files
  2    the command line is wrong
  3    no Kafka was found: the ledger says what there was, and what to try
  130  interrupted with Ctrl-C
"""


@click.command("decode", short_help="Show the requests and responses in captures.", epilog=_EPILOG)
@click.argument(
    "captures",
    metavar="CAPTURE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True),
)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["text", "tree", "jsonl"]),
    default="text",
    show_default=True,
    help="text: a line for each exchange. tree: every field with its byte range. jsonl: an object for each exchange.",
)
@click.option(
    "-p",
    "--port",
    "ports",
    type=click.IntRange(1, 65535),
    multiple=True,
    metavar="PORT",
    help="Look at this port of brokers or controllers only; repeatable. Default: Kafka is recognised on any port.",
)
@click.option(
    "--decode-as",
    type=click.IntRange(1, 65535),
    multiple=True,
    metavar="PORT",
    help="Take what is on this port for Kafka, whatever it looks like; repeatable.",
)
@click.option(
    "--ledger",
    "ledger_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the ledger to a file too, as JSON; also when the capture breaks off.",
)
@click.option(
    "--wait-packets",
    type=click.IntRange(1),
    metavar="N",
    help="For how many packets of its connection to wait for a segment that is missing.  [default: 512]",
)
@click.option(
    "--wait-bytes",
    type=click.IntRange(1),
    metavar="N",
    help="How many bytes of its stream to hold meanwhile.  [default: 8388608]",
)
@click.option(
    "--max-decompressed",
    type=click.IntRange(1),
    metavar="MIB",
    help="What a record batch may decompress to, in MiB; beyond, it is reported and not read.  [default: 128]",
)
@click.option(
    "--max-records",
    type=click.IntRange(1),
    metavar="N",
    help="How many records a batch may have.  [default: 1000000, 250000 of them compressed]",
)
@click.option(
    "--show-secrets", is_flag=True, help="Show SASL tokens, salts, HMACs and passwords instead of their sizes."
)
@color_option
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no ledger; errors are still said.")
def command(
    captures: tuple[str, ...],
    form: str,
    ports: tuple[int, ...],
    decode_as: tuple[int, ...],
    ledger_file: Path | None,
    wait_packets: int | None,
    wait_bytes: int | None,
    max_decompressed: int | None,
    max_records: int | None,
    show_secrets: bool,
    color: str,
    quiet: bool,
) -> None:
    """Show the requests and responses in pcap or pcapng files ("-" is standard input), as they settle.

    What is found goes to standard output, and nothing else. On standard error follows the ledger: where every captured
    byte went. Several files are read one after the other, as one capture.
    """
    from dissector.capture import open_capture

    if "-" in captures and sys.stdin.isatty():
        raise click.UsageError("Standard input is a terminal: pipe a capture into it, or name a file.")
    capture = open_capture(
        *captures,
        ports=ports or None,
        decode_as=decode_as,
        stream_limits=_stream_limits(wait_packets, wait_bytes),
        record_limits=_record_limits(max_decompressed, max_records),
    )
    sys.exit(
        _Run(form, ledger_file, show_secrets=show_secrets, color=color, quiet=quiet).decode(
            capture, is_live="-" in captures
        )
    )


def _stream_limits(wait_packets: int | None, wait_bytes: int | None) -> streams.Limits:
    from dissector.streams import Limits

    given = {"wait_packets": wait_packets, "wait_bytes": wait_bytes}
    return Limits(**{name: value for name, value in given.items() if value is not None})


def _record_limits(max_decompressed: int | None, max_records: int | None) -> records.Limits:
    from structs.records import DEFAULT

    limits = DEFAULT
    if max_decompressed is not None:
        limits = replace(limits, decompressed=max_decompressed << 20)
    if max_records is not None:
        limits = replace(limits, records=max_records, compressed_records=max_records)
    return limits


class _Run:
    """One run of `decode`: the streams that it writes to, and how."""

    def __init__(self, form: str, ledger_file: Path | None, *, show_secrets: bool, color: str, quiet: bool) -> None:
        self._out, self._err = sys.stdout, sys.stderr
        for stream in (self._out, self._err):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 is no reason to fail
        self._lines = _view(form, self._out, color=is_colored(self._out, color), show_secrets=show_secrets)
        self._color = is_colored(self._err, color)
        self._quiet = quiet
        self._ledger_file = ledger_file

    def decode(self, capture: Capture, *, is_live: bool) -> int:
        """Write a capture's exchanges, then its ledger, and return the exit code."""
        from dissector.sources.errors import CaptureError

        code, problem = FINE, None
        # What comes from a pipe, or goes to a terminal, is looked at while it comes.
        flush = is_live or self._out.isatty()
        try:
            with capture, self._progress(capture):
                for exchange in capture:
                    self._out.write("".join(f"{line}\n" for line in self._lines(exchange)))
                    if flush:
                        self._out.flush()
            self._out.flush()
        except CaptureError as error:
            code, problem = BROKEN, str(error)
            self._flush_and_say(f"error: {error}")
        except KeyboardInterrupt:
            code = INTERRUPTED
            self._flush_and_say("interrupted")
        except BrokenPipeError:
            # The reader has what it wanted. Python flushes standard output once more at exit: let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            self._write_ledger(capture, is_complete=False)
            return FINE
        if code == FINE and not capture.ledger.exchanges:
            code = NO_KAFKA
        self._ledger(capture, code)
        return code if self._write_ledger(capture, is_complete=code != INTERRUPTED, error=problem) else BROKEN

    def _write_ledger(self, capture: Capture, *, is_complete: bool, error: str | None = None) -> bool:
        """Write the ledger as JSON where that was asked for, and say whether it could be done."""
        if self._ledger_file is None:
            return True
        values = capture.ledger.as_dict(is_complete=is_complete, error=error)
        try:
            self._ledger_file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        except OSError as failure:
            self._flush_and_say(f"error: {self._ledger_file}: {failure.strerror}")
            return False
        return True

    def _ledger(self, capture: Capture, code: int) -> None:
        from dissector.views import ledger

        if code == BROKEN and not capture.ledger.packets:
            return  # the error says it all
        if self._quiet:
            lines = ledger.advice(capture.ledger) if code == NO_KAFKA else iter(())
        else:
            lines = ledger.lines(
                capture.ledger,
                color=self._color,
                is_interrupted=code == INTERRUPTED,
                has_advice=code in (FINE, NO_KAFKA),
            )
            if self._out.isatty():
                self._err.write("\n")
        for line in lines:
            self._err.write(f"{line}\n")

    def _flush_and_say(self, text: str) -> None:
        """Say what went wrong, below everything that was found before."""
        with suppress(BrokenPipeError):
            self._out.flush()
        self._err.write(f"kafka-dissect: {text}\n")

    def _progress(self, capture: Capture) -> AbstractContextManager[object]:
        total = capture.total_bytes
        # Lines that run over a terminal show progress enough, and a bar would be drawn between them.
        if self._quiet or not self._err.isatty() or self._out.isatty() or (total or 0) < _PROGRESS_FROM:
            return nullcontext()
        from dissector.views.progress import bar

        return bar(capture, self._err, color=self._color)


def _view(form: str, out: TextIO, *, color: bool, show_secrets: bool) -> Callable[[Exchange], Iterable[str]]:
    """Return what makes lines of an exchange; each format is imported only where it is asked for."""
    columns = columns_of(out)
    if form == "jsonl":
        from dissector.views import jsonl

        return lambda exchange: (jsonl.line(exchange, show_secrets=show_secrets),)
    if form == "tree":
        from dissector.views.tree import TreeView

        return TreeView(color=color, show_secrets=show_secrets, columns=columns).lines
    from dissector.views.text import TextView

    return TextView(color=color, columns=columns).lines

"""The command line: `kafka-dissect`."""

from __future__ import annotations

import io
import os
import sys
from contextlib import nullcontext, suppress
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from typing import TextIO

    from dissector.capture import Capture
    from dissector.correlation import Exchange
    from structs.grammar import Data

FINE: Final = 0
BROKEN: Final = 1
USAGE: Final = 2  # click's own
NO_KAFKA: Final = 3
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it

_PROGRESS_FROM: Final = 20_000_000  # bytes of captures below which a progress bar would only flicker

_EPILOG: Final = """\b
Examples:
  kafka-dissect decode orders.pcapng
  kafka-dissect decode --port 19093 --format tree broker-1.pcap broker-2.pcap
  kafka-dissect decode orders.pcapng --format jsonl | jq 'select(.outcome != "answered")'
  tcpdump -i any -U -w - port 9092 | kafka-dissect decode -

\b
Exit codes:
  0    the captures were read to their ends (what could not be decoded says so in its place)
  1    a capture could not be read, or breaks off: what came before was decoded
  2    the command line is wrong
  3    no Kafka was found: the ledger says what there was, and what to try
  130  interrupted with Ctrl-C
"""

_EXPLAIN_EPILOG: Final = """\b
Examples:
  kafka-dissect explain Produce 9
  kafka-dissect explain fetch 12 response
  kafka-dissect explain Metadata --history
  kafka-dissect explain ConsumerProtocolSubscription 3
  kafka-dissect explain Fetch 17 request --json | jq -r '.messages[].fields[].name'
"""


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version  # slow to import, seldom wanted

        click.echo(f"kafka-dissect {version('kafka-dissector')}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def main() -> None:
    """Decode Kafka traffic from packet captures: every API, every version, nothing dropped silently."""


_color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="auto: on a terminal, unless NO_COLOR is set.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@main.command(epilog=_EPILOG)
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
    help="A port that brokers or controllers listen on; repeatable. Default: where Kafka usually is.",
)
@click.option(
    "--show-secrets", is_flag=True, help="Show SASL tokens, salts, HMACs and passwords instead of their sizes."
)
@_color_option
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no ledger; errors are still said.")
def decode(
    captures: tuple[str, ...], form: str, ports: tuple[int, ...], show_secrets: bool, color: str, quiet: bool
) -> None:
    """Show the requests and responses in pcap or pcapng files ("-" is standard input), as they settle.

    What is found goes to standard output, and nothing else. On standard error follows the ledger: where every captured
    byte went. Several files are read one after the other, as one capture.
    """
    from dissector.capture import open_capture
    from dissector.recognition import USUAL_PORTS

    if "-" in captures and sys.stdin.isatty():
        raise click.UsageError("Standard input is a terminal: pipe a capture into it, or name a file.")
    sys.exit(
        _Run(form, show_secrets=show_secrets, color=color, quiet=quiet).decode(
            open_capture(*captures, ports=ports or USUAL_PORTS), is_live="-" in captures
        )
    )


@main.command()
@click.argument("filters", metavar="[NAME|KEY]...", nargs=-1)
@_json_option
@_color_option
def apis(filters: tuple[str, ...], as_json: bool, color: str) -> None:
    """List the APIs: their versions, and the releases of Kafka that speak them.

    A name is a part of the API's name, or of one that it had before. FLEX is the first flexible version, HEADERS are
    the versions of the request's and the response's header, LAST is the last release if the API is gone.
    """
    from dissector.views import apis as view
    from structs import lookup, registry

    found = lookup.apis_like(filters) if filters else registry.apis()
    if not found:
        raise click.UsageError(f"No API is like {' '.join(filters)!r}.{_suggestion(filters[0])}")
    if as_json:
        click.echo(view.to_json(found))
        return
    for line in view.lines(found, color=_is_colored(sys.stdout, color), columns=_columns(sys.stdout)):
        click.echo(line, color=True)
    click.echo(view.totals(found), err=True)


@main.command(epilog=_EXPLAIN_EPILOG)
@click.argument("name", metavar="NAME|KEY")
@click.argument("which", metavar="[VERSION] [request|response]", nargs=-1)
@click.option("--history", is_flag=True, help="A line for each version: what it changed.")
@_json_option
@_color_option
def explain(name: str, which: tuple[str, ...], history: bool, as_json: bool, color: str) -> None:
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
        click.echo(explain_json.history_to_json(schemas) if history else explain_json.to_json(schemas, version))
        return
    view = ExplainView(color=_is_colored(sys.stdout, color), columns=_columns(sys.stdout))
    for line in view.history(schemas) if history else view.lines(schemas, version):
        click.echo(line, color=True)


def _asked_for(name: str, which: tuple[str, ...]) -> tuple[list[Data], int | None]:
    """Return the schemas that a name and perhaps a side stand for, and the version if there is one."""
    from structs import lookup

    found = lookup.find(name)
    if not found:
        what = f"API has the key {name}" if name.isdecimal() else f"API and no schema is called {name!r}"
        raise click.UsageError(f"No {what}.{_suggestion(name)}")
    version = None
    for word in which:
        if word.lower() in ("request", "response"):
            found = [schema for schema in found if schema.name.endswith(word.capitalize())]
        elif version is None and word.removeprefix("v").isdecimal():
            version = int(word.removeprefix("v"))
        else:
            raise click.UsageError(f"What is {word!r}? Try: kafka-dissect explain {name} [VERSION] [request|response]")
    if not found:
        raise click.UsageError(f"{name} has no {' '.join(which)}. Try: kafka-dissect explain {name}")
    versions = found[0].versions
    if version is not None and version not in versions:
        newest = max(versions.each())
        text = f"{name} has no version {version}, only {versions}. Try: kafka-dissect explain {name} {newest}"
        raise click.UsageError(text)
    return found, version


def _suggestion(name: str) -> str:
    from structs import lookup

    names = " or ".join(lookup.similar(name))
    return f" Did you mean {names}?" if names else " To see all APIs: kafka-dissect apis"


class _Run:
    """One run of `decode`: the streams that it writes to, and how."""

    def __init__(self, form: str, *, show_secrets: bool, color: str, quiet: bool) -> None:
        self._out, self._err = sys.stdout, sys.stderr
        for stream in (self._out, self._err):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 is no reason to fail
        self._lines = _view(form, self._out, color=_is_colored(self._out, color), show_secrets=show_secrets)
        self._color = _is_colored(self._err, color)
        self._quiet = quiet

    def decode(self, capture: Capture, *, is_live: bool) -> int:
        """Write a capture's exchanges, then its ledger, and return the exit code."""
        from dissector.sources.errors import CaptureError

        code = FINE
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
            code = BROKEN
            self._flush_and_say(f"error: {error}")
        except KeyboardInterrupt:
            code = INTERRUPTED
            self._flush_and_say("interrupted")
        except BrokenPipeError:
            # The reader has what it wanted. Python flushes standard output once more at exit: let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())
            return FINE
        if code == FINE and not capture.ledger.exchanges:
            code = NO_KAFKA
        self._ledger(capture, code)
        return code

    def _ledger(self, capture: Capture, code: int) -> None:
        from dissector.views import ledger

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
    columns = _columns(out)
    if form == "jsonl":
        from dissector.views import jsonl

        return lambda exchange: (jsonl.line(exchange, show_secrets=show_secrets),)
    if form == "tree":
        from dissector.views.tree import TreeView

        return TreeView(color=color, show_secrets=show_secrets, columns=columns).lines
    from dissector.views.text import TextView

    return TextView(color=color, columns=columns).lines


def _columns(stream: TextIO) -> int | None:
    """Return the width of a terminal, None for what is none."""
    return get_terminal_size().columns if stream.isatty() else None


def _is_colored(stream: TextIO, choice: str) -> bool:
    """Say whether to colour what goes to a stream (NO_COLOR: https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

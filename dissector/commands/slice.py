"""`kafka-dissect slice`: the packets of a few exchanges, as a capture of their own."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack, closing, nullcontext, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import click

from dissector.commands.exits import BROKEN, FINE, INTERRUPTED
from dissector.commands.options import captures_argument, dissection_options, filter_option, run_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dissector.commands.run import Run
    from dissector.correlation import Exchange
    from dissector.engine import Options
    from dissector.packets import Packet
    from dissector.slices import Plan, Selection

_NOTHING: Final = 3

_EPILOG: Final = """\b
Examples:
  kafka-dissect slice day.pcap --filter 'latency > 1s' -o slow.pcapng
  kafka-dissect slice ring-*.pcap --filter 'error == NOT_LEADER_OR_FOLLOWER' --connections -o leader.pcapng
  kafka-dissect slice day.pcap.zst --filter 'client_id == "till"' -o - | wireshark -k -i -

\b
Exit codes:
  0    the slice was written
  1    a capture could not be read, or breaks off (what came before was sliced), or the slice not be written
  2    the command line is wrong
  3    no exchange matches: nothing was written
  130  interrupted with Ctrl-C
"""


@click.command("slice", short_help="Write the packets of some exchanges to a capture of their own.", epilog=_EPILOG)
@captures_argument
@filter_option
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    metavar="FILE",
    help='The pcapng file to write; "-" is standard output.',
)
@click.option("--connections", is_flag=True, help="Write all packets of the connections of the exchanges that match.")
@click.option(
    "--context/--no-context",
    default=True,
    show_default=True,
    help="Add what makes them readable: the answer that named a topic id, the JoinGroup that chose a group's protocol,"
    " the SaslHandshake before a login.",
)
@dissection_options
@run_options
def command(
    captures: tuple[str, ...],
    where: Callable[[Exchange], bool] | None,
    output: str,
    connections: bool,
    context: bool,
    options: Options,
    run: Run,
) -> None:
    """Write the packets of the exchanges that --filter picks (without it: of all Kafka) to a pcapng file.

    Their connections' beginnings and ends come along, retransmissions and acknowledgments too, and whatever else
    travelled in the same packets. The slice is read back before it is written: where an exchange cannot be told from
    its packets alone, its whole connection is written. Wireshark shows the number that each packet had as its
    frame.packet_id.

    Packets are written as they were captured. Nothing is withheld: whoever gets the slice gets the records in it, and
    the passwords and tokens of logins that match.
    """
    if output == "-" and sys.stdout.isatty():
        raise click.UsageError("Standard output is a terminal: pipe it into something, or name a file with -o.")
    if output != "-" and Path(output).exists():
        for capture in captures:
            if capture != "-" and Path(capture).samefile(output):
                raise click.UsageError(f"{output} is a capture to read, and would be overwritten: name another file.")
    with ExitStack() as stack:
        files = [_read_again(capture, stack, run) for capture in captures]
        sys.exit(_Slicing(run, files, options).write(where, output, connections=connections, context=context))


class _Slicing:
    """Goes through captures several times, and writes at the last."""

    def __init__(self, run: Run, files: list[str], options: Options) -> None:
        self._run = run
        self._files = files
        self._options = options

    def write(self, where: Callable[[Exchange], bool] | None, output: str, *, connections: bool, context: bool) -> int:
        """Write the slice, and return the exit code."""
        from dissector.capture import open_capture
        from dissector.slices import Plan

        plan = Plan(where or (lambda _: True), context=context, connections=connections)
        capture = open_capture(*self._files, **self._options)
        code = self._run.over(capture, plan.take)
        if code == INTERRUPTED:
            return code
        if not plan.matching:
            self._say("no exchange matches: nothing was written" if where else "nothing was written")
            return code or _NOTHING
        plan.settle()
        try:
            selection, left = self._select(plan)
            self._write(selection, output, f"kafka-dissect slice --filter {str(where)!r}" if where else "")
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FINE
        except OSError as error:
            self._run.say(f"error: {output}: {error.strerror or error}")
            return BROKEN
        except KeyboardInterrupt:
            self._run.say("interrupted")
            return INTERRUPTED
        self._report(plan, selection, left, output)
        return code

    def _select(self, plan: Plan) -> tuple[Selection, int]:
        """Choose packets; return them, and how many exchanges still cannot be told from them."""
        from dissector.slices import Selection

        selection = Selection(plan, **self._options)
        for packet in self._packets():
            selection.feed(packet)
        broken = self._check(plan, selection)
        if not broken:
            return selection, 0
        plan.whole.update(broken)
        selection = Selection(plan, **self._options)
        for packet in self._packets():
            selection.feed(packet)
        return selection, len(self._check(plan, selection))

    def _check(self, plan: Plan, selection: Selection) -> list[int]:
        from dissector.slices import Check

        check = Check(plan, **self._options)
        for packet in self._packets():
            if packet.number in selection:
                check.feed(packet)
        return check.finish()

    def _write(self, selection: Selection, output: str, comment: str) -> None:
        from dissector.sinks.pcapng import PcapngWriter

        with ExitStack() as stack:
            file = sys.stdout.buffer if output == "-" else stack.enter_context(Path(output).open("wb"))
            writer = stack.enter_context(PcapngWriter(cast("BinaryIO", file), comment=comment, keep_numbers=True))
            for packet in self._packets():
                if packet.number in selection:
                    writer.write(packet)

    def _packets(self) -> Iterator[Packet]:
        """Yield the packets of the captures; where they break off has been said already."""
        from dissector.sources import CaptureError, CaptureReader

        with closing(CaptureReader(*self._files)) as reader, suppress(CaptureError), self._run.progress(reader):
            yield from reader

    def _report(self, plan: Plan, selection: Selection, left: int, output: str) -> None:
        from dissector.views import wording

        target = "standard output" if output == "-" else output
        extra = f" and {plan.presupposed} that they presuppose" if plan.presupposed else ""
        self._say(
            f"wrote {selection.chosen} of {wording.plural(selection.packets, 'packet')} to {target}: "
            f"{wording.plural(plan.matching, 'exchange')}{extra}"
        )
        if plan.whole:
            why = "" if plan.is_whole else ": some of its exchanges cannot be told from their packets alone"
            text = wording.plural(len(plan.whole), "connection")
            self._say(f"with {text} whole{why.replace('its', 'their') if len(plan.whole) > 1 else why}")
        if left:
            self._run.say(f"warning: {wording.plural(left, 'exchange')} cannot be told from the slice alone")

    def _say(self, text: str) -> None:
        if not self._run.is_quiet:
            self._run.err.write(f"{text}\n")


def _read_again(capture: str, stack: ExitStack, run: Run) -> str:
    """Return a file that can be read several times: pipes are copied into one that goes away afterwards."""
    if capture != "-" and Path(capture).is_file():
        return capture
    copy = stack.enter_context(NamedTemporaryFile(prefix="kafka-dissect-"))  # noqa: SIM115 - the stack closes it
    with nullcontext(sys.stdin.buffer) if capture == "-" else Path(capture).open("rb") as file:
        try:
            shutil.copyfileobj(file, copy)
        except KeyboardInterrupt:
            run.say("interrupted: what came until now is sliced")
    copy.flush()
    return copy.name

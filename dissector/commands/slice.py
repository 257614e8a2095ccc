"""`kafka-dissect slice`: the packets of a few exchanges, as a capture of their own."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import click

from dissector.commands.common import STANDARD_OUTPUT, mute, problem_with
from dissector.commands.exits import BROKEN, FINE, INTERRUPTED
from dissector.commands.options import captures_argument, dissection_options, filter_option, run_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.commands.run import Run
    from dissector.decryption import Session
    from dissector.engine import Options
    from dissector.filters import Filter
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
  1    a capture could not be read, or breaks off (what came before was sliced),
       or the slice not be written
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
@click.option(
    "--embed-secrets",
    is_flag=True,
    help="Write the TLS secrets of the connections in the slice into it: they are read without the key log then.",
)
@dissection_options
@run_options
def command(
    captures: tuple[str, ...],
    where: Filter | None,
    output: str,
    connections: bool,
    context: bool,
    embed_secrets: bool,
    options: Options,
    run: Run,
) -> None:
    """Write the packets of the exchanges that --filter picks (without it: of all Kafka) to a pcapng file.

    Their connections' beginnings and ends come along, retransmissions and acknowledgments too, and whatever else
    travelled in the same packets. The slice is read back before it is written: where an exchange cannot be told from
    its packets alone, and where it was encrypted, its whole connection is written. Wireshark shows the number that each
    packet had as its frame.packet_id.

    Packets are written as they were captured. Nothing is withheld: whoever gets the slice gets the records in it, and
    the passwords and tokens of logins that match.
    """
    if output == "-" and sys.stdout.isatty():
        raise click.UsageError("Standard output is a terminal: pipe it into something, or name a file with -o.")
    if output != "-" and Path(output).exists():
        for capture in captures:
            if capture != "-" and Path(capture).samefile(output):
                raise click.UsageError(f"{output} is a capture to read, and would be overwritten: name another file.")
    problem = problem_with(Path(output).parent) if output != "-" else None
    if problem is not None:  # said now, not after hours
        run.say(f"error: {output}: {problem}")
        sys.exit(BROKEN)
    with ExitStack() as stack:
        from dissector.sources.links import TsharkLinks

        files = [_read_again(capture, stack, run) for capture in captures]
        options = {**options, "links": stack.enter_context(closing(TsharkLinks()))}
        slicing = _Slicing(run, files, options, embeds_secrets=embed_secrets)
        sys.exit(slicing.write(where, output, connections=connections, context=context))


def _name(path: str) -> str:
    """Return what messages call a file to write."""
    return STANDARD_OUTPUT if path == "-" else path


class _Slicing:
    """Goes through captures several times, and writes at the last."""

    def __init__(self, run: Run, files: list[str | _Copy], options: Options, *, embeds_secrets: bool) -> None:
        from dissector.capture import decryption_with

        self._run = run
        self._files = files
        self._decryption = options.get("decryption") or decryption_with(None)
        self._options: Options = {**options, "decryption": self._decryption}
        self._embeds_secrets = embeds_secrets
        self._secrets: dict[bytes, None] = {}  # of the connections in the slice

    def write(self, where: Filter | None, output: str, *, connections: bool, context: bool) -> int:
        """Write the slice, and return the exit code."""
        from dissector.slices import Plan

        plan = Plan(where or (lambda _: True), context=context, connections=connections)
        code = self._find(plan)
        if code == INTERRUPTED:
            return code
        if not plan.matching:
            self._say("no exchange matches: nothing was written" if where else "nothing was written")
            return code or _NOTHING
        plan.settle()
        try:
            selection, left = self._select(plan)
            self._write(selection, output, f"Exchanges of a larger capture, where {where.text}" if where else "")
        except BrokenPipeError:
            mute(sys.stdout)
            return FINE
        except OSError as error:
            self._run.say(f"error: {_name(output)}: {error.strerror or error}")
            return BROKEN
        except KeyboardInterrupt:
            self._run.say("interrupted")
            return INTERRUPTED
        self._report(plan, selection, left, output)
        return code

    def _find(self, plan: Plan) -> int:
        """Take what matches; the exit code says how the reading ended."""
        from dissector.capture import open_capture

        capture = open_capture(*self._files, **self._options)
        return self._run.over(capture, plan.take, progress=self._run.progress(capture, writes_lines=False))

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
        from dissector.decryption import Decryption
        from dissector.slices import Check

        decryption = Decryption(self._decryption.secrets, _Noting(self._secrets))
        options: Options = {**self._options, "decryption": decryption}
        check = Check(plan, **options)
        for packet in self._packets():
            if packet.number in selection:
                check.feed(packet)
        return check.finish()

    def _write(self, selection: Selection, output: str, comment: str) -> None:
        from dissector.sinks.pcapng import PcapngWriter

        with ExitStack() as stack:
            file = sys.stdout.buffer if output == "-" else stack.enter_context(Path(output).open("wb"))
            writer = stack.enter_context(PcapngWriter(cast("BinaryIO", file), comment=comment, keep_numbers=True))
            if self._embeds_secrets and self._secrets:
                writer.write_secrets(b"".join(self._secrets))
            for packet in self._packets(is_piped=output == "-"):
                if packet.number in selection:
                    writer.write(packet)

    def _packets(self, *, is_piped: bool = False) -> Iterator[Packet]:
        """Yield the packets of the captures; where they break off has been said already.

        `is_piped` says whether another program reads them meanwhile.
        """
        from dissector.sources import CaptureError, CaptureReader

        with (
            closing(CaptureReader(*self._files)) as reader,
            suppress(CaptureError),
            self._run.progress(reader, writes_lines=is_piped),
        ):
            yield from reader

    def _report(self, plan: Plan, selection: Selection, left: int, output: str) -> None:
        from dissector.views import wording

        extra = f" and {plan.presupposed} that they presuppose" if plan.presupposed else ""
        self._say(
            f"wrote {selection.chosen} of {wording.plural(selection.packets, 'packet')} to {_name(output)}: "
            f"{wording.plural(plan.matching, 'exchange')}{extra}"
        )
        if plan.whole and not plan.is_whole:
            text = wording.plural(len(plan.whole), "connection")
            self._say(f"{text} whole: their exchanges are encrypted, or cannot be told from their packets alone")
        if self._secrets:
            what = "are in it" if self._embeds_secrets else "are needed to read it (--embed-secrets puts them in)"
            self._say(f"TLS secrets {what}")
        if left:
            self._run.say(f"warning: {wording.plural(left, 'exchange')} cannot be told from the slice alone")
        if plan.unchecked and not plan.is_whole:
            text = wording.plural(plan.unchecked, "exchange")
            self._run.say(f"warning: {text} not checked, too many match: --connections writes all that they may need")

    def _say(self, text: str) -> None:
        from dissector.views.escape import printable

        if not self._run.is_quiet:
            self._run.err.write(f"{printable(text)}\n")


class _Noting:
    """Decrypts, and notes the secrets that it takes."""

    def __init__(self, secrets: dict[bytes, None]) -> None:
        from dissector.sources.tls import TsharkDecrypter

        self._secrets = secrets
        self._decrypter = TsharkDecrypter()

    def open(self, secrets: bytes) -> Session:
        """Begin a connection."""
        self._secrets[secrets] = None
        return self._decrypter.open(secrets)

    def close(self) -> None:
        """End everything."""
        self._decrypter.close()


@dataclass(frozen=True)
class _Copy(os.PathLike[str]):
    """The path of a file that has what came through a pipe; `origin` is what errors call it."""

    path: str
    origin: str

    def __fspath__(self) -> str:
        return self.path


def _read_again(capture: str, stack: ExitStack, run: Run) -> str | _Copy:
    """Return a file that can be read several times: pipes are copied into one that goes away afterwards."""
    if capture != "-" and Path(capture).is_file():
        return capture
    import shutil  # these two are for pipes only
    from tempfile import NamedTemporaryFile

    origin = "standard input" if capture == "-" else capture
    copy = stack.enter_context(NamedTemporaryFile(prefix="kafka-dissect-"))  # noqa: SIM115 - the stack closes it
    with nullcontext(sys.stdin.buffer) if capture == "-" else Path(capture).open("rb") as file:
        try:
            try:
                shutil.copyfileobj(file, copy)
            except KeyboardInterrupt:
                run.say("interrupted: what came until now is sliced")
            copy.flush()
        except OSError as error:
            run.say(f"error: {origin}, copied to {copy.name}: {error.strerror}")
            with suppress(OSError):  # it tries once more to write what it holds
                copy.close()
            sys.exit(BROKEN)
    return _Copy(copy.name, origin)

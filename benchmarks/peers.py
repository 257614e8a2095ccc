"""Captures read by us and by our peers, in one run: CPU time, the ratio of each pair, and peak memory.

    python benchmarks/peers.py              all of it: record the captures, compare the answers, then measure
    python benchmarks/peers.py --short      the same with captures of a tenth, and one round: a first look
    python benchmarks/peers.py --rounds 9 chatty    more rounds, and the rows of one capture only

Each row is a piece of work and a peer that does the same, or as much of it as it can (see rows.py). Ours and its peers
run in turn, `--rounds` times; the tables have medians, and the median of the ratios of each round with the lowest and
the highest. CPU time is user and system, of the process and of the children that it waits for; starting is part of it.
Before, it is said what each capture holds, and the answers are compared (see answers.py): where they do not agree, the
status is 1. "messages" are not captures: what a message and a record cost by themselves (see messages.py).
The captures are recorded once (see traffic.py) and kept in .cache/benchmarks (1.1 GB). Needs tshark, what traffic.py
needs, and `pip install --group bench`. How the interpreter was built counts: `make benchmarks` takes the
distribution's.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from machine import description
from processes import environment, interleaved, prepare
from recordings import RECORDINGS, beginning, each_packet, recording
from rows import (
    BULK,
    CHATTY,
    FEW,
    FURTHER,
    HERE,
    LOADED,
    MESSAGES,
    OTHERS,
    WANTED,
    Work,
    our_command,
    their_command,
)
from tables import FURTHER_HEAD, WANTED_HEAD, Pair, memory_row, ratios, row, spread, verdict, verdict_of_rows

if TYPE_CHECKING:
    from pathlib import Path

ALONE: Final = "messages"


class Answer(NamedTuple):
    """Whether all see the same in a capture, and how many messages that is."""

    agree: bool
    messages: int


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [*RECORDINGS, ALONE]
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"these only: {', '.join(known)}")
    parser.add_argument("--short", action="store_true", help="captures of a tenth, and one round")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each row is measured (5)")
    arguments = parser.parse_args()
    wanted = arguments.what or known
    if unknown := set(wanted) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    if shutil.which("tshark") is None:
        sys.exit("tshark is the peer that most rows are held against: install it first")
    rounds = arguments.rounds or (1 if arguments.short else 5)
    print("\n".join(description("pyshark", "scapy")), flush=True)
    prepare()
    captures = {name: recording(name, short=arguments.short) for name in RECORDINGS if name in wanted}
    answers = {name: _answers(name, path) for name, path in captures.items()}
    alone = _messages(3 * rounds) if ALONE in wanted else ""

    rounds_said = "one round" if rounds == 1 else f"medians of {rounds} rounds"
    short = " of short captures: a first look, no more" if arguments.short else ""
    print(f"\nCPU time, user and system; {rounds_said}{short}.")
    print("The ratio is the peer's time over ours: above 1 we are faster.\n")
    _print_wanted(captures, alone, rounds)
    if CHATTY in captures:
        _print_further(captures[CHATTY], answers[CHATTY].messages, rounds)
    if alone:
        print(f"\n{alone}", end="", flush=True)
    if not all(answer.agree for answer in answers.values()):
        sys.exit("The answers do not agree (see above): these are figures of wrong answers")


def _answers(name: str, path: Path) -> Answer:
    """Say what a capture holds, and whether all see the same in it."""
    print(f"\n{name}:", flush=True)
    # Not in this process: its memory would count for those that it starts.
    command = [sys.executable, str(HERE / "answers.py"), str(path)]
    command += [] if name == BULK else ["--values"]  # its values are gigabytes as text
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment())
    print(answer.stdout, end="", flush=True)
    if name == CHATTY:
        _say_what_others_see(beginning(path, FEW))
    messages = re.search(r"^([0-9,]+) messages", answer.stdout, re.MULTILINE)
    return Answer(answer.returncode == 0, int(messages[1].replace(",", "")) if messages else 0)


def _say_what_others_see(path: Path) -> None:
    """Say how many messages we see in a short capture, and what peers beside tshark see in it."""
    command = [sys.executable, str(HERE / "work.py"), "answers", str(path)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment()).stdout
    count = sum(line.startswith("message ") for line in said.splitlines())
    print(f"of the first {FEW:,} packets:\n- ours: {count:,} messages", flush=True)
    for peer in OTHERS:
        print(f"- {peer}: ", end="", flush=True)
        subprocess.run(their_command(peer, path), check=True, env=environment())


def _print_wanted(captures: dict[str, Path], alone: str, rounds: int) -> None:
    """Print the rows of which it is said what is wanted; `alone` is what messages.py prints."""
    print(WANTED_HEAD, flush=True)
    works = [work for work in WANTED if work.capture in captures]
    pairs = [pair for work in works for pair in _measure(work, captures[work.capture], rounds)]
    if alone:
        _print_messages(alone)
    if pairs:
        print(row(memory_row(pairs)), flush=True)


def _print_further(path: Path, messages: int, rounds: int) -> None:
    """Print the other rows, which are all of one recording of so many messages."""
    print(f"\n{FURTHER_HEAD}", flush=True)
    pairs = {work.mode: _measure(work, path, rounds) for work in FURTHER}
    rate = messages / median(cost.seconds for cost in pairs["load"][0].ours)
    print(f"\n`load` indexes {rate:,.0f} messages a second; wanted {verdict(LOADED, rate)}", flush=True)


def _measure(work: Work, path: Path, rounds: int) -> list[Pair]:
    """Measure a piece of work beside its peers, and print a row for each."""
    if work.packets is not None:
        path = beginning(path, work.packets)
    packets = sum(1 for _ in each_packet(path))
    commands = [our_command(work, path), *(their_command(peer.name, path) for peer in work.peers)]
    ours, *others = interleaved(commands, rounds)
    pairs = [Pair(ours, theirs) for theirs in others]
    name = work.name
    for peer, pair in zip(work.peers, pairs, strict=True):
        wanted = [] if peer.wanted is None else [verdict(peer.wanted, median(pair.ratios))]
        print(row([name, peer.name, *wanted, *pair.cells(packets)]), flush=True)
        name = "the same"
    return pairs


def _messages(rounds: int) -> str:
    """Return what messages.py prints."""
    command = [sys.executable, str(HERE / "messages.py"), "--rounds", str(rounds)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment()).stdout


def _print_messages(printed: str) -> None:
    """Print the rows of messages and records: the median over what messages.py measures, the lowest and the highest."""
    for message in MESSAGES:
        measured = [by_peer[message.column] for by_peer in ratios(printed, message.table).values()]
        said = verdict_of_rows(message.wanted, measured)
        print(row([message.name, message.peer, said, spread(measured), *[""] * 6]), flush=True)


if __name__ == "__main__":
    main()

"""Where the time goes: what each stage of the road costs, from packets to what is shown.

    python benchmarks/stages.py                 the recordings (see recordings.py); --short: those of a short run
    python benchmarks/stages.py CAPTURE.pcap    another capture
    python benchmarks/stages.py --modules ...   module by module

The work is that of work.py, at its own speed: a timer of the process's CPU time (250 samples a second on most kernels)
looks at which module runs. What a module calls in C and in the standard library counts for it. "start" is all that is
imported and the interpreter itself.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from processes import environment
from recordings import ROOT, recording

if TYPE_CHECKING:
    from types import FrameType

HERE: Final = Path(__file__).resolve().parent
#: Modes of work.py, by recording; those for captures that are named.
MODES: Final = {"chatty": ("stats", "bodies", "jsonl"), "bulk": ("bodies", "records", "jsonl")}
ALL_MODES: Final = ("stats", "bodies", "records", "jsonl")
START: Final = "start"
OTHERS: Final = "others, the loop"
#: Stages in the order of the road, and their modules: by the longest name that they begin with.
STAGES: Final = {
    START: (),
    "packets": ("dissector.packets", "dissector.sources", "dissector.capture"),
    "segments, streams": (
        "dissector.engine",
        "dissector.segments",
        "dissector.fragments",
        "dissector.tunnels",
        "dissector.reassembly",
        "dissector.streams",
        "dissector.events",
    ),
    "frames": (
        "dissector.framing",
        "dissector.resync",
        "dissector.conversation",
        "dissector.recognition",
        "dissector.protocols",
    ),
    "headers, pairing": (
        "dissector.fastpath",
        "dissector.messages",
        "dissector.correlation",
        "dissector.heads",
        "dissector.pending",
        "dissector.exchanges",
        "dissector.identifiers",
        "dissector.inference",
        "dissector.ledger",
        "dissector.knowledge",
        "structs.headers",
    ),
    "bodies": ("dissector.bodies", "dissector.layouts", "dissector.payloads", "structs", "<decoder"),
    "records": ("dissector.records", "dissector.recordsets", "structs.records", "structs.buffers"),
    "statistics": (
        "dissector.statistics",
        "dissector.dimensions",
        "dissector.quantiles",
        "dissector.facts",
        "dissector.shapes",
    ),
    "views": ("dissector.views", "dissector.commands", "dissector.display", "dissector.secrets", "<writer"),
    OTHERS: (),
}
_STAGE_OF: Final = {prefix: stage for stage, prefixes in STAGES.items() for prefix in prefixes}
_INTERVAL: Final = 0.001  # seconds of CPU time; kernels round it up to their ticks


def main() -> None:
    """Print a table for each piece of work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help=f"a file, or {' or '.join(MODES)}")
    parser.add_argument("--modules", action="store_true", help="a row for each module")
    parser.add_argument("--short", action="store_true", help="short recordings")
    parser.add_argument("--inside", metavar="MODE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        _inside(arguments.inside, arguments.captures[0])
        return
    for capture in arguments.captures or MODES:
        path = recording(capture, short=arguments.short) if capture in MODES else Path(capture)
        packets, messages, records = _contents(path)
        print(f"\n{capture}: {packets:,} packets, {messages:,} messages, {records:,} records")
        for mode in MODES.get(capture, ALL_MODES):
            modules = _measure(mode, path)
            _print_table(mode, modules if arguments.modules else _by_stage(modules), packets, messages, records)


def _print_table(mode: str, costs: dict[str, float], packets: int, messages: int, records: int) -> None:
    total = sum(costs.values())
    print(f"\n| {mode} | CPU s | share | us/packet | us/message | us/record |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, seconds in [*costs.items(), ("all", total)]:
        rates = [f"{seconds / count * 1e6:.2f}" if count else "" for count in (packets, messages, records)]
        print(f"| {name} | {seconds:.2f} | {seconds / total:.1%} | {' | '.join(rates)} |", flush=True)


def _by_stage(modules: dict[str, float]) -> dict[str, float]:
    costs = dict.fromkeys(STAGES, 0.0)
    for module, seconds in modules.items():
        costs[stage(module)] += seconds
    return {name: seconds for name, seconds in costs.items() if seconds}


def stage(module: str) -> str:
    """Return the stage that a module belongs to."""
    if module == START:
        return START
    fitting = [prefix for prefix in _STAGE_OF if module == prefix or module.startswith((f"{prefix}.", f"{prefix} "))]
    return _STAGE_OF[max(fitting, key=len)] if fitting else OTHERS


def _measure(mode: str, path: Path) -> dict[str, float]:
    """Return the CPU seconds of each module, the dearest first."""
    command = [sys.executable, __file__, "--inside", mode, str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, env=environment())
    if answer.returncode:
        sys.exit(answer.stderr)
    found: dict[str, float] = json.loads(answer.stderr)
    return found


def _contents(path: Path) -> tuple[int, int, int]:
    """Return how many packets, messages and records there are."""
    sys.path.insert(0, str(ROOT))
    import dissector
    from dissector.records import each_record

    messages = records = 0
    with dissector.open_capture(path) as capture:
        for exchange in capture:
            messages += (exchange.request is not None) + (exchange.response is not None)
            records += sum(1 for _ in each_record(exchange))
    return capture.ledger.packets, messages, records


def _inside(mode: str, path: str) -> None:
    """Do the work, look at what runs meanwhile, and write that to standard error."""
    import work

    costs: defaultdict[str, float] = defaultdict(float, {START: time.process_time()})
    last = time.process_time()

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.process_time()
        costs[_module(frame)] += now - last
        last = now

    sys.argv = ["work.py", mode, path]
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
    try:
        work.main()
    except SystemExit as end:
        if end.code:
            raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    json.dump(dict(sorted(costs.items(), key=itemgetter(1), reverse=True)), sys.stderr)


def _module(frame: FrameType | None) -> str:
    """Return the innermost module that is ours; of code that was written for a grammar, what it does."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return START
        if name.startswith("<") and " " in name:
            return name.split()[0]
        module: str = frame.f_globals.get("__name__", "")
        if module.startswith(("dissector", "structs")):
            return module
        frame = frame.f_back
    return OTHERS


if __name__ == "__main__":
    main()

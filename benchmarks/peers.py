"""Captures read by us and by our peers, in one run: CPU time, the ratio of each pair, and peak memory.

    python benchmarks/peers.py                     all of it: record the captures, compare the answers, then measure
    python benchmarks/peers.py --rounds 5 chatty   more rounds, and the rows of one capture only

Each row is a piece of work and a peer that does the same, or as much of it as it can. Ours and its peers run in turn,
`--rounds` times; the table has medians, and the median of the ratios of each round with the lowest and the highest.
CPU time is user and system, of the process and of the children that it waits for; starting is part of it. Before, it
is said what each capture holds, and the answers are compared, message by message and record by record.
The captures are recorded once (see traffic.py) and kept in .cache/benchmarks (700 MB). "messages" are not captures:
what a message and a record cost by themselves (see messages.py).
Needs tshark, and for the recording root, tcpdump, iproute2 and ethtool; `pip install --group bench`.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from processes import interleaved
from recordings import RECORDINGS, beginning, each_packet, recording, server_ports, tshark

HERE: Final = Path(__file__).parent
MESSAGES: Final = "messages"
#: What takes long gets the first packets of a recording only: where few packets a second are read, or much is written.
FEW: Final = 2000
SOME: Final = 20_000
FIELDS: Final = (
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "tcp.srcport",
    "ip.dst",
    "tcp.dstport",
    "kafka.api_key",
    "kafka.api_version",
    "kafka.correlation_id",
    "kafka.client_id",
    "kafka.topic_name",
)
#: Peers by name: tshark's options, or the mode of others.py.
TSHARK: Final = {
    "tshark -q -Y kafka": ("-q", "-Y", "kafka"),
    "tshark -Y kafka": ("-Y", "kafka"),
    "tshark -V -O kafka": ("-Y", "kafka", "-V", "-O", "kafka"),
    "tshark -T fields, 11 fields": (
        "-Y",
        "kafka",
        "-T",
        "fields",
        *(word for field in FIELDS for word in ("-e", field)),
    ),
    "tshark -T ek -J kafka": ("-Y", "kafka", "-T", "ek", "-J", "kafka"),
    "tshark -T json -J kafka": ("-Y", "kafka", "-T", "json", "-J", "kafka"),
}
OTHERS: Final = {
    "pyshark, API and id of each message": "pyshark",
    "pyshark with use_json, the same": "pyshark-json",
    "scapy, up to TCP: it has no Kafka": "scapy",
}


class Work(NamedTuple):
    """A piece of work on a recording, or on its first `packets`: its name, the mode of work.py, and peers."""

    capture: str
    name: str
    mode: str
    peers: tuple[str, ...]
    packets: int | None = None


WORKS: Final = [
    Work("chatty", "stats: headers and pairing", "stats", ("tshark -q -Y kafka",)),
    Work("chatty", "every body", "bodies", ("tshark -q -Y kafka",)),
    Work("chatty", "a line for each exchange", "text", ("tshark -Y kafka",)),
    Work(
        "chatty",
        "JSON Lines with bodies and records",
        "jsonl",
        ("tshark -T fields, 11 fields", "tshark -T ek -J kafka", "tshark -T json -J kafka"),
    ),
    Work("chatty", "a tree of every field", "tree", ("tshark -V -O kafka",), packets=SOME),
    Work("chatty", "every body", "bodies", tuple(OTHERS), packets=FEW),
    Work("bulk", "every body, without records", "bodies", ("tshark -q -Y kafka",)),
    Work("bulk", "every record, CRC checked", "records", ("tshark -q -Y kafka",)),
    Work("bulk at an MSS of 1448", "every body, without records", "bodies", ("tshark -q -Y kafka",)),
    Work("bulk at an MSS of 1448", "every record, CRC checked", "records", ("tshark -q -Y kafka",)),
]


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [*RECORDINGS, MESSAGES]
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"these only: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=3, help="how often each row is measured (3)")
    parser.add_argument(
        "--packets", type=int, metavar="N", help="the first packets of each capture only, for a first look"
    )
    arguments = parser.parse_args()
    if shutil.which("tshark") is None:
        sys.exit("tshark is the peer that most rows are held against: install it first")
    wanted = arguments.what or known
    if unknown := set(wanted) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    captures = {name: recording(name) for name in RECORDINGS if name in wanted}
    if arguments.packets is not None:
        captures = {name: beginning(path, arguments.packets) for name, path in captures.items()}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {_versions()}\n")
    for name, path in captures.items():
        print(f"{name}:", flush=True)
        # Not in this process: its memory would count for those that it starts.
        subprocess.run([sys.executable, str(HERE / "answers.py"), str(path), "--records"], check=True)
        if name == "chatty":
            for peer in OTHERS:
                print(f"{peer}, first {FEW:,} packets: ", end="", flush=True)
                subprocess.run(_command(peer, beginning(path, FEW)), check=True)
        print()
    if captures:
        print("CPU seconds, medians; the ratio is the peer's time over ours: above 1 we are faster\n")
        print("| capture | work | ours, s | peer | its, s | ratio | packets/s: ours | its | memory, MB: ours | its |")
        print("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for work in WORKS:
        if work.capture in captures:
            _measure(work, captures[work.capture], arguments.rounds)
    if MESSAGES in wanted:
        print(flush=True)
        subprocess.run(
            [sys.executable, str(HERE / "messages.py"), "--rounds", str(5 * arguments.rounds)],
            check=True,
        )


def _measure(work: Work, path: Path, rounds: int) -> None:
    name = work.capture
    if work.packets is not None:
        path = beginning(path, work.packets)
        name = f"{name}, first {work.packets:,} packets"
    packets = sum(1 for _ in each_packet(path))
    commands = [[sys.executable, str(HERE / "work.py"), work.mode, str(path)]]
    commands += [_command(peer, path) for peer in work.peers]
    ours, *others = interleaved(commands, rounds)
    for peer, theirs in zip(work.peers, others, strict=True):
        ratios = [their.seconds / our.seconds for our, their in zip(ours, theirs, strict=True)]
        seconds = [median(cost.seconds for cost in costs) for costs in (ours, theirs)]
        memory = [max(cost.megabytes for cost in costs) for costs in (ours, theirs)]
        print(
            f"| {name} | {work.name} | {seconds[0]:.2f} | {peer} | {seconds[1]:.2f} "
            f"| {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}) "
            f"| {packets / seconds[0]:,.0f} | {packets / seconds[1]:,.0f} | {memory[0]:.0f} | {memory[1]:.0f} |",
            flush=True,
        )


def _command(peer: str, path: Path) -> list[str]:
    if peer in TSHARK:
        return [*tshark(path), *TSHARK[peer]]
    return [sys.executable, str(HERE / "others.py"), OTHERS[peer], str(path), *map(str, server_ports(path))]


def _versions() -> str:
    answer = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout
    return ", ".join([answer.split(" (Git")[0], *(f"{name} {version(name)}" for name in ("pyshark", "scapy"))])


if __name__ == "__main__":
    main()

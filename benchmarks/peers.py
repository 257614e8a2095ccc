"""Captures read by us and by our peers, in one run: CPU time, the ratio of each pair, and peak memory.

    python benchmarks/peers.py                     record the captures, then measure
    python benchmarks/peers.py --rounds 3 chatty   fewer rounds, and the rows of one capture only

Each row is a piece of work and a peer that does the same, or as much of it as it can. They run in turn, `--rounds`
times; the table has medians, and the median of the ratios of each round. Before, their answers are compared: messages
by API. The captures are recorded once (see traffic.py) and kept in .cache/benchmarks.
Needs tshark, and for the recording root, tcpdump, iproute2 and ethtool; `pip install --group bench`.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = ROOT / ".cache" / "benchmarks"
WORK: Final = str(Path(__file__).with_name("work.py"))
RECORDINGS: Final = {
    "chatty": ["chatty", "--records", "30000"],
    "bulk": ["bulk", "--megabytes", "100"],
    "bulk at an MSS of 1448": ["bulk", "--megabytes", "100", "--mss", "1448"],
}
SUMMARY: Final = ("-q", "-Y", "kafka")
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


class Row(NamedTuple):
    """A piece of work: what it is, the mode of work.py, the peer's name and its command behind the capture."""

    capture: str
    work: str
    mode: str
    peer: str
    command: tuple[str, ...]


TSHARK_FIELDS: Final = ("-Y", "kafka", "-T", "fields", *(word for field in FIELDS for word in ("-e", field)))
ROWS: Final = [
    Row("chatty", "headers and pairing", "stats", "tshark -q -Y kafka", SUMMARY),
    Row("chatty", "every body", "bodies", "tshark -q -Y kafka", SUMMARY),
    Row(
        "chatty", "bodies and records to JSON Lines", "jsonl", f"tshark -T fields, {len(FIELDS)} fields", TSHARK_FIELDS
    ),
    Row(
        "chatty",
        "bodies and records to JSON Lines",
        "jsonl",
        "tshark -T ek",
        ("-Y", "kafka", "-T", "ek", "-J", "kafka"),
    ),
    Row("bulk", "without looking into records", "bodies", "tshark -q -Y kafka", SUMMARY),
    Row("bulk", "every record, CRC checked", "records", "tshark -q -Y kafka", SUMMARY),
    Row("bulk at an MSS of 1448", "without looking into records", "bodies", "tshark -q -Y kafka", SUMMARY),
    Row("bulk at an MSS of 1448", "every record, CRC checked", "records", "tshark -q -Y kafka", SUMMARY),
]


class Cost(NamedTuple):
    """What a process took: seconds of CPU time, and its peak memory in MB."""

    seconds: float
    megabytes: float


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help=f"rows of these only: {', '.join(RECORDINGS)}")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if shutil.which("tshark") is None:
        sys.exit("tshark is the peer that all rows are held against: install it first")
    wanted = arguments.captures or list(RECORDINGS)
    if unknown := set(wanted) - RECORDINGS.keys():
        parser.error(f"no such capture: {', '.join(sorted(unknown))}")
    paths = {name: _recorded(name) for name in wanted}
    for name, path in paths.items():
        _compare(name, path)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {_version()}")
    print("CPU seconds, medians; the ratio is the peer's time over ours: above 1 we are faster")
    print()
    print("| capture | work | ours | peer | its | ratio | memory, MB: ours | its |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in ROWS:
        if row.capture in wanted:
            _measure(row, paths[row.capture], arguments.rounds)


def _measure(row: Row, path: Path, rounds: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_cost([sys.executable, WORK, row.mode, str(path)]))
        theirs.append(_cost([*_tshark(path), *row.command]))
    ratio = median(their.seconds / our.seconds for our, their in zip(ours, theirs, strict=True))
    seconds = [median(cost.seconds for cost in costs) for costs in (ours, theirs)]
    memory = [max(cost.megabytes for cost in costs) for costs in (ours, theirs)]
    print(
        f"| {row.capture} | {row.work} | {seconds[0]:.2f} | {row.peer} | {seconds[1]:.2f} | {ratio:.2f} "
        f"| {memory[0]:.0f} | {memory[1]:.0f} |",
        flush=True,
    )


def _cost(command: list[str]) -> Cost:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed with status {status}: {' '.join(command)}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _recorded(name: str) -> Path:
    path = CACHE / f"{name.replace(' ', '-')}.pcap"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        print(f"recording {path.relative_to(ROOT)} ...", file=sys.stderr)
        kind, *options = RECORDINGS[name]
        part = path.with_suffix(".part")
        traffic = str(Path(__file__).with_name("traffic.py"))
        subprocess.run([sys.executable, traffic, kind, str(part), *options], check=True)
        part.rename(path)
    return path


def _tshark(path: Path) -> list[str]:
    """Return tshark's command for a capture of ours, with the ports of its brokers."""
    decode_as = [word for port in _ports(path) for word in ("-d", f"tcp.port=={port},kafka")]
    return ["tshark", "-r", str(path), *decode_as]


def _ports(path: Path) -> list[str]:
    ports = subprocess.run(
        ["tshark", "-r", str(path), "-Y", "tcp.flags.syn==1 && tcp.flags.ack==1", "-T", "fields", "-e", "tcp.srcport"],
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(set(ports.stdout.split()))


def _compare(name: str, path: Path) -> None:
    """Hold the messages that both see against each other, by API key: benchmarks of wrong answers are none."""
    ours = subprocess.run([sys.executable, WORK, "keys", str(path)], capture_output=True, text=True, check=True)
    command = [*_tshark(path), "-Y", "kafka.api_key", "-T", "fields", "-e", "kafka.api_key"]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True)
    counts = [Counter(text.replace(",", " ").split()) for text in (ours.stdout, theirs.stdout)]
    difference = {
        key: (counts[0][key], counts[1][key]) for key in counts[0] | counts[1] if counts[0][key] != counts[1][key]
    }
    if difference:
        print(f"{name}: messages by API key that differ (ours, tshark's): {difference}", file=sys.stderr)
    else:
        print(f"{name}: both see the same {counts[0].total()} messages", file=sys.stderr)


def _version() -> str:
    return subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


if __name__ == "__main__":
    main()

"""Live capture against tcpdump: at which loads it keeps up, and whether it sees the same.

    sudo python benchmarks/live.py [--seconds 10] [--load NAME]... [--keep FOLDER]

In a network namespace of its own, confluent-kafka's producer and consumer talk to librdkafka's mock cluster, while
`kafka-dissect live -i lo --format jsonl` and tcpdump watch the same loopback interface, with and without `--write`.
Afterwards tcpdump's file is decoded, and the exchanges are compared: all that JSON Lines say, except for
the numbers of packets and connections, and for times: on loopback the kernel takes the time for each socket anew. Where nothing was dropped there must be no difference; where packets were dropped, those
captured and those dropped must add up to what tcpdump has. The file that `--write` made is compared with tcpdump's
packet by packet. What does not hold ends with exit code 1.

Needs root, tcpdump, unshare and ip; confluent-kafka is fetched as for the sample captures. Everything runs on this
machine: with few cores, client, cluster, tcpdump and the capture compete for them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "captures" / "record")]

LOAD = Path(__file__).with_name("live_load.py")


class Load(NamedTuple):
    """Records per second, their size, and how many at most share a request."""

    rate: int
    size: int
    batch: int


LOADS = {
    "100 requests/s": Load(100, 100, 1),
    "500 requests/s": Load(500, 100, 1),
    "2000 requests/s": Load(2000, 100, 1),
    "100,000 small records/s": Load(100_000, 100, 10_000),
    "bulk 10 MB/s": Load(100, 100_000, 10_000),
    "bulk 50 MB/s": Load(500, 100_000, 10_000),
    "bulk 100 MB/s": Load(1000, 100_000, 10_000),
    "bulk 200 MB/s": Load(2000, 100_000, 10_000),
}
HEADINGS = (
    "load",
    "--write",
    "packets/s",
    "MB/s",
    "dropped by kernel",
    "by us",
    "exchanges",
    "equal",
    "CPU",
    "done after",
)


class Watcher:
    """A program that captures, from when it says that it does until it is told to stop."""

    def __init__(self, command: list[str], ready: str, **streams: object) -> None:
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **streams)
        self.said = ""
        for line in self.process.stderr or ():
            self.said += line
            if ready in line:
                return
        raise RuntimeError(f"{command[0]} did not start: {self.said}")

    def stop(self) -> tuple[float, float]:
        """Stop it as Ctrl-C does; return its CPU time, and how long it took to end."""
        before, began = _children(), time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate()[1]
        return _children() - before, time.monotonic() - began


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def dissect(*arguments: str) -> list[str]:
    """Return the command line of kafka-dissect."""
    return [sys.executable, "-m", "dissector", *arguments]


def exchanges(path: Path) -> Counter[str]:
    """Return what the lines of a file say, without numbers of packets and connections, and without times."""
    found: Counter[str] = Counter()
    with path.open() as lines:
        for line in lines:
            exchange = json.loads(line)
            del exchange["connection"]["id"], exchange["latency_ms"]
            for side in ("request", "response"):
                if exchange[side]:
                    del exchange[side]["frame"], exchange[side]["timestamp"]
            found[json.dumps(exchange, sort_keys=True)] += 1
    return found


def packets(path: Path) -> Counter[bytes]:
    """Return the packets of a file: their bytes, in which sequence numbers tell them apart."""
    from dissector.sources.files import CaptureReader

    with CaptureReader(path) as reader:
        return Counter(packet.data for packet in reader)


def measure(name: str, load: Load, seconds: float, python: str, folder: Path, *, writes: bool) -> bool:
    """Run a load once, print its row, and say whether everything adds up."""
    stem = folder / (name.replace(" ", "-").replace("/", "-per-") + ("-written" if writes else ""))
    recorded, lines, ledger, written = (stem.with_suffix(end) for end in (".pcap", ".jsonl", ".ledger.json", ".pcapng"))
    client = subprocess.Popen(
        [python, LOAD, *map(str, (*load, seconds))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    client.stdout.readline()
    tcpdump = Watcher(
        ["tcpdump", "-i", "lo", "-n", "-s", "262144", "-B", "262144", "-Z", "root", "-U"]
        + ["--time-stamp-precision=nano", "-w", str(recorded), "tcp"],
        "listening on",
    )
    arguments = ["live", "-i", "lo", "--format", "jsonl", "--ledger", str(ledger)]
    with lines.open("w") as out:
        live = Watcher(
            dissect(*arguments, *(["--write", str(written)] if writes else [])), "watching", stdout=out, cwd=ROOT
        )
        client.communicate(b"\n")
        time.sleep(1.5)
        cpu, ended = live.stop()
    tcpdump.stop()
    if "\n0 packets dropped by kernel" not in tcpdump.said:
        print(f"{name}: tcpdump itself dropped packets: measure again", file=sys.stderr)
    book = json.loads(ledger.read_text())
    truth = packets(recorded)
    decoded = stem.with_suffix(".decoded.jsonl")
    with decoded.open("w") as out:
        subprocess.run(dissect("decode", str(recorded), "--format", "jsonl", "-q"), stdout=out, check=True, cwd=ROOT)
    seen, expected = exchanges(lines), exchanges(decoded)
    drops = book["packets_dropped"]
    dropped = drops["by_kernel"] + drops["by_us"]
    checks = {
        "packets captured and dropped are those of tcpdump": book["packets"] + dropped == truth.total(),
        "the ledger balances": not book["discrepancies"],
        "the exchanges are those of tcpdump": bool(dropped) or seen == expected,
    }
    if writes:
        missing = truth - packets(written)
        checks["the file has every packet"] = missing.total() == drops["by_kernel"]
    volume = sum(len(data) * count for data, count in truth.items())
    row = [
        name,
        "yes" if writes else "",
        f"{truth.total() / seconds:,.0f}",
        f"{volume / seconds / 1e6:.1f}",
        f"{drops['by_kernel']:,}",
        f"{drops['by_us']:,}",
        f"{seen.total():,} of {expected.total():,}",
        f"{(seen & expected).total():,}",
        f"{100 * cpu / seconds:.0f} %",
        f"{ended:.1f} s",
    ]
    print("| " + " | ".join(row) + " |", flush=True)
    for check, holds in checks.items():
        if not holds:
            print(f"{name}: does not hold: {check}", file=sys.stderr)
    return all(checks.values())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="how long each load lasts (default: 10)")
    parser.add_argument("--load", action="append", choices=list(LOADS), help="only this load; repeatable")
    parser.add_argument("--keep", type=Path, help="a folder for captures, lines and ledgers (default: thrown away)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    import toolchain

    python = toolchain.python_client("confluent_client")[0]
    if not options.inside:  # the client was fetched; from here on there is no network but loopback
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print("| " + " | ".join(HEADINGS) + " |")
    print("| --- | --- |" + " ---: |" * (len(HEADINGS) - 2))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        outcomes = []
        for name in options.load or LOADS:
            for writes in (False, True):
                outcomes.append(measure(name, LOADS[name], options.seconds, python, folder, writes=writes))
                if options.keep is None:
                    for file in folder.iterdir():
                        file.unlink()
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()

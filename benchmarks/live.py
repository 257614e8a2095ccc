"""Live capture against tcpdump: at which loads it keeps up, and whether it sees the same.

    sudo python benchmarks/live.py [--seconds 10] [--load NAME]... [--keep FOLDER]

In a network namespace of its own, confluent-kafka's producer and consumer talk to librdkafka's mock cluster, while
`kafka-dissect live -i lo` and tcpdump watch the same loopback interface: as text and as JSON Lines (which have every
record), with and without `--write`. Afterwards tcpdump's file is decoded, and compared:

- JSON Lines: every exchange, in all that they say, except for the numbers of packets and connections, and for times (on
  loopback the kernel takes the time for each socket anew). Text: the ledgers' exchanges, and their bytes by category.
  Where nothing was dropped there must be no difference.
- The packets dissected and those dropped must add up to the packets that tcpdump has.
- The file that `--write` made must have the packets that tcpdump has, except for those that the kernel dropped.

What does not hold is said, and ends with exit code 1. "behind" is how long it took to read what was captured, once the
load was over.

Needs root, tcpdump, unshare and ip; confluent-kafka is fetched as for the sample captures. Everything runs on this
machine: with few cores, client, cluster, tcpdump and the capture compete for them.
"""

from __future__ import annotations

import argparse
import hashlib
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
from typing import IO, Any, NamedTuple, Self

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
WAYS = (("text", False), ("text", True), ("jsonl", False), ("jsonl", True))
HEADINGS = (
    "load",
    "format",
    "--write",
    "packets/s",
    "MB/s",
    "dropped by kernel",
    "by us",
    "answered exchanges",
    "equal",
    "CPU",
    "behind",
)


TCPDUMP = ("tcpdump", "-i", "lo", "-n", "-s", "262144", "-B", "262144", "-Z", "root", "--immediate-mode")


class Options(NamedTuple):
    """How long each load lasts, and the Python that has confluent-kafka."""

    seconds: float
    python: str


class Watcher:
    """A program that captures, from when it says that it does until it is told to stop."""

    def __init__(
        self, command: list[str], ready: str, *, stdout: IO[str] | None = None, cwd: Path | None = None
    ) -> None:
        self.process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=cwd)
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


def exchanges(path: Path) -> Counter[bytes]:
    """Return digests of what the lines of a file say, without numbers of packets and connections, and without times."""
    found: Counter[bytes] = Counter()
    with path.open() as lines:
        for line in lines:
            exchange = json.loads(line)
            del exchange["connection"]["id"], exchange["latency_ms"]
            for side in ("request", "response"):
                if exchange[side]:
                    del exchange[side]["frame"], exchange[side]["timestamp"]
            found[digest(json.dumps(exchange, sort_keys=True).encode())] += 1
    return found


def packets(path: Path) -> Counter[bytes]:
    """Return digests of the packets of a file: their sequence numbers tell them apart."""
    from dissector.sources.files import CaptureReader

    with CaptureReader(path) as reader:
        return Counter(digest(packet.data) for packet in reader)


def digest(data: bytes) -> bytes:
    """Return a digest."""
    return hashlib.blake2b(data, digest_size=16).digest()


class Seen(NamedTuple):
    """What a run of kafka-dissect found: the lines that it wrote, and its ledger."""

    lines: Path
    ledger: Path

    @property
    def book(self) -> dict[str, Any]:
        """The ledger."""
        book: dict[str, Any] = json.loads(self.ledger.read_text())
        return book

    @property
    def counts(self) -> tuple[object, ...]:
        """Exchanges by outcome, and bytes by category."""
        book = self.book
        outcomes = Counter({(row["outcome"], row["reason"]): row["count"] for row in book["exchanges"]})
        entries = Counter({(row["category"], row["cause"]): row["bytes"] for row in book["payload"]["entries"]})
        return outcomes, entries


class Files(NamedTuple):
    """What a run leaves: tcpdump's file and ours, and what was made of both."""

    recorded: Path
    written: Path
    live: Seen
    decoded: Seen

    @classmethod
    def inside(cls, folder: Path) -> Self:
        """Return the files in a folder, which is made; their paths hold in whatever folder a program runs."""
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        live, decoded = (Seen(folder / f"{name}.lines", folder / f"{name}.ledger.json") for name in ("live", "decoded"))
        return cls(folder / "recorded.pcap", folder / "written.pcapng", live, decoded)


def record(load: Load, options: Options, files: Files, form: str, *, writes: bool) -> tuple[float, float]:
    """Let a load run while both watch; return the CPU time of ours, and how long it took to end."""
    client = subprocess.Popen(
        [options.python, LOAD, *map(str, (*load, options.seconds))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert client.stdout is not None
    client.stdout.readline()
    time.sleep(1)  # what is still acknowledged would be seen by whoever watches first
    tcpdump = Watcher([*TCPDUMP, "-w", str(files.recorded), "tcp"], "listening on")
    arguments = ["live", "-i", "lo", "--format", form, "--ledger", str(files.live.ledger)]
    with files.live.lines.open("w") as out:
        command = dissect(*arguments, *(["--write", str(files.written)] if writes else []))
        live = Watcher(command, "watching", stdout=out, cwd=ROOT)
        client.communicate(b"\n")
        time.sleep(1.5)
        usage = live.stop()
    tcpdump.stop()
    if "\n0 packets dropped by kernel" not in tcpdump.said:
        print(f"tcpdump itself dropped packets: {tcpdump.said}", file=sys.stderr)
    return usage


def measure(name: str, options: Options, files: Files, form: str, *, writes: bool) -> bool:
    """Run a load once, print its row, and say whether everything adds up."""
    cpu, ended = record(LOADS[name], options, files, form, writes=writes)
    with files.decoded.lines.open("w") as out:
        arguments = [str(files.recorded), "--format", form, "--ledger", str(files.decoded.ledger), "-q"]
        subprocess.run(dissect("decode", *arguments), stdout=out, check=True, cwd=ROOT)
    book, truth = files.live.book, packets(files.recorded)
    drops = book["packets_dropped"]
    dropped = drops["by_kernel"] + drops["by_us"]
    checks = {
        "packets dissected and dropped are those of tcpdump": book["packets"] + dropped == truth.total(),
        "the ledger balances": not book["discrepancies"],
        "the same was decoded": bool(dropped) or files.live.counts == files.decoded.counts,
    }
    equal = "-"
    if form == "jsonl":
        seen, expected = exchanges(files.live.lines), exchanges(files.decoded.lines)
        equal = f"{(seen & expected).total():,}"
        checks["the exchanges are those of tcpdump"] = bool(dropped) or seen == expected
    if writes:
        checks["the file has every packet"] = (truth - packets(files.written)).total() == drops["by_kernel"]
    row = [
        name,
        form,
        "yes" if writes else "no",
        f"{truth.total() / options.seconds:,.0f}",
        f"{files.recorded.stat().st_size / options.seconds / 1e6:.1f}",
        f"{drops['by_kernel']:,}",
        f"{drops['by_us']:,}",
        f"{answered(book):,} of {answered(files.decoded.book):,}",
        equal,
        f"{100 * cpu / options.seconds:.0f} %",
        f"{ended:.1f} s",
    ]
    print("| " + " | ".join(row) + " |", flush=True)
    for check, holds in checks.items():
        if not holds:
            print(f"{name}, {form}: does not hold: {check}", file=sys.stderr)
    return all(checks.values())


def answered(book: dict[str, Any]) -> int:
    """Return how many exchanges of a ledger have both messages."""
    return sum(row["count"] for row in book["exchanges"] if row["outcome"] == "answered")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="how long each load lasts (default: 10)")
    parser.add_argument("--load", action="append", choices=list(LOADS), help="only this load; repeatable")
    parser.add_argument("--keep", type=Path, help="a folder for captures, lines and ledgers (default: thrown away)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    import toolchain

    options = Options(arguments.seconds, toolchain.python_client("confluent_client")[0])
    if not arguments.inside:  # the client was fetched; from here on there is no network but loopback
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])  # noqa: S606
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print("| " + " | ".join(HEADINGS) + " |")
    print("| --- | --- | --- |" + " ---: |" * (len(HEADINGS) - 3))
    outcomes = []
    for name in arguments.load or LOADS:
        for form, writes in WAYS:
            with tempfile.TemporaryDirectory() as scratch:
                place = f"{name} {form}{' written' if writes else ''}".replace("/", " per ").replace(" ", "-")
                files = Files.inside((arguments.keep or Path(scratch)) / place)
                outcomes.append(measure(name, options, files, form, writes=writes))
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()

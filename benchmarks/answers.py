"""What a recording holds, and whether tshark sees the same in it as we do: `answers.py CAPTURE [--records]`.

The messages of both are held against each other one by one: the packet that completes each, its API, its correlation
id. With --records so are the numbers of records in each packet. A benchmark of wrong answers is none.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recordings import each_packet, tshark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORK: Final = str(Path(__file__).with_name("work.py"))
API_NAMES: Final = {
    0: "Produce",
    1: "Fetch",
    3: "Metadata",
    8: "OffsetCommit",
    10: "FindCoordinator",
    18: "ApiVersions",
}


def main() -> None:
    """Print a line for each."""
    path = Path(sys.argv[1])
    print(traffic(path))
    print(messages(path))
    if "--records" in sys.argv:
        print(records(path))


def traffic(path: Path) -> str:
    """Say what there is for TCP."""
    sizes = [packet.payload for packet in each_packet(path)]
    filled = sum(size > 0 for size in sizes)
    return (
        f"{len(sizes):,} packets, {filled:,} of them with payload: {sum(sizes) / 1e6:.1f} MB, "
        f"{max(sizes):,} bytes at most; the others are ACK, SYN and FIN"
    )


def messages(path: Path) -> str:
    """Say what there is for Kafka, and how much tshark sees of it."""
    ours = Counter(_lines([sys.executable, WORK, "messages", str(path)]))
    theirs: Counter[str] = Counter()
    fields = ("kafka.api_key", "kafka.correlation_id")
    for number, keys, ids in _rows(path, "kafka", fields):
        theirs.update(f"{number} {key} {id_}" for key, id_ in zip(keys.split(","), ids.split(","), strict=True))
    apis: Counter[int] = Counter()
    for message, count in ours.items():
        apis[int(message.split()[1])] += count
    total = ours.total()
    shares = ", ".join(f"{count / total:.1%} {API_NAMES.get(key, f'API {key}')}" for key, count in apis.most_common())
    return f"{total:,} messages ({shares}): {_compared(ours, theirs)}"


def records(path: Path) -> str:
    """Say how many records there are, and how many of them tshark sees."""
    ours: Counter[str] = Counter()
    for line in _lines([sys.executable, WORK, "counts", str(path)]):
        number, count = line.split()
        ours[number] += int(count)
    theirs: Counter[str] = Counter()
    for number, attributes in _rows(path, "kafka.record_attributes", ("kafka.record_attributes",)):
        theirs[number] += attributes.count(",") + 1
    return f"{ours.total():,} records, none with a warning of ours: {_compared(ours, theirs)}"


def _compared(ours: Counter[str], theirs: Counter[str]) -> str:
    if ours == theirs:
        return "tshark sees exactly the same"
    missed, more = ours - theirs, theirs - ours
    examples = [*sorted(missed.items())[:3], *sorted(more.items())[:3]]
    return f"tshark misses {missed.total():,} and sees {more.total():,} that we do not, such as {examples}"


def _rows(path: Path, which: str, fields: Sequence[str]) -> Iterator[list[str]]:
    options = [word for field in ("frame.number", *fields) for word in ("-e", field)]
    for line in _lines([*tshark(path), "-Y", which, "-T", "fields", *options]):
        yield line.split("\t")


def _lines(command: Sequence[str]) -> Iterator[str]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield line.rstrip("\n")
    if process.returncode:
        sys.exit(f"failed with status {process.returncode}: {' '.join(command)}")


if __name__ == "__main__":
    main()

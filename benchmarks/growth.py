"""Captures that grow: time must grow with them, and memory must not, but for what `load` keeps of each exchange.

    python benchmarks/growth.py
    python benchmarks/growth.py --times 1 16 --rounds 3 chatty

Each capture is the beginning of a recording (see recordings.py), repeated: later and later, and from other client
addresses each time, so that every connection is a new one. "more" is what each packet beyond those of the first,
smallest capture costs: of time, of memory. Memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from processes import interleaved
from recordings import CACHE, Raw, beginning, each_packet, header, recording, server_ports, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processes import Cost

WORK: Final = str(Path(__file__).with_name("work.py"))
#: How many packets are repeated, and what is done with them: modes of work.py.
GROWING: Final = {
    "chatty": (40_000, ("stats", "jsonl", "load")),
    "bulk": (3_000, ("stats", "records", "load")),
}
_ADDRESSES: Final = 26  # in an Ethernet frame of IPv4: the source's, and 4 bytes further the destination's


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help=f"these only: {', '.join(GROWING)}")
    parser.add_argument("--times", type=int, nargs="+", metavar="N", help="1 2 4 8, with --short 1 2 4")
    parser.add_argument("--short", action="store_true", help="short recordings")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is measured (1)")
    arguments = parser.parse_args()
    if unknown := set(arguments.captures) - GROWING.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(GROWING)}")
    all_times = arguments.times or ([1, 2, 4] if arguments.short else [1, 2, 4, 8])
    if all_times != sorted(set(all_times)) or all_times[0] < 1:
        parser.error("--times must rise")
    print("\nCaptures that grow:\n")
    print("| capture | work | packets | CPU s | us/packet | more: us/packet | memory, MB | more: bytes/packet |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for name in arguments.captures or GROWING:
        packets, modes = GROWING[name]
        with TemporaryDirectory(dir=CACHE) as folder:
            sizes = {}
            first = beginning(recording(name, short=arguments.short), packets)
            for times in all_times:
                path = Path(folder) / f"{times}.pcap"
                sizes[path] = repeat(first, times, path)
            for mode in modes:
                commands = [[sys.executable, WORK, mode, str(path)] for path in sizes]
                print_rows(f"| {name} | {mode} ", list(sizes.values()), interleaved(commands, arguments.rounds))


def repeat(recording: Path, times: int, path: Path) -> int:
    """Write a capture that is a recording `times` times over; return how many packets it has."""
    count = 0
    with path.open("wb") as file:
        file.write(header(recording))
        for packet in repeated(recording, times):
            write(file, packet)
            count += 1
    return count


def repeated(recording: Path, times: int) -> Iterator[Raw]:
    """Yield the packets of a recording `times` times over, each time a second after the last one, by other clients."""
    servers = frozenset(server_ports(recording))
    later = 0
    for number in range(times):
        address = socket.inet_aton(f"127.{1 + number // 250}.{1 + number % 250}.1")
        first = last = None
        for packet in each_packet(recording):
            first = packet.time if first is None else first
            last = packet.time
            at = _ADDRESSES + 4 * (packet.ports[0] in servers)  # the client's address is the one that changes
            yield Raw(packet.time + later, packet.data[:at] + address + packet.data[at + 4 :])
        if first is not None and last is not None:
            later += last - first + 1_000_000


def print_rows(start: str, sizes: list[int], costs: list[list[Cost]]) -> None:
    """Print a row for each size."""
    points = [
        (size, median(cost.seconds for cost in each), max(cost.megabytes for cost in each))
        for size, each in zip(sizes, costs, strict=True)
    ]
    first, *_ = points
    for size, seconds, megabytes in points:
        more = size - first[0]
        cells = [f"{size:,}", f"{seconds:.2f}", f"{seconds / size * 1e6:.1f}"]
        cells += [f"{(seconds - first[1]) / more * 1e6:.1f}" if more else ""]
        cells += [f"{megabytes:.0f}", f"{(megabytes - first[2]) * 1e6 / more:.0f}" if more else ""]
        print(f"{start}| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

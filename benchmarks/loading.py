"""What loading a capture costs, beside going through it once; and what one does with it then.

    python benchmarks/loading.py                 600 MB of small messages, which are recorded first (root)
    python benchmarks/loading.py CAPTURE...      captures of your own, as one

Prints processor time, so that other work on the machine counts for less, and the largest resident size until then. The
600 MB are a recording (see recordings.py), repeated with other clients.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from growth import repeat
from recordings import CACHE, ROOT, recording

import dissector

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE: Final = 600_000_000  # bytes
_SOME: Final = 1000  # exchanges to look at, anywhere


def main(captures: list[str]) -> None:
    """Load captures, and say what that took."""
    captures = captures or [str(large())]
    start = time.process_time()
    with dissector.open_capture(*captures) as stream:
        for _ in stream:
            pass
    streamed, peak_of_stream = time.process_time() - start, peak()

    start = time.process_time()
    loaded = dissector.load(*captures)
    taken, peak_of_load = time.process_time() - start, peak()
    messages = loaded.summary(bodies=1).messages
    print(f"{len(loaded)} exchanges, {messages} messages, {stream.total_bytes or 0:,} bytes")
    print(f"one pass        {streamed:8.2f} s  {messages / streamed:10.0f} messages/s  {peak_of_stream:6.0f} MB")
    print(f"load            {taken:8.2f} s  {messages / taken:10.0f} messages/s  {peak_of_load:6.0f} MB")

    timed("at a glance", loaded.summary)
    timed("latency > 1s", lambda: len(loaded.exchanges("latency > 1s")))
    timed("topic == none", lambda: len(loaded.exchanges("topic == none")))
    timed("topics", lambda: loaded.topics)
    timed("groups", lambda: loaded.groups)
    timed("two columns", lambda: loaded.exchanges().to_arrow(["client_id", "latency"]))
    some = range(0, len(loaded), max(1, len(loaded) // _SOME))
    start = time.process_time()
    for number in some:
        for message in (loaded[number].request, loaded[number].response):
            assert message is None or message.body is not None or message.error is not None or message.is_token
    took = (time.process_time() - start) / len(some)
    print(f"a body          {took * 1e6:8.0f} us  with its exchange, anywhere in the capture")


def large() -> Path:
    """Return the path of a large capture, which is made if it is not there."""
    path = CACHE / "loading.pcap"
    if not path.exists():
        recorded = recording("chatty")
        print(f"writing {path.relative_to(ROOT)} ...", file=sys.stderr)
        part = path.with_suffix(".part")
        repeat(recorded, -(-_SIZE // recorded.stat().st_size), part)
        part.rename(path)
    return path


def timed(name: str, work: Callable[[], object]) -> None:
    """Do it, and say what it took."""
    start = time.process_time()
    work()
    print(f"{name:<15} {time.process_time() - start:8.2f} s  {'':>21}  {peak():6.0f} MB", flush=True)


def peak() -> float:
    """Return the largest resident size so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1:])

"""What loading a capture costs, beside going through it once.

    python benchmarks/loading.py CAPTURE...

Prints processor time, so that other work on the machine counts for less, and the largest resident size.
"""

from __future__ import annotations

import resource
import sys
import time

import dissector


def main(captures: list[str]) -> None:
    """Load captures, and say what that took."""
    start = time.process_time()
    with dissector.open_capture(*captures) as stream:
        exchanges = sum(1 for _ in stream)
    streamed = time.process_time() - start
    before = peak()

    start = time.process_time()
    loaded = dissector.load(*captures)
    taken = time.process_time() - start
    after = peak()
    messages = loaded.summary(bodies=1).messages
    print(f"{exchanges} exchanges, {messages} messages")
    print(f"one pass  {streamed:8.2f} s  {messages / streamed:10.0f} messages/s  {before:6.0f} MB")
    print(f"load      {taken:8.2f} s  {messages / taken:10.0f} messages/s  {after:6.0f} MB")

    start = time.process_time()
    loaded.summary()
    print(f"summary   {time.process_time() - start:8.2f} s")
    some = range(0, len(loaded), max(1, len(loaded) // 1000))
    start = time.process_time()
    for number in some:
        for message in (loaded[number].request, loaded[number].response):
            assert message is None or message.body is not None or message.error is not None or message.is_token
    took = (time.process_time() - start) / len(some)
    print(f"a body    {took * 1e6:8.0f} us  with its exchange, anywhere in the capture")


def peak() -> float:
    """Return the largest resident size so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1:])

"""The memory of a live capture over many short connections: it must not grow for ever.

    sudo python benchmarks/live_memory.py [--minutes 5] [--idle-timeout 10]

In a network namespace of its own clients connect, ask once and hang up, 400 times a second; every twentieth is never
answered and stays, until there are 400 of them and the oldest hangs up. `dissector.sniff` watches in this process, and
its resident memory is printed. Connections and requests are let go after `--idle-timeout` seconds (900 and 600 by
default), so that minutes show what days would.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

API_VERSIONS = 18
RATE, EVERY, KEPT = 400, 20, 400
STEPS = 10  # rows
PAGE = resource.getpagesize()


def talk() -> None:
    """Be broker and clients."""
    from support.frames import make_request, make_response

    request = make_request(API_VERSIONS, 0, {}, correlation_id=1, client_id="short-lived")
    response = make_response(API_VERSIONS, 0, {"error_code": 0, "api_keys": []}, correlation_id=1)
    request, response = (struct.pack(">i", len(frame)) + frame for frame in (request, response))
    listener = socket.create_server(("127.0.0.1", 9092), backlog=1000)
    unanswered: deque[socket.socket] = deque(maxlen=KEPT)

    def serve() -> None:
        number = 0
        while True:
            connection, _ = listener.accept()
            connection.recv(1000)
            number += 1
            if number % EVERY:
                connection.sendall(response)
                connection.close()
            else:
                unanswered.append(connection)

    Thread(target=serve, daemon=True).start()
    began, asked = time.monotonic(), 0
    while True:
        asked += 1
        time.sleep(max(0.0, asked / RATE - (time.monotonic() - began)))
        client = socket.create_connection(("127.0.0.1", 9092))
        client.sendall(request)
        client.settimeout(0.01)
        try:
            client.recv(1000)
        except TimeoutError:
            unanswered.append(client)
        else:
            client.close()


def resident() -> float:
    """Return the resident memory of this process in MB, without the ring, which is the kernel's."""
    shared = int(Path("/proc/self/statm").read_text().split()[2])
    return (int(Path("/proc/self/statm").read_text().split()[1]) - shared) * PAGE / 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--idle-timeout", type=float, default=10, metavar="SECONDS")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--talk", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.talk:
        talk()
    if not options.inside:
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])  # noqa: S606
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    from dissector import sniff

    step = options.minutes * 60 / STEPS
    talking = subprocess.Popen([sys.executable, __file__, "--talk"])
    print("| seconds | connections | exchanges | dropped | memory (MB) |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    began = shown = time.monotonic()
    timeouts = {"idle_timeout": options.idle_timeout, "response_timeout": options.idle_timeout}
    try:
        with sniff("lo", duration=options.minutes * 60 + 1, **timeouts) as capture:
            for exchange in capture:
                assert exchange.request is not None
                assert exchange.request.body == {}
                now = time.monotonic()
                if now - shown >= step:
                    shown = now
                    ledger = capture.ledger
                    total = sum(ledger.exchanges.values())
                    dropped = (ledger.dropped_by_kernel or 0) + (ledger.dropped_by_us or 0)
                    print(
                        f"| {now - began:.0f} | {ledger.connections:,} | {total:,} | {dropped} | {resident():.0f} |",
                        flush=True,
                    )
    finally:
        talking.kill()
        talking.wait()
    outcomes = ", ".join(
        f"{count:,} {outcome} {reason or ''}".rstrip()
        for (outcome, reason), count in capture.ledger.exchanges.most_common()
    )
    print(f"\n{outcomes}; {'; '.join(capture.ledger.discrepancies()) or 'the ledger balances'}")


if __name__ == "__main__":
    main()

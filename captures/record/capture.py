"""Record what crosses the loopback interface with tcpdump."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain import program

SNAP_LENGTH = 262144  # loopback carries frames beyond 64 KiB


@contextmanager
def tcpdump(path: Path, ports: list[int], interface: str = "lo", precision: str = "micro") -> Iterator[None]:
    """Write the TCP packets of some ports to a pcap file while the context lasts."""
    command = [program("tcpdump"), "-i", interface, "-n", "-s", str(SNAP_LENGTH), "-B", "65536"]
    command += ["--immediate-mode", "-U", "-Z", "root", f"--time-stamp-precision={precision}"]
    command += ["-w", str(path), "tcp and (" + " or ".join(f"port {port}" for port in ports) + ")"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _wait_until_listening(process)
        yield
        time.sleep(1)  # tcpdump hands on its last packets late, and counts none of them as dropped
    finally:
        process.terminate()
        _, said = process.communicate(timeout=10)
    if "\n0 packets dropped by kernel" not in said:
        raise RuntimeError(f"tcpdump dropped packets: {said}")


def _wait_until_listening(process: subprocess.Popen[str]) -> None:
    said = []
    for line in process.stderr or ():
        said.append(line)
        if "listening on" in line:
            return
    raise RuntimeError(f"tcpdump did not start: {''.join(said)}")

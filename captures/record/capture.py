"""Record what crosses the loopback interface with tcpdump."""

import subprocess
import time
from pathlib import Path
from typing import Self

from toolchain import program

SNAP_LENGTH = 262144  # loopback carries frames beyond 64 KiB


class Tcpdump:
    """A tcpdump that writes the TCP packets of some ports to a pcap file, until it is stopped or its context left."""

    def __init__(self, path: Path, ports: list[int], interface: str = "lo", precision: str = "micro") -> None:
        self._command = [program("tcpdump"), "-i", interface, "-n", "-s", str(SNAP_LENGTH), "-B", "65536"]
        self._command += ["--immediate-mode", "-U", "-Z", "root", f"--time-stamp-precision={precision}"]
        self._command += ["-w", str(path), "tcp and (" + " or ".join(f"port {port}" for port in ports) + ")"]
        self._stopped = False

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        said = []
        for line in self._process.stderr or ():
            said.append(line)
            if "listening on" in line:
                return self
        raise RuntimeError(f"tcpdump did not start: {''.join(said)}")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop recording."""
        if self._stopped:
            return
        self._stopped = True
        time.sleep(1)  # tcpdump hands on its last packets late, and counts none of them as dropped
        self._process.terminate()
        _, said = self._process.communicate(timeout=10)
        if "\n0 packets dropped by kernel" not in said:
            raise RuntimeError(f"tcpdump dropped packets: {said}")

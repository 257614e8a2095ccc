"""What processes cost: CPU time of user and system and peak memory, as the kernel accounts them when they end."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parent.parent


class Cost(NamedTuple):
    """What a process took with the children that it waited for.

    Seconds of CPU time, and peak memory in MB: that of the largest of its processes.
    """

    seconds: float
    megabytes: float


def environment() -> dict[str, str]:
    """Return this process's environment without what makes others slower, or say more, than they are by themselves.

    That is modules compiled anew each time, output that is not buffered and the like, and for tshark the user's
    preferences: the directory named does not exist.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "WIRESHARK_CONFIG_DIR": str(Path(__file__).with_name("no-preferences"))}


def prepare() -> None:
    """Compile our modules to bytecode: who installs a package has them so, and a first run would pay for it."""
    command = [sys.executable, "-m", "compileall", "-q", "dissector", "structs"]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)


def cost(command: Sequence[str]) -> Cost:
    """Run a command, throw away what it says, and return what it cost; exits where it fails.

    A process begins with the memory of the one that starts it, so keep that small: it is checked.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.exit(f"failed with status {process.returncode}: {' '.join(command)}\n{said}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert usage.ru_maxrss > own, "what is measured as memory is that of this process"
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def interleaved(commands: Sequence[Sequence[str]], rounds: int) -> list[list[Cost]]:
    """Run commands in turn, `rounds` times over; return the costs of each, round by round.

    Each round begins with another command, so that none profits from following a certain other.
    """
    costs: list[list[Cost]] = [[] for _ in commands]
    for number in range(rounds):
        for place in range(len(commands)):
            which = (place + number) % len(commands)
            costs[which].append(cost(commands[which]))
    return costs

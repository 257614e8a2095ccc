"""The machine that figures were taken on, and how its interpreter was built: without these they say little."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

_BUSY: Final = 1.0  # running processes beside this one, as the kernel's average of the last minute has it


class Build(NamedTuple):
    """How an interpreter was built: in words, and whether with profile-guided optimisation."""

    words: str
    is_optimised: bool


def main() -> None:
    """Print it."""
    print("\n".join(description()))


def description(*packages: str) -> list[str]:
    """Return lines on the machine, the interpreter, tshark and these packages; warnings among them."""
    built = build(str(sysconfig.get_config_var("CONFIG_ARGS")), sys.base_prefix, _distribution("ID_LIKE", "ID"))
    tshark = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    lines = [
        f"{os.cpu_count()} cores of {_processor()}, {_memory() / 1e9:.0f} GB, {_distribution('PRETTY_NAME')}, "
        f"load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()} ({Path(sys.executable).resolve()}), {built.words}",
        ", ".join([tshark.rstrip("."), *(f"{name} {version(name)}" for name in packages)]),
    ]
    if not built.is_optimised:
        lines.append(
            "warning: tshark comes optimised, and so do the interpreters of distributions; this one is a fifth to a "
            "third slower than these. Choose another: make benchmarks BENCH_PYTHON=/usr/bin/python3"
        )
    if os.getloadavg()[0] > _BUSY:
        lines.append("warning: the machine is busy with other things: medians and ratios of such a run are rough")
    return lines


def build(arguments: str, prefix: str, distribution: str) -> Build:
    """Say how an interpreter was built: what configure was told, where it is installed, and on which distribution.

    Debian and its kin build theirs with profiles without telling configure (debian/rules, "PGO/LTO builds").
    """
    if "--enable-optimizations" in arguments:
        lto = " and link-time" if "--with-lto" in arguments else ""
        return Build(f"built with profile-guided{lto} optimisation", is_optimised=True)
    if prefix == "/usr" and "debian" in distribution:
        return Build("the distribution's, which is built with profile-guided optimisation", is_optimised=True)
    return Build("built without profile-guided optimisation (--enable-optimizations)", is_optimised=False)


def _distribution(*fields: str) -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return " ".join(release[field] for field in fields if field in release)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

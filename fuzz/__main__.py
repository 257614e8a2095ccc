"""Fuzz layers one after the other, each in a process of its own: `python -m fuzz [--seconds N] [LAYER...]`.

The corpus grows in .cache/fuzz/corpus from run to run. An input that breaks an invariant is kept in .cache/fuzz/found,
its traceback is shown, and the exit code is 1; `python -m fuzz --again FILE` checks it once more.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from fuzz.bounds import bounded
from fuzz.layers import NAMES, layer

CACHE: Final = Path(".cache/fuzz")
MAX_INPUT: Final = 16384  # bytes: larger ones find little more, and slowly


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("layers", nargs="*", metavar="LAYER", help=f"one of {', '.join(NAMES)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each layer (default: %(default)s)")
    parser.add_argument("--again", type=Path, metavar="FILE", help="check one input that was found, then end")
    options = parser.parse_args()
    unknown = set(options.layers) - set(NAMES)
    if unknown:
        parser.error(f"no such layer: {', '.join(sorted(unknown))}")
    if options.again is not None:
        name = options.layers[0] if options.layers else options.again.name.partition("-")[0]
        chosen = layer(name)
        bounded(chosen.check, options.again.read_bytes(), traced=True, allowance=getattr(chosen, "ALLOWANCE", 0))
        return 0
    failed = [name for name in options.layers or NAMES if not fuzz(name, options.seconds)]
    return 1 if failed else 0


def fuzz(name: str, seconds: int) -> bool:
    """Fuzz a layer for so long, say how it went, and return whether every input passed."""
    corpus, found = CACHE / "corpus" / name, CACHE / "found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    write_seeds(name, corpus)
    command = [sys.executable, "-m", "fuzz.one", name, str(corpus)]
    command += [f"-max_total_time={seconds}", f"-max_len={MAX_INPUT}", f"-artifact_prefix={found}/{name}-"]
    command += ["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=1"]
    start = time.monotonic()
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    executions = re.search(r"number_of_executed_units: (\d+)|Done (\d+) runs", run.stdout)
    count = next(filter(None, executions.groups()), "0") if executions else "?"
    took = time.monotonic() - start
    print(f"{name}: {count} executions in {took:.0f} s: {'fine' if not run.returncode else 'FAILED'}", flush=True)
    if run.returncode:
        print(run.stdout[run.stdout.find(" === ") :][:6000], flush=True)
    return not run.returncode


def write_seeds(name: str, corpus: Path) -> None:
    """Put the seeds of a layer into its corpus, under the names that libFuzzer would give them."""
    for seed in layer(name).seeds():
        if len(seed) <= MAX_INPUT:
            (corpus / hashlib.sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    sys.exit(main())

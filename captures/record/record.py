"""Record the sample captures again: ``python captures/record/record.py all``, or names of captures.

Each recording runs in a network namespace of its own: its loopback interface carries nothing else, Kafka's
usual ports are free there, and whoever may make user namespaces needs no root for it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from provenance import publish
from scenarios import SCENARIOS
from stage import LOOPBACK_MTU, Scenario, Stage
from toolchain import ToolMissingError, program


def main() -> None:
    """Record what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="+", choices=["all", *SCENARIOS], help="captures to record")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    names = list(SCENARIOS) if "all" in arguments.names else arguments.names
    try:
        for name in names:
            if arguments.inside:
                record(SCENARIOS[name])
            else:
                SCENARIOS[name].prepare()
                subprocess.run(
                    [*in_namespace(SCENARIOS[name].mtu), sys.executable, __file__, name, "--inside"], check=True
                )
    except (ToolMissingError, subprocess.CalledProcessError) as error:
        sys.exit(f"record: {error}")


def in_namespace(mtu: int) -> list[str]:
    """Return the command prefix that runs a program with a loopback network to itself.

    One segment a packet below the usual MTU: the kernel would hand tcpdump packets that no wire carries.
    """
    rights = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    shape = f"mtu {mtu}" + (" gso_max_segs 1" if mtu < LOOPBACK_MTU else "")
    return [program("unshare"), "--net", *rights, "--", "sh", "-c", f'ip link set lo {shape} up && exec "$@"', "sh"]


def record(scenario: Scenario) -> None:
    """Play a scenario and put its capture and its provenance in place."""
    with tempfile.TemporaryDirectory(prefix=f"record-{scenario.name}-") as work:
        stage = Stage(scenario, Path(work))
        try:
            scenario.play(stage)
        except Exception:
            for log in sorted(stage.work.glob("*.log")):
                print(f"--- the end of {log.name}\n{log.read_text(errors='replace')[-3000:]}", file=sys.stderr)
            raise
        print(publish(stage))


if __name__ == "__main__":
    main()

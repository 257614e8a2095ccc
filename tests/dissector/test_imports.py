"""What is imported when: a run waits for nothing that it does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_RUN = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
sys.argv[0] = "kafka-dissect"
from dissector.cli import main
main()
"""
#: What takes long to import, and what only some captures, formats and options need.
SELDOM = {
    *("asyncio", "crc32c", "email", "importlib.metadata", "lark", "logging", "matplotlib", "pandas", "pyarrow"),
    *("pyshark", "rich", "scapy", "shutil", "socket", "ssl", "subprocess", "tempfile"),
    *("dissector.filters", "dissector.live", "dissector.loaded", "dissector.slices", "dissector.tables"),
}
OF_BODIES = {"cramjam", "dissector.facts", "dissector.payloads", "dissector.views.summary", "structs.embedded"}
OF_RECORDS = {"structs.records.batch", "structs.records.record_set"}
BY_CRC32C = {"crc32c", "email", "importlib.metadata", "shutil", "socket", "tempfile"}  # it asks for its own version
OF_CAPTURES = {"construct", "dissector.capture", "dissector.engine", "dissector.statistics", "structs"}


def imported(*arguments: str) -> set[str]:
    """Return the names of all modules that a run of Python has imported when it ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-c", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(names)


@cache
def imported_by_construct() -> set[str]:
    """Return what cannot be helped: construct imports pdb, which imports asyncio with Python 3.14."""
    return imported("import construct, json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)")


def test_the_package_imports_what_is_asked_for() -> None:
    program = "import dissector, json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    assert not imported(program) & (SELDOM | OF_CAPTURES)
    assert "dissector.engine" in imported(program.replace(";", "; dissector.open_capture;", 1))


def test_help_imports_nothing_that_reads_captures() -> None:
    found = imported(_RUN, "--help")
    assert "dissector.commands.stats" in found
    assert not found & (SELDOM - {"shutil"} | OF_CAPTURES)  # click asks how wide the terminal is


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["stats"], SELDOM | OF_BODIES | OF_RECORDS),
        (["stats", "--json"], SELDOM | OF_BODIES | OF_RECORDS),
        (["decode"], SELDOM - BY_CRC32C),
        (["decode", "--format", "jsonl"], SELDOM - BY_CRC32C),
    ],
)
def test_usual_runs_import_nothing_that_is_seldom_used(arguments: list[str], unused: set[str], captures: Path) -> None:
    found = imported(_RUN, *arguments, "--quiet", str(captures / "orders.pcapng"))
    assert "dissector.engine" in found
    assert not found & (unused - imported_by_construct())


def test_type_checkers_see_mistyped_names(tmp_path: Path) -> None:
    """To them, a module with a `__getattr__` has any name at all."""
    api = pytest.importorskip("mypy.api", reason="mypy is not installed")
    program = tmp_path / "program.py"
    names = ["dissector.load", "dissector.laod", "records.parse", "records.prase"]
    program.write_text("\n".join(["import dissector; from structs import records", *names, ""]), encoding="utf-8")
    packages = [ROOT / "dissector" / "__init__.py", ROOT / "structs" / "records" / "__init__.py"]
    options = ["--follow-imports=skip", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    found, errors, _ = api.run([*options, *map(str, [program, *packages])])
    assert errors == ""
    assert [line.split(":")[1] for line in found.splitlines() if ": error: " in line] == ["3", "5"], found

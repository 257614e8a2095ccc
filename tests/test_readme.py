"""The README is true: its programs run, and its output is that of the programs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(
    r"^```(\w*)\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
PROGRAMS = [text for language, text in BLOCKS if language == "python" and "import" in text]
OUTPUTS = [text for language, text in BLOCKS if not language and not re.match(r"make|kafka-dissect|python", text)]


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run(program: str) -> None:
    run(sys.executable, "-W", "error", "-c", program)


@pytest.fixture(scope="module")
def shown() -> set[str]:
    """Give every line that the commands of the README print, white space folded."""
    found = set()
    for arguments in (
        "decode captures/orders.pcapng",
        "decode captures/orders.pcapng --format tree",
        "explain Produce 9 request",
    ):
        command = [sys.executable, "-m", "dissector", *arguments.split()]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found |= {" ".join(line.split()) for line in (result.stdout + result.stderr).splitlines()}
    return found


@pytest.mark.parametrize("output", OUTPUTS)
def test_outputs_are_real(output: str, shown: set[str]) -> None:
    """Every line stands in the real output; the recording may be a newer one only if the README follows."""
    lines = [" ".join(line.split()) for line in output.splitlines() if line not in ("", "...")]
    assert [line for line in lines if line not in shown] == []


def test_declarations_are_quoted_as_they_are() -> None:
    """The example of the notation stands in the module that it names."""
    (quoted,) = [text for language, text in BLOCKS if language == "python" and "import" not in text]
    module = (ROOT / "structs/messages/metadata.py").read_text(encoding="utf-8")
    assert quoted.strip() in module

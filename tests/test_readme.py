"""The README is true: its programs run, and its output is that of the programs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(
    r"^```(\w*)\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
PROGRAMS = [text for language, text in BLOCKS if language == "python" and "import" in text]
# What it says to type, but for pipes, and what takes the right to capture.
COMMANDS = [
    line
    for language, text in BLOCKS
    if not language and text.startswith("kafka-dissect ")
    for line in text.splitlines()
    if line.startswith("kafka-dissect ") and "|" not in line
]
OUTPUTS = [text for language, text in BLOCKS if not language and not re.match(r"make|kafka-dissect|sudo", text)]


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """Give what each program prints."""
    return [run(sys.executable, "-W", "error", "-c", program) for program in PROGRAMS]


def test_programs_run(printed: list[str]) -> None:
    assert len(printed) == len(PROGRAMS)


@pytest.fixture(scope="module")
def shown(printed: list[str], tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Give every line that the commands and the programs of the README print, white space folded."""
    for name in ("captures", "structs"):
        (tmp_path_factory.getbasetemp() / name).symlink_to(ROOT / name)
    texts = list(printed)
    for command in COMMANDS:
        arguments = shlex.split(command)
        assert arguments[0] == "kafka-dissect"
        texts.append(
            subprocess.run(
                [sys.executable, "-m", "dissector", *arguments[1:]],
                cwd=tmp_path_factory.getbasetemp(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=True,
            ).stdout
        )
    return {" ".join(line.split()) for text in texts for line in text.splitlines()}


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

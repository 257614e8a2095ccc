"""What several commands need: writing to readers that may have enough."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dissector import cli


@pytest.mark.parametrize("arguments", [["fields"], ["fields", "e", "--json"], ["apis"], ["explain", "Metadata", "13"]])
def test_a_reader_that_has_enough_is_no_error(arguments: list[str]) -> None:
    """As `| head -1` is one: it closes the pipe before everything is written."""
    script = "import sys; from dissector.cli import main; sys.stdin.read(); main(prog_name='kafka-dissect')"
    command = [sys.executable, "-c", script, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()
        process.stdin.close()
        errors = process.stderr.read()
        assert process.wait() == cli.FINE
    assert b"Traceback" not in errors
    assert b"Exception" not in errors
